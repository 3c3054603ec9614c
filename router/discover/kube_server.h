/* Where the API server is, and as whom it is asked: as configured, or as it
 * is told to every pod (KUBERNETES_SERVICE_HOST, the service account). */
#ifndef ROUTER_DISCOVER_KUBE_SERVER_H
#define ROUTER_DISCOVER_KUBE_SERVER_H

#include "router/conf/conf.h"
#include "router/discover/kube_get.h"

struct kube_access {
	struct kube_server server;
	char *host;
	struct buf token;
	struct tls_context *context;
};

/* Reads it anew, since tokens and CAs are changed: before each question.
 * Blocking. On failure `a` is to be cleared all the same. */
MUST_USE enum status kube_access_read(struct kube_access *a,
				      const struct conf_kubernetes *c,
				      struct error *err);
void kube_access_clear(struct kube_access *a);

/* The namespace that is meant; the heap's. NULL with `err`. */
char *kube_namespace(const struct conf_kubernetes *c, struct error *err);

#endif

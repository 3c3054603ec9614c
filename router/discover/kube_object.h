/* What the Kubernetes API says of EndpointSlices, pods and InferencePools,
 * made into workers. Pure; the objects may hold anything.
 *
 * discovery.k8s.io/v1 EndpointSlice, v1 Pod, and
 * inference.networking.k8s.io/v1 InferencePool. */
#ifndef ROUTER_DISCOVER_KUBE_OBJECT_H
#define ROUTER_DISCOVER_KUBE_OBJECT_H

#include <jansson.h>

#include "common/base/buf.h"

#define KUBE_MAX_PORTS 8    /* an InferencePool's */
#define KUBE_MAX_ITEMS 1024 /* of one object; further ones are left out */

/* A worker that may be given work: a pod at one of its ports, by one family
 * of addresses. */
struct kube_item {
	char *pod;  /* what is one worker by whatever address */
	char *text; /* a worker as JSON, see conf/workers.h; one line */
	bool v6;
};

struct kube_items {
	struct kube_item *item;
	size_t n;
};

/* Which ports are workers. */
struct kube_ports {
	const char *name; /* of a port; NULL: by number, or the first */
	unsigned number[KUBE_MAX_PORTS];
	size_t n; /* several: each is a worker of its own */
};
/* "8000" or a name; NULL or "": the first that there is. */
struct kube_ports kube_ports_of(const char *text);

/* "default/vllm-0" would be its name here without the namespace; NULL: it is
 * no object of Kubernetes'. Lives as long as the object. */
const char *kube_name(const json_t *object);

/* Adds to `out` those of its endpoints that are ready and do not end. */
void kube_read_slice(const json_t *slice, const struct kube_ports *ports,
		     struct kube_items *out);
/* The same of a pod. */
void kube_read_pod(const json_t *pod, const struct kube_ports *ports,
		   struct kube_items *out);
/* ERR_INVALID: it has no selector or no ports. `selector` is "a=b,c=d". */
MUST_USE enum status kube_read_pool(const json_t *pool, struct buf *selector,
				    struct kube_ports *ports);

void kube_items_clear(struct kube_items *items);

#endif

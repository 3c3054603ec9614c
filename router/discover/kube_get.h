/* One GET of the API server. The loop's thread. */
#ifndef ROUTER_DISCOVER_KUBE_GET_H
#define ROUTER_DISCOVER_KUBE_GET_H

#include "router/upstream/oneshot.h"

/* Where, and as whom. */
struct kube_server {
	struct oneshot_server at;
	const char *host;   /* what the Host header says */
	struct slice token; /* n = 0: none */
};

/* As oneshot_start(); what `server` points to may go when it returns. */
void kube_get_start(struct oneshot *c, const struct kube_server *server,
		    struct slice target, const struct oneshot_times *times);

#endif

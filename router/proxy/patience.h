/* How long a client is waited for, and waits: for the rest of a request's
 * body, and for the rest of its answer.
 *
 * Private to this folder. */
#ifndef ROUTER_PROXY_PATIENCE_H
#define ROUTER_PROXY_PATIENCE_H

#include "router/proxy/request.h"

#define PATIENCE_ENDLESS UINT64_MAX

/* In ms from now, in which more of its body must come; 0: it has fallen
 * behind its pace. */
uint64_t patience_body(const struct request *r, uint64_t now_ns);
/* In ms from now, in which a request must have been answered whose first
 * byte came then; 0: its time is over. */
uint64_t patience_request(const struct proxy *p, uint64_t first_byte_ns,
			  uint64_t now_ns);

#endif

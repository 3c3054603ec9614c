/* Clients that have not asked for anything for a while: little more than
 * their descriptors.
 *
 * Most of the connections that a fleet's clients keep rest most of the time,
 * and what stands in client.h is for one that talks. So once in a second
 * those that rest are parked, and what comes in wakes them: a client like any
 * other takes the descriptor over. HTTP/1 in the clear only: a TLS layer and
 * a session of HTTP/2 have a state of their own. Private to this folder. */
#ifndef ROUTER_PROXY_PARKED_H
#define ROUTER_PROXY_PARKED_H

#include "router/proxy/client.h"

struct parked {
	struct watch watch;
	struct proxy *proxy;
	struct list link;  /* in proxy->parked */
	uint64_t until_ms; /* on clock_coarse_ms() */
};

void parked_init(struct proxy *p);
/* None is left. */
void parked_fini(struct proxy *p);

/* Parks it if it has rested for a while: then it is gone. */
bool parked_take(struct client *c);
/* Closes all to whom nothing has come; wakes the others. */
void parked_end(struct proxy *p);

#endif

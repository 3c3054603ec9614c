/* What a worker has ahead of a request, in time: for policies that price
 * it, and for whoever comes after it. Private to this folder. */
#ifndef ROUTER_PROXY_OUTLOOK_H
#define ROUTER_PROXY_OUTLOOK_H

#include "router/proxy/request.h"

/* Of all candidates, if the policy asks for it. */
void outlook_fill(struct request *r);
/* Tokens that its answer will have, as far as one can tell. */
size_t outlook_output(const struct request *r);

/* Of r->worker, which has just been chosen: this request is ahead of others
 * from now on, until its first token is here. */
void outlook_hold(struct request *r);
void outlook_release_work(struct request *r);

/* Tokens that its decision moves into r->worker's cache. */
struct moves {
	uint32_t fetched, loaded; /* from a peer; from its own other tier */
};
struct moves outlook_moves(const struct request *r);

/* It is over: so long are answers. */
void outlook_learn_output(const struct request *r, const struct ending *e);

#endif

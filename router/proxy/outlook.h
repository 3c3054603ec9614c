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

/* The same of the worker of a prefill leg, until that has its answer. */
struct outlook_leg {
	struct backlog_part part;
	uint16_t underway;
	bool alone; /* nothing was ahead of it */
};
void outlook_hold_leg(struct request *r, struct worker *w, uint64_t tokens,
		      uint64_t now_ns, struct outlook_leg *leg);
void outlook_release_leg(struct request *r, struct worker *w,
			 const struct outlook_leg *leg);

/* Tokens that its decision moves into the cache of who computes its prompt. */
struct moves {
	/* From a peer; from its own other tier; from its store. */
	uint32_t fetched, loaded, stored;
	enum policy_distance distance; /* of that peer */
};
struct moves outlook_moves(const struct request *r);

/* It is over: so long are answers. */
void outlook_learn_output(const struct request *r, const struct ending *e);

#endif

/* What a request costs its tenant, in tokens: an estimate when it comes,
 * and what it was when it is over. Private to this folder. */
#ifndef ROUTER_PROXY_COST_H
#define ROUTER_PROXY_COST_H

#include "router/proxy/request.h"

struct cost {
	uint64_t prompt, answer;
};

/* Its body has been read. The prompt: its ids, or what its bytes come to;
 * the answer: all that the request allows the engine to make, 0 if it does
 * not say. Each below 2^62. */
struct cost cost_estimate(const struct request *r);
/* As the worker told, or, where it told nothing or not all before the
 * answer broke off, what has gone by: an event is a token, mostly. What was
 * refused cost nothing; whose client left while it waited, its prompt. */
struct cost cost_of(const struct request *r, const struct api_usage *told);

#endif

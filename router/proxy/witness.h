/* What a request shows of its worker's pace, told to whoever learns from it
 * (fleet/seen.h). Private to this folder. */
#ifndef ROUTER_PROXY_WITNESS_H
#define ROUTER_PROXY_WITNESS_H

#include "router/proxy/request.h"

/* The first byte of an answer is here, and its worker's work is still held:
 * of a stream it comes with its first token. */
void witness_first(struct request *r);

/* A prefill leg has its answer, which came with its first token. */
struct legs;
void witness_leg(const struct legs *l);

void witness_steps(struct request *r);
/* Some of it has passed. */
static inline void witness_more(struct request *r)
{
	if (r->watched && (int16_t)(r->sse.events - r->mark.events) >= 0)
		witness_steps(r);
}

#endif

/* Which workers a request may be given to, and what is told of how that
 * ended: between a lane and the workers' gates (fleet/gate.h).
 *
 * Private to this folder. */
#ifndef ROUTER_PROXY_CANDIDACY_H
#define ROUTER_PROXY_CANDIDACY_H

#include "router/proxy/request.h"

/* By its gate alone: new work may go there. */
static inline bool candidacy_admits(const struct worker *w)
{
	enum gate g = atomic_load_explicit(&w->gate, memory_order_relaxed);

	if (LIKELY(g < GATE_TRIES))
		return true;
	return g == GATE_TRIES &&
	       atomic_load_explicit(&w->trials, memory_order_relaxed) > 0;
}

/* What keeps this request from the worker. */
enum policy_exclusion candidacy_of(const struct request *r, struct worker *w);
/* The part of its share that it is not to get yet; 0: none. */
double candidacy_slow_start(const struct request *r, struct worker *w,
			    uint64_t now_ms);

/* The worker was chosen: false if it was its last trial, which another lane
 * has taken meanwhile. Before request_hold(). */
bool candidacy_take(struct request *r, struct worker *w);
/* Of r->worker: the first byte of an answer is here; the answer was whole;
 * it failed so, and asked to be left alone for `pause_ms` (0: did not). */
void candidacy_passed(struct request *r);
void candidacy_answered(struct request *r);
void candidacy_failed(struct request *r, enum breaker_failure failure,
		      uint64_t pause_ms);
/* Ends a trial that has told nothing. */
void candidacy_end(struct request *r);

/* When to come again, in s, given that nobody could serve it now: at least
 * 1. */
unsigned candidacy_retry_after(const struct request *r);

#endif

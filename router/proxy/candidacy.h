/* Which workers a request may be given to, and what is told of how that
 * ended: between a lane and the workers' gates (fleet/gate.h).
 *
 * Private to this folder. */
#ifndef ROUTER_PROXY_CANDIDACY_H
#define ROUTER_PROXY_CANDIDACY_H

#include "router/proxy/request.h"

static inline enum gate candidacy_gate(const struct worker *w)
{
	return atomic_load_explicit(&w->gate, memory_order_relaxed);
}

/* By its gate alone: new work may go there. */
static inline bool candidacy_admits(const struct worker *w)
{
	enum gate g = candidacy_gate(w);

	if (LIKELY(g < GATE_TRIES))
		return true;
	return g == GATE_TRIES &&
	       atomic_load_explicit(&w->trials, memory_order_relaxed) > 0;
}

/* What keeps this request from the worker. */
enum policy_exclusion candidacy_look(const struct request *r, struct worker *w);
static inline enum policy_exclusion candidacy_besides_role(
	const struct request *r, struct worker *w)
{
	if (LIKELY(r->n_tried == 0 && candidacy_gate(w) == GATE_ADMITS))
		return worker_is_full(w) ? POLICY_FULL : POLICY_ALLOWED;
	return candidacy_look(r, w);
}

/* The same for all of the request. Where no prompt is computed, roles do
 * not matter. */
static inline enum policy_exclusion candidacy_of(const struct request *r,
						 struct worker *w)
{
	if (UNLIKELY(!worker_serves_alone(w)) &&
	    r->endpoint->cache != API_UNCACHED)
		return POLICY_ROLE;
	return candidacy_besides_role(r, w);
}

/* The part of its share that it is not to get yet; 0: none. */
double candidacy_ramp(const struct request *r, struct worker *w,
		      uint64_t now_ms);
static inline double candidacy_slow_start(const struct request *r,
					  struct worker *w, uint64_t now_ms)
{
	return UNLIKELY(candidacy_gate(w) == GATE_RAMPS)
		       ? candidacy_ramp(r, w, now_ms)
		       : 0;
}

/* The worker was chosen: false if it was its last trial, which another lane
 * has taken meanwhile. Before request_hold(). */
bool candidacy_take(struct request *r, struct worker *w);
/* The same for another worker than r->worker will be: its gate, which whoever
 * takes it keeps, and gives back if nothing was told of a trial. */
bool candidacy_take_gate(struct worker *w, enum gate *out);
void candidacy_give_gate_back(struct worker *w, enum gate g);

/* It was sent by way of trial, of which nothing has been told. */
static inline bool candidacy_is_trial(const struct request *r)
{
	enum gate g = r->choice.gate;

	return UNLIKELY(g == GATE_TRIES || g == GATE_LIFTED) && !r->choice.told;
}

/* Of r->worker: the first byte of an answer is here; the answer was whole;
 * it failed so, and asked to be left alone for `pause_ms` (0: did not). */
void candidacy_tell_passed(struct request *r);
static inline void candidacy_passed(struct request *r)
{
	if (candidacy_is_trial(r))
		candidacy_tell_passed(r);
}
static inline void candidacy_answered(struct request *r)
{
	atomic_fetch_add_explicit(&r->worker->answers, 1, memory_order_relaxed);
}
void candidacy_failed(struct request *r, enum breaker_failure failure,
		      uint64_t pause_ms);

/* Ends a trial that has told nothing. */
void candidacy_give_back(struct request *r);
static inline void candidacy_end(struct request *r)
{
	if (candidacy_is_trial(r))
		candidacy_give_back(r);
}

/* When to come again, in s, given that nobody could serve it now: at least
 * 1. */
unsigned candidacy_retry_after(const struct request *r);

#endif

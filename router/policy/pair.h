/* Whether a prompt is computed by one worker for another to go on with, and
 * by which two.
 *
 * One cost in ms decides, as policy_cost has it: what the prompt takes at
 * the prefill worker, then the transfer of what the decode worker lacks;
 * against the decode worker alone, where each who decodes there waits for
 * as long as the prompt takes. A worker whose role is to decode counts for
 * it those who are still to come. Where a decode worker holds most of the
 * prefix, it computes the rest by itself: there is no threshold.
 *
 * The policy `cost` takes the cheapest of all pairs, with a prefill worker
 * that computes, loads or fetches, whatever takes less. Of other policies,
 * the prefill worker is whom the policy chooses among those who give, and the
 * decode worker the one with the least work that lacks little. Pure. */
#ifndef ROUTER_POLICY_PAIR_H
#define ROUTER_POLICY_PAIR_H

#include "common/base/arena.h"
#include "router/policy/policy.h"

/* Of a candidate, besides what the query has. */
struct pair_side {
	bool gives, takes; /* computes prompts for others; goes on with them */
	/* As it gives it can be told whom to fetch from, and what to leave. */
	bool steered;
	bool decodes;  /* that is its role */
	uint32_t kind; /* only workers of one kind can be a pair */
	/* What keeps work from it, its role apart. */
	enum policy_exclusion exclusion;
};

/* Who serves a request; candidates. */
struct pair_ends {
	int prefill; /* -1: whoever decodes computes it, too */
	int decode;  /* -1: nobody serves it */
};

/* What is to be decided on. */
struct pair_ask {
	const struct policy *policy;
	const struct policy_options *options;
	/* Its exclusions say who may serve it alone. */
	const struct policy_query *query;
	const struct pair_side *side; /* as many as it has candidates */
	struct arena *arena;          /* for as long as it takes */
};

struct pair_decision {
	int prefill, decode;      /* candidates; -1: it is served by one */
	const char *reason;       /* static; NULL: there was no choice */
	double pair_ms, alone_ms; /* INFINITY: nobody could */
	double prefill_tokens;    /* that the prefill worker computes */
};

/* `term`, as many as there are candidates, is what each costs: alone, or as
 * an end of the pair. */
void pair_decide(const struct pair_ask *ask, struct policy_state *s,
		 struct policy_term *term, struct pair_decision *out);

/* What any ends cost, one alone among them, in the ms that are compared; with
 * their terms. INFINITY: they are none, or may not be chosen. */
double pair_price(const struct pair_ask *ask, struct pair_ends ends,
		  struct policy_term *term);

#endif

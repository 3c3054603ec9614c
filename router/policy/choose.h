/* What the policies share: exclusions, load, ties. */
#ifndef ROUTER_POLICY_CHOOSE_H
#define ROUTER_POLICY_CHOOSE_H

#include "router/policy/policy.h"

static inline double least_of(double a, double b)
{
	return a < b ? a : b;
}

static inline double most_of(double a, double b)
{
	return a > b ? a : b;
}

bool choose_allowed(const struct policy_candidate *c);
/* Begins all terms: tokens are set, the cost is 0, and INFINITY for the
 * excluded. Returns how many are allowed; where it is 0, `out` says why. */
size_t choose_begin(const struct policy_query *q, struct policy_term *term,
		    struct policy_decision *out);

/* Blocks of the prompt that will be in the worker's cache when the request
 * gets there, as far as one can tell; what is uncertain, or slower to get
 * at, counts for less than a block. */
double choose_held(const struct policy_candidate *c);
/* The same without what is in another tier only. */
double choose_held_on_gpu(const struct policy_candidate *c);
/* Tokens of the prompt that the worker would have to compute. */
double choose_tokens(const struct policy_query *q,
		     const struct policy_candidate *c);

/* Requests that a worker has in hand, by whoever counts more. */
uint32_t choose_requests(const struct policy_candidate *c);
/* Work ahead at a worker, in tokens; a request counts for some tokens by
 * itself, since it decodes and since its prompt may be unknown. */
double choose_work(const struct policy_candidate *c);
/* What work counts for at a worker that comes back slowly: as if it were so
 * much more as its share is smaller. */
double choose_slowed(const struct policy_candidate *c, double work);
/* The work ahead as it counts. */
double choose_load(const struct policy_candidate *c);

/* Chooses an allowed candidate of least cost; among equals, each in its
 * turn. At least one must be allowed. */
void choose_least(const struct policy_query *q, struct policy_state *s,
		  const struct policy_term *term, const char *reason,
		  struct policy_decision *out);

extern const struct policy policy_round_robin, policy_random, policy_least_load,
	policy_session, policy_prefix, policy_kv_aware, policy_cost;

#endif

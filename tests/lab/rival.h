/* Policies of other gateways, as their code and documents describe them:
 * what ours is measured against. Each sees the view that its project's
 * gateway would have. Not shipped. */
#ifndef TESTS_LAB_RIVAL_H
#define TESTS_LAB_RIVAL_H

#include "router/policy/choose.h"

/* The rivals, then what bounds them; NULL past the last. */
const struct policy *rival_at(size_t i);
/* Ours or a rival's, or NULL. */
const struct policy *rival_find(struct slice name);
/* Whether its gateway tells workers to fetch from one another. */
bool rival_fetches(const struct policy *p);

extern const struct policy rival_sglang, rival_smg, rival_aibrix, rival_llmd,
	rival_sticky, rival_sticky_pull, rival_dynamo_1, rival_dynamo_4,
	rival_greedy, rival_greedy_pull;

/* --- what several of them do -------------------------------------------- */

struct rival_span {
	uint32_t least, most; /* requests in flight, of the allowed */
	double mean, deviation;
};
struct rival_span rival_span(const struct policy_query *q);
/* Least requests in flight; each tie in its turn. */
void rival_least_loaded(const struct policy_query *q, struct policy_state *s,
			struct policy_term *term, struct policy_decision *out);
/* All tokens that the worker would compute, by exact matches. */
double rival_uncached(const struct policy_query *q,
		      const struct policy_candidate *c);
/* Own wait and compute, in ms; a fetch from the best holder where that is
 * less. */
void rival_predict(const struct policy_query *q, size_t i, bool fetch,
		   struct policy_term *t);

#endif

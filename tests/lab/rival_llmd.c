/* llm-d: a blend of scores; and its sticky mode, which leaves the holders
 * of a prefix only when they are saturated. */
#include "tests/lab/rival.h"

#include <math.h>

#define MATCH_WEIGHT 2.0
#define STICKY_MATCH 0.8

static double match_of(const struct policy_query *q,
		       const struct policy_candidate *c)
{
	return 1 - rival_uncached(q, c) / (double)q->prompt_tokens;
}

static void blend(const struct policy_options *o, const struct policy_query *q,
		  struct policy_state *s, struct policy_term *term,
		  struct policy_decision *out)
{
	double least = INFINITY, most = 0;

	(void)o;
	if (choose_begin(q, term, out) == 0)
		return;
	for (size_t i = 0; i < q->n; i++) {
		least = fmin(least, q->candidate[i].waiting);
		most = fmax(most, q->candidate[i].waiting);
	}
	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];
		double queue = most > least
				       ? (most - c->waiting) / (most - least)
				       : 1;

		term[i].tokens = rival_uncached(q, c);
		term[i].cost = -(MATCH_WEIGHT * match_of(q, c) + queue + 1 -
				 c->kv_usage);
	}
	choose_least(q, s, term, "blend", out);
}

/* Least wait among those that match well enough, or do not. */
static double least_wait(const struct policy_query *q, bool sticky)
{
	double least = INFINITY;

	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];

		if ((match_of(q, c) >= STICKY_MATCH) == sticky)
			least = fmin(least, c->ahead_ms);
	}
	return least;
}

static void stick(const struct policy_query *q, struct policy_state *s,
		  struct policy_term *term, struct policy_decision *out,
		  double patience_ms, bool fetch)
{
	double held, other;
	bool sticky;

	if (choose_begin(q, term, out) == 0)
		return;
	held = least_wait(q, true);
	other = least_wait(q, false);
	sticky = held < INFINITY && held <= other + patience_ms;
	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];

		rival_predict(q, i, fetch, &term[i]);
		if (sticky && match_of(q, c) < STICKY_MATCH)
			term[i].cost = INFINITY;
		else
			term[i].cost = (double)c->inflight_tokens +
				       term[i].tokens;
	}
	choose_least(q, s, term, sticky ? "sticky" : "least pending", out);
}

static void stick_18(const struct policy_options *o,
		     const struct policy_query *q, struct policy_state *s,
		     struct policy_term *term, struct policy_decision *out)
{
	(void)o;
	stick(q, s, term, out, 18000, false);
}

static void stick_2_pull(const struct policy_options *o,
			 const struct policy_query *q, struct policy_state *s,
			 struct policy_term *term, struct policy_decision *out)
{
	(void)o;
	stick(q, s, term, out, 2000, true);
}

const struct policy rival_llmd = {
	.name = "llmd-blend",
	.help = "llm-d: match, queue and free memory as 2:1:1.",
	.decide = blend,
};

const struct policy rival_sticky = {
	.name = "llmd-sticky",
	.help = "llm-d: holders only, until they are 18 s behind.",
	.decide = stick_18,
};

const struct policy rival_sticky_pull = {
	.name = "llmd-sticky-pull",
	.help = "llm-d: holders only, until they are 2 s behind; fetches.",
	.decide = stick_2_pull,
};

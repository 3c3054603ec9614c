/* The least predicted time to the request's own first token: what a price
 * in ms is when it leaves out what is done to others. */
#include "tests/lab/rival.h"

static void decide(const struct policy_query *q, struct policy_state *s,
		   struct policy_term *term, struct policy_decision *out,
		   bool fetch)
{
	if (choose_begin(q, term, out) == 0)
		return;
	for (size_t i = 0; i < q->n; i++)
		rival_predict(q, i, fetch, &term[i]);
	choose_least(q, s, term, "predicted", out);
}

static void decide_alone(const struct policy_options *o,
			 const struct policy_query *q, struct policy_state *s,
			 struct policy_term *term, struct policy_decision *out)
{
	(void)o;
	decide(q, s, term, out, false);
}

static void decide_pull(const struct policy_options *o,
			const struct policy_query *q, struct policy_state *s,
			struct policy_term *term, struct policy_decision *out)
{
	(void)o;
	decide(q, s, term, out, true);
}

const struct policy rival_greedy = {
	.name = "greedy",
	.help = "Least predicted time to its own first token.",
	.decide = decide_alone,
};

const struct policy rival_greedy_pull = {
	.name = "greedy-pull",
	.help = "The same, fetching from the best holder.",
	.decide = decide_pull,
};

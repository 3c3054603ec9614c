#include "router/policy/choose.h"

/* Cost: tokens of work ahead. */
static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	(void)o;
	if (choose_begin(q, term, out) == 0)
		return;
	for (size_t i = 0; i < q->n; i++) {
		if (!choose_allowed(&q->candidate[i]))
			continue;
		term[i].load = choose_load(&q->candidate[i]);
		term[i].cost = term[i].load;
	}
	choose_least(q, s, term, "least load", out);
}

const struct policy policy_least_load = {
	.name = "least_load",
	.help = "The worker with the least work ahead.",
	.unit = "tokens",
	.decide = decide,
};

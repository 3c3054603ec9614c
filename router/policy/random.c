#include "router/policy/choose.h"

/* Cost: a number drawn, from 0 to 1. */
static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	(void)o;
	if (choose_begin(q, term, out) == 0)
		return;
	for (size_t i = 0; i < q->n; i++)
		if (choose_allowed(&q->candidate[i]))
			term[i].cost = rng_unit(&s->rng);
	choose_least(q, s, term, "drawn", out);
}

const struct policy policy_random = {
	.name = "random",
	.help = "Any worker, all alike.",
	.decide = decide,
};

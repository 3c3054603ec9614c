#include "router/policy/choose.h"

#include "common/base/attr.h"

#include <math.h>

/* The least of several such numbers is as often one's as its share says:
 * 1 for all but those that come back slowly. */
static double draw(struct policy_state *s, const struct policy_candidate *c)
{
	double u = rng_unit(&s->rng);

	if (LIKELY(c->slow_start <= 0))
		return u;
	return 1 - pow(1 - u, 1 / (1 - c->slow_start));
}

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
			term[i].cost = draw(s, &q->candidate[i]);
	choose_least(q, s, term, "drawn", out);
}

const struct policy policy_random = {
	.name = "random",
	.help = "Any worker, all alike.",
	.unit = "draws",
	.decide = decide,
};

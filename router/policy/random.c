#include "router/policy/pick.h"
#include "router/policy/policies.h"

static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	size_t n = pick_begin(q, term), skip;

	(void)o;
	*out = (struct policy_decision){-1, "nobody"};
	if (n == 0)
		return;
	skip = rng_below(&s->rng, n);
	for (size_t i = 0; i < q->n; i++) {
		if (!pick_allowed(&q->candidate[i]) || skip-- > 0)
			continue;
		*out = (struct policy_decision){(int)i, "chance"};
		return;
	}
}

const struct policy policy_random = {
	.name = "random",
	.help = "any of them, by chance",
	.decide = decide,
};

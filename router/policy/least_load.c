#include "router/policy/pick.h"
#include "router/policy/policies.h"

/* In requests: a full cache weighs as much as one more of them. */
void least_load_decide(const struct policy_options *o,
		       const struct policy_query *q, struct policy_state *s,
		       struct policy_term *term, struct policy_decision *out)
{
	(void)o;
	pick_begin(q, term);
	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];

		if (!pick_allowed(c))
			continue;
		term[i].load = pick_requests(c) + c->kv_usage;
		term[i].cost = term[i].load;
	}
	out->chosen = pick_least(q, term, s);
	out->reason = out->chosen < 0 ? "nobody" : "least load";
}

const struct policy policy_least_load = {
	.name = "least_load",
	.help = "whoever has the fewest requests",
	.decide = least_load_decide,
};

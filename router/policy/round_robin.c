#include "router/policy/pick.h"
#include "router/policy/policies.h"

static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	(void)o;
	pick_begin(q, term);
	/* All costs are equal: the tie goes round. */
	out->chosen = pick_least(q, term, s);
	out->reason = out->chosen < 0 ? "nobody" : "turn";
}

const struct policy policy_round_robin = {
	.name = "round_robin",
	.help = "one after the other",
	.decide = decide,
};

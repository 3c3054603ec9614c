#include "router/policy/choose.h"

/* Cost: how many others come first. Turns are counted among those that
 * may serve, so that nobody inherits an excluded neighbour's share. */
static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	size_t n = choose_begin(q, term, out), turn, place = 0;

	(void)o;
	if (n == 0)
		return;
	turn = s->counter++ % n;
	for (size_t i = 0; i < q->n; i++) {
		if (!choose_allowed(&q->candidate[i]))
			continue;
		term[i].cost = (double)((place + n - turn) % n);
		if (place == turn)
			*out = (struct policy_decision){(int)i, "turn"};
		place++;
	}
}

const struct policy policy_round_robin = {
	.name = "round_robin",
	.help = "Each worker in its turn.",
	.decide = decide,
};

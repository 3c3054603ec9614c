#include "router/policy/choose.h"

#include "common/base/attr.h"

/* Cost: how many others come first. Turns are counted among those that
 * may serve, so that nobody inherits an excluded neighbour's share. */
static int deal(const struct policy_query *q, struct policy_state *s,
		struct policy_term *term, size_t n)
{
	size_t turn = s->counter++ % n, place = 0;
	int chosen = -1;

	for (size_t i = 0; i < q->n; i++) {
		if (!choose_allowed(&q->candidate[i]))
			continue;
		term[i].cost = (double)((place + n - turn) % n);
		if (place == turn)
			chosen = (int)i;
		place++;
	}
	return chosen;
}

/* One that comes back slowly lets some of its turns go by. */
static bool lets_pass(const struct policy_candidate *c, struct policy_state *s)
{
	return UNLIKELY(c->slow_start > 0) && rng_unit(&s->rng) < c->slow_start;
}

static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	size_t n = choose_begin(q, term, out);
	int chosen;

	(void)o;
	if (n == 0)
		return;
	chosen = deal(q, s, term, n);
	for (size_t i = 1; i < n && lets_pass(&q->candidate[chosen], s); i++)
		chosen = deal(q, s, term, n);
	*out = (struct policy_decision){chosen, "turn"};
}

const struct policy policy_round_robin = {
	.name = "round_robin",
	.help = "Each worker in its turn.",
	.unit = "turns",
	.decide = decide,
};

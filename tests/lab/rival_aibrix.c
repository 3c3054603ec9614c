/* The longest match among those whose load is not out of the ordinary. */
#include "tests/lab/rival.h"

#define GUARD_ABS 8

static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	struct rival_span span;

	(void)o;
	if (choose_begin(q, term, out) == 0)
		return;
	span = rival_span(q);
	for (size_t i = 0; i < q->n; i++)
		term[i].tokens = rival_uncached(q, &q->candidate[i]);
	if (span.most - span.least > GUARD_ABS) {
		rival_least_loaded(q, s, term, out);
		return;
	}
	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];
		double out_of_line = c->inflight > span.mean + span.deviation;

		term[i].cost = out_of_line * 1e12 -
			       (double)c->held_blocks * 1e6 + c->inflight;
	}
	choose_least(q, s, term, "match", out);
}

const struct policy rival_aibrix = {
	.name = "aibrix",
	.help = "AIBrix: longest match within a deviation of the mean load.",
	.decide = decide,
};

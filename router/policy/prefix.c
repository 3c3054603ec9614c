#include "router/policy/pick.h"
#include "router/policy/policies.h"

/* Load wins only when it is far apart both ways of counting. */
static bool imbalanced(const struct policy_options *o,
		       const struct policy_query *q)
{
	double least = 0, most = 0;
	bool any = false;

	for (size_t i = 0; i < q->n; i++) {
		double n = pick_requests(&q->candidate[i]);

		if (!pick_allowed(&q->candidate[i]))
			continue;
		least = !any || n < least ? n : least;
		most = !any || n > most ? n : most;
		any = true;
	}
	return most - least > o->imbalance_abs &&
	       most > least * o->imbalance_rel;
}

static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	double blocks = q->prompt_blocks ? (double)q->prompt_blocks : 1;
	double best = 0;

	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];

		if (pick_allowed(c) && c->approx_blocks / blocks > best)
			best = c->approx_blocks / blocks;
	}
	if (best == 0 || best < o->prefix_threshold || imbalanced(o, q)) {
		least_load_decide(o, q, s, term, out);
		return;
	}
	pick_begin(q, term);
	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];

		if (!pick_allowed(c))
			continue;
		term[i].prefill = blocks - c->approx_blocks;
		/* Under one block: load decides among equal matches. */
		term[i].load = pick_requests(c) / (1 + pick_requests(c));
		term[i].cost = term[i].prefill + term[i].load;
	}
	out->chosen = pick_least(q, term, s);
	out->reason = "prefix";
}

const struct policy policy_prefix = {
	.name = "prefix",
	.help = "whoever was sent the longest part of this prompt before; for "
		"workers without events",
	.needs_blocks = true,
	.decide = decide,
};

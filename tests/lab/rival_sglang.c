/* A tree of what was routed, and a guard on counts of requests; its
 * successor asks the workers' events instead of its tree. */
#include "tests/lab/rival.h"
#include "tests/lab/view.h"

#define GUARD_ABS 32
#define GUARD_REL 1.1
#define THRESHOLD 0.5

static bool is_uneven(const struct policy_query *q)
{
	struct rival_span s = rival_span(q);

	return s.most - s.least > GUARD_ABS && s.most > GUARD_REL * s.least;
}

static uint32_t best_routed(const struct policy_query *q)
{
	uint32_t best = 0;

	for (size_t i = 0; i < q->n; i++)
		if (q->candidate[i].approx_blocks > best)
			best = q->candidate[i].approx_blocks;
	return best;
}

static void decide_tree(const struct policy_options *o,
			const struct policy_query *q, struct policy_state *s,
			struct policy_term *term, struct policy_decision *out)
{
	const struct view *v = view_of(q);
	uint32_t best = best_routed(q);
	double share = (double)best * (double)q->block_size /
		       (double)q->prompt_tokens;

	(void)o;
	if (choose_begin(q, term, out) == 0)
		return;
	for (size_t i = 0; i < q->n; i++)
		term[i].tokens = rival_uncached(q, &q->candidate[i]);
	if (is_uneven(q)) {
		rival_least_loaded(q, s, term, out);
		return;
	}
	for (size_t i = 0; i < q->n; i++)
		if (share > THRESHOLD)
			term[i].cost = best - q->candidate[i].approx_blocks;
		else
			term[i].cost = (double)v->worker[i].routed_tokens;
	choose_least(q, s, term, share > THRESHOLD ? "prefix" : "tree", out);
}

static void decide_events(const struct policy_options *o,
			  const struct policy_query *q, struct policy_state *s,
			  struct policy_term *term, struct policy_decision *out)
{
	(void)o;
	if (choose_begin(q, term, out) == 0)
		return;
	for (size_t i = 0; i < q->n; i++)
		term[i].tokens = rival_uncached(q, &q->candidate[i]);
	if (is_uneven(q)) {
		rival_least_loaded(q, s, term, out);
		return;
	}
	for (size_t i = 0; i < q->n; i++)
		term[i].cost = -(double)q->candidate[i].held_blocks * 1e6 +
			       q->candidate[i].inflight;
	choose_least(q, s, term, "overlap", out);
}

const struct policy rival_sglang = {
	.name = "sglang",
	.help = "SGLang's router: a tree of what was routed.",
	.decide = decide_tree,
};

const struct policy rival_smg = {
	.name = "smg",
	.help = "SMG: the same guard, with real overlap by events.",
	.decide = decide_events,
};

/* The longest match of what was routed before, unless it is too busy.
 *
 * Being too busy is a worker's own matter: one hot worker does not cost
 * the others their affinity. */
#include "router/policy/choose.h"

static uint32_t fewest(const struct policy_query *q)
{
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];

		if (choose_allowed(c) && choose_requests(c) < least)
			least = choose_requests(c);
	}
	return least;
}

static bool is_busy(const struct policy_options *o,
		    const struct policy_candidate *c, uint32_t least)
{
	double n = choose_requests(c) / (1 - c->slow_start);

	return n > (double)least + o->imbalance_abs &&
	       n > o->imbalance_rel * least;
}

static bool matches(const struct policy_options *o,
		    const struct policy_query *q,
		    const struct policy_candidate *c)
{
	return c->approx_blocks > 0 &&
	       c->approx_blocks >=
		       o->prefix_threshold * (double)q->prompt_blocks;
}

static double missing_tokens(const struct policy_query *q,
			     const struct policy_candidate *c)
{
	size_t held = c->approx_blocks < q->prompt_blocks ? c->approx_blocks
							  : q->prompt_blocks;

	return (double)(q->prompt_blocks - held) * (double)q->block_size;
}

/* The largest load still orders equal matches without crossing over to a
 * match that is a block longer. */
static double small(double load)
{
	return load / (load + 1);
}

/* Cost: tokens that do not match, for those whose match is good enough;
 * the others come behind, by load. */
static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	double behind = (double)q->prompt_blocks * (double)q->block_size + 1;
	bool matched;
	uint32_t least;

	if (choose_begin(q, term, out) == 0)
		return;
	least = fewest(q);
	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];

		if (!choose_allowed(c))
			continue;
		if (matches(o, q, c) && !is_busy(o, c, least)) {
			term[i].prefill = missing_tokens(q, c);
			term[i].load = small(choose_load(c));
		} else {
			term[i].prefill = behind;
			term[i].load = choose_load(c);
		}
		term[i].cost = term[i].prefill + term[i].load;
	}
	choose_least(q, s, term, "least load", out);
	matched = term[out->chosen].prefill < behind;
	if (matched)
		out->reason = "prefix";
}

const struct policy policy_prefix = {
	.name = "prefix",
	.help = "The worker that was given the longest part of the prompt "
		"before, unless it is much busier than the others.",
	.needs_blocks = true,
	.unit = "tokens",
	.decide = decide,
};

/* Dynamo: blocks to prefill, weighted, and blocks that decode. */
#include "tests/lab/rival.h"

static void decide(const struct policy_query *q, struct policy_state *s,
		   struct policy_term *term, struct policy_decision *out,
		   double weight)
{
	double block = (double)q->block_size;

	if (choose_begin(q, term, out) == 0)
		return;
	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];
		double uncached = rival_uncached(q, c);

		term[i].tokens = uncached;
		term[i].prefill = weight *
				  ((double)c->inflight_tokens + uncached) /
				  block;
		term[i].load = (double)c->live_tokens / block;
		term[i].cost = term[i].prefill + term[i].load;
	}
	choose_least(q, s, term, "blocks", out);
}

static void decide_1(const struct policy_options *o,
		     const struct policy_query *q, struct policy_state *s,
		     struct policy_term *term, struct policy_decision *out)
{
	(void)o;
	decide(q, s, term, out, 1);
}

static void decide_4(const struct policy_options *o,
		     const struct policy_query *q, struct policy_state *s,
		     struct policy_term *term, struct policy_decision *out)
{
	(void)o;
	decide(q, s, term, out, 4);
}

const struct policy rival_dynamo_1 = {
	.name = "dynamo-1",
	.help = "Dynamo: prefill and decode blocks, weight 1.",
	.decide = decide_1,
};

const struct policy rival_dynamo_4 = {
	.name = "dynamo-4",
	.help = "Dynamo: prefill and decode blocks, weight 4.",
	.decide = decide_4,
};

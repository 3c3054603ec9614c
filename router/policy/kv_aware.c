/* Prefix held and load in one number: tokens of prefill.
 *
 * cost = tokens this worker still has to compute for the prompt
 *      + load_weight × (tokens that others wait for there, and what the
 *        requests it serves take from a prefill).
 *
 * No gate and no threshold: a hot worker becomes dear by what it has to
 * do, and a cold one is used as soon as that is cheaper. */
#include "router/policy/pick.h"
#include "router/policy/policies.h"

/* What a request that decodes takes from a prefill beside it, in tokens:
 * a step of decoding costs about one, and answers are some dozens long. */
#define TOKENS_A_REQUEST 64.0
/* A token in another tier is loaded, not computed. */
#define LOAD_SHARE 0.25
/* A cache that live requests fill makes others wait: up to as much as the
 * prompt itself, rising smoothly. */
#define FULL_SHARE 1.0

static double prompt_tokens(const struct policy_query *q)
{
	if (q->prompt_tokens > 0)
		return (double)q->prompt_tokens;
	return (double)(q->prompt_blocks * q->block_size);
}

static double prefill_tokens(const struct policy_query *q,
			     const struct policy_candidate *c)
{
	double block = (double)q->block_size;
	uint32_t held = c->exact ? c->held_blocks : c->approx_blocks;
	uint32_t near = c->other_blocks > held ? c->other_blocks - held : 0;
	double left = prompt_tokens(q) - held * block -
		      near * block * (1 - LOAD_SHARE);

	return left > 0 ? left : 0;
}

static double load_tokens(const struct policy_query *q,
			  const struct policy_candidate *c)
{
	double u = c->kv_usage < 1 ? c->kv_usage : 1;

	return (double)c->inflight_tokens +
	       TOKENS_A_REQUEST * pick_requests(c) +
	       FULL_SHARE * prompt_tokens(q) * u * u * u * u;
}

static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	double best_prefill = prompt_tokens(q);

	pick_begin(q, term);
	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];

		if (!pick_allowed(c))
			continue;
		term[i].prefill = prefill_tokens(q, c);
		term[i].load = o->load_weight * load_tokens(q, c);
		term[i].cost = term[i].prefill + term[i].load;
		if (term[i].prefill < best_prefill)
			best_prefill = term[i].prefill;
	}
	out->chosen = pick_least(q, term, s);
	if (out->chosen < 0)
		out->reason = "nobody";
	else if (best_prefill >= prompt_tokens(q))
		out->reason = "nobody holds it";
	else if (term[out->chosen].prefill <= best_prefill)
		out->reason = "holds most";
	else
		out->reason = "holder is busy";
}

const struct policy policy_kv_aware = {
	.name = "kv_aware",
	.help = "least work left: tokens to prefill plus load_weight times the "
		"tokens of work ahead",
	.needs_blocks = true,
	.decide = decide,
};

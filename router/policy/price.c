#include "router/policy/price.h"

#include <math.h>

/* An H100's: see prior.c. */
const struct policy_rates price_usual = {
	.overhead_ms = 12,
	.step_ms = 14,
	.token_ms = .042,
	.attention_ms = 1.2e-6,
	.sequence_ms = .05,
	.kv_ms = 4.9e-5,
	.budget = 8192,
	.load_ms = 4,
	.load_token_ms = .005,
	.fetch_ms = 26,
	.fetch_token_ms = .0105,
	.fetch_rack_token_ms = .0105 * PRICE_RACK,
	.fetch_across_token_ms = .0105 * PRICE_ACROSS,
	.room_tokens = 307328,
};

double price_step_ms(const struct policy_rates *r, double sequences,
		     double kv_tokens)
{
	return r->step_ms + r->sequence_ms * sequences + r->kv_ms * kv_tokens;
}

double price_steps(const struct policy_rates *r, double n)
{
	return r->budget > 0 ? ceil(n / r->budget) : 1;
}

double price_prefill_ms(const struct policy_rates *r, double context, double n,
			double step_ms)
{
	double steps = step_ms > 0 ? price_steps(r, n) : 1;

	return steps * step_ms + r->token_ms * n +
	       r->attention_ms * n * (context + n / 2);
}

double price_load_ms(const struct policy_rates *r, double tokens)
{
	return tokens > 0 ? r->load_ms + r->load_token_ms * tokens : 0;
}

enum policy_distance price_distance(const struct policy_candidate *a,
				    const struct policy_candidate *b)
{
	if (a->zone != b->zone && a->zone != 0 && b->zone != 0)
		return POLICY_ACROSS;
	return a->rack == b->rack && a->rack != 0 ? POLICY_IN_RACK
						  : POLICY_IN_ZONE;
}

double price_fetch_token_ms(const struct policy_rates *r,
			    enum policy_distance d)
{
	switch (d) {
	case POLICY_IN_RACK: return r->fetch_rack_token_ms;
	case POLICY_ACROSS: return r->fetch_across_token_ms;
	default: return r->fetch_token_ms;
	}
}

double price_fetch_ms(const struct policy_rates *r, enum policy_distance d,
		      double tokens)
{
	if (tokens <= 0)
		return 0;
	return r->fetch_ms + price_fetch_token_ms(r, d) * tokens;
}

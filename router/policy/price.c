#include "router/policy/price.h"

#include <math.h>

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
};

const struct policy_rates *price_rates(const struct policy_candidate *c)
{
	return c->rates != NULL ? c->rates : &price_usual;
}

double price_step_ms(const struct policy_rates *r, double sequences,
		     double kv_tokens)
{
	return r->step_ms + r->sequence_ms * sequences + r->kv_ms * kv_tokens;
}

double price_prefill_ms(const struct policy_rates *r, double context, double n,
			double step_ms)
{
	double steps = step_ms > 0 && r->budget > 0 ? ceil(n / r->budget) : 1;

	return steps * step_ms + r->token_ms * n +
	       r->attention_ms * n * (context + n / 2);
}

double price_load_ms(const struct policy_rates *r, double tokens)
{
	return tokens > 0 ? r->load_ms + r->load_token_ms * tokens : 0;
}

double price_fetch_ms(const struct policy_rates *r, double tokens)
{
	return tokens > 0 ? r->fetch_ms + r->fetch_token_ms * tokens : 0;
}

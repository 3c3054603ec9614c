#include "router/policy/newcomer.h"

#include "router/policy/price.h"

/* By its rates, where prompts are followed: else answers that come whole
 * would count to their end, and only the worker knows better. */
static bool is_known(const struct policy_candidate *c)
{
	return c->rates != NULL;
}

static double ahead_ms(const struct policy_candidate *c)
{
	if (is_known(c))
		return c->ahead_ms;
	return price_rates(c)->token_ms * (double)c->inflight_tokens;
}

bool newcomer_waits(const struct policy_candidate *c)
{
	uint32_t waiting = is_known(c) ? c->unanswered : c->waiting;

	return waiting >= NEWCOMER_REQUESTS && ahead_ms(c) > NEWCOMER_AHEAD_MS;
}

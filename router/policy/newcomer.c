#include "router/policy/newcomer.h"

#include "router/policy/price.h"

static double ahead_ms(const struct policy_candidate *c)
{
	if (c->rates != NULL)
		return c->ahead_ms;
	return price_rates(c)->token_ms * (double)c->inflight_tokens;
}

/* Of an unknown number at least those that are ahead by their tokens. */
static uint32_t waiting(const struct policy_candidate *c)
{
	return c->rates != NULL ? c->unanswered : c->inflight;
}

bool newcomer_waits(const struct policy_candidate *c)
{
	return waiting(c) >= NEWCOMER_REQUESTS &&
	       ahead_ms(c) > NEWCOMER_AHEAD_MS;
}

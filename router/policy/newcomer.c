#include "router/policy/newcomer.h"

#include "router/policy/price.h"

/* Where prompts are not followed, by what was sent and the worker's word. */
static bool waits_by_tokens(const struct policy_candidate *c)
{
	return c->waiting >= NEWCOMER_REQUESTS &&
	       price_rates(c)->token_ms * (double)c->inflight_tokens >
		       NEWCOMER_AHEAD_MS;
}

/* Streams are followed. Of answers that come whole nobody sees when they
 * begin, nor how fast the worker is with them: only that knows whether they
 * wait. */
bool newcomer_waits(const struct policy_candidate *c)
{
	uint32_t waiting = c->unanswered;
	double ahead_ms = c->ahead_ms;

	if (c->rates == NULL)
		return waits_by_tokens(c);
	if (c->waiting == 0 && c->silent > 0) {
		waiting -= c->silent;
		ahead_ms *= (double)waiting / c->unanswered;
	}
	return waiting >= NEWCOMER_REQUESTS && ahead_ms > NEWCOMER_AHEAD_MS;
}

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
static double part_that_waits(const struct policy_candidate *c)
{
	if (c->waiting > 0 || c->unanswered == 0)
		return 1;
	return (double)(c->unanswered - c->silent) / c->unanswered;
}

/* Those that have no more to compute than a step takes are in the same step,
 * and so is who comes to them. */
bool newcomer_waits(const struct policy_candidate *c)
{
	double part = part_that_waits(c);

	if (c->rates == NULL)
		return waits_by_tokens(c);
	return c->unanswered >= NEWCOMER_REQUESTS &&
	       part * c->ahead_ms > NEWCOMER_AHEAD_MS &&
	       part * (double)c->inflight_tokens > c->rates->budget;
}

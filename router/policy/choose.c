#include "router/policy/choose.h"

#include "common/base/assert.h"

#include <math.h>

/* A request without a known prompt still takes a slot of each step. */
#define REQUEST_TOKENS 256
/* Sums of the same terms in another order differ by less. */
#define SAME 1e-9

bool choose_allowed(const struct policy_candidate *c)
{
	return c->exclusion == POLICY_ALLOWED;
}

/* The exclusion that is nearest to being lifted speaks for all. */
static const char *reason_for_nobody(const struct policy_query *q)
{
	enum policy_exclusion last = POLICY_ALLOWED;

	for (size_t i = 0; i < q->n; i++)
		if (q->candidate[i].exclusion > last)
			last = q->candidate[i].exclusion;
	switch (last) {
	case POLICY_FULL: return "all workers full";
	case POLICY_TRIED: return "all workers tried";
	case POLICY_DRAINING: return "all workers draining";
	case POLICY_DOWN: return "all workers down";
	default: return "no workers";
	}
}

size_t choose_begin(const struct policy_query *q, struct policy_term *term,
		    struct policy_decision *out)
{
	size_t n = 0;

	for (size_t i = 0; i < q->n; i++) {
		bool allowed = choose_allowed(&q->candidate[i]);

		term[i] = (struct policy_term){.cost = allowed ? 0 : INFINITY};
		n += allowed;
	}
	if (n == 0)
		*out = (struct policy_decision){-1, reason_for_nobody(q)};
	return n;
}

uint32_t choose_requests(const struct policy_candidate *c)
{
	uint64_t told = (uint64_t)c->running + c->waiting;

	if (told > UINT32_MAX)
		told = UINT32_MAX;
	return told > c->inflight ? (uint32_t)told : c->inflight;
}

double choose_load(const struct policy_candidate *c)
{
	return (double)c->inflight_tokens +
	       REQUEST_TOKENS * (double)choose_requests(c);
}

static bool is_least(const struct policy_query *q,
		     const struct policy_term *term, size_t i, double least)
{
	return choose_allowed(&q->candidate[i]) &&
	       term[i].cost <= least + SAME * fabs(least);
}

static double least_cost(const struct policy_query *q,
			 const struct policy_term *term)
{
	double least = INFINITY;

	for (size_t i = 0; i < q->n; i++)
		if (choose_allowed(&q->candidate[i]) && term[i].cost < least)
			least = term[i].cost;
	return least;
}

void choose_least(const struct policy_query *q, struct policy_state *s,
		  const struct policy_term *term, const char *reason,
		  struct policy_decision *out)
{
	double least = least_cost(q, term);
	size_t equals = 0, turn;

	for (size_t i = 0; i < q->n; i++)
		equals += is_least(q, term, i, least);
	ASSERT(equals > 0);
	/* Only real ties take a turn: else requests that come in a rhythm
	 * would always meet the same one. */
	turn = equals > 1 ? s->counter++ % equals : 0;
	for (size_t i = 0; i < q->n; i++) {
		if (!is_least(q, term, i, least) || turn-- > 0)
			continue;
		*out = (struct policy_decision){(int)i, reason};
		return;
	}
}

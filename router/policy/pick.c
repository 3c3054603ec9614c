#include "router/policy/pick.h"

#include <math.h>

bool pick_allowed(const struct policy_candidate *c)
{
	return c->exclusion == POLICY_ALLOWED;
}

size_t pick_begin(const struct policy_query *q, struct policy_term *term)
{
	size_t n = 0;

	for (size_t i = 0; i < q->n; i++) {
		bool allowed = pick_allowed(&q->candidate[i]);
		double start = allowed ? 0 : INFINITY;

		term[i] = (struct policy_term){start, start, start};
		n += allowed;
	}
	return n;
}

int pick_least(const struct policy_query *q, const struct policy_term *term,
	       struct policy_state *s)
{
	int best = -1;

	if (q->n == 0)
		return -1;
	for (size_t k = 0; k < q->n; k++) {
		size_t i = (s->counter + k) % q->n;

		if (!pick_allowed(&q->candidate[i]))
			continue;
		if (best < 0 || term[i].cost < term[best].cost)
			best = (int)i;
	}
	if (best >= 0)
		s->counter = (uint64_t)best + 1;
	return best;
}

double pick_requests(const struct policy_candidate *c)
{
	double told = (double)c->running + c->waiting;

	return told > c->inflight ? told : c->inflight;
}

#include "router/policy/twin.h"

#include "router/policy/choose.h"
#include "router/policy/price.h"

#include <math.h>

/* What is shorter is computed in a step. */
#define LEAST_TOKENS 1024

/* The choice of now, and what it would compute. */
struct plan {
	const struct policy_query *q;
	const struct policy_candidate *c;
	double have; /* tokens that it begins with */
};

static bool is_crowded(const struct policy_candidate *c)
{
	return c->exclusion == POLICY_CROWDED || c->exclusion == POLICY_FULL;
}

/* Tokens that are under way there, and that the plan would compute. */
static double saved(const struct plan *p, const struct policy_candidate *c)
{
	double blocks = least_of((double)p->q->prompt_blocks, c->coming_blocks);

	if (c->coming_blocks <= c->held_blocks)
		return 0;
	return blocks * (double)p->q->block_size - p->have;
}

/* Once it is computed: INFINITY where it would be of no use. */
static double after_ms(const struct plan *p, const struct policy_candidate *c,
		       double tokens)
{
	if (is_crowded(c))
		return 0;
	if (p->c->fetches && c->gives)
		return price_fetch_ms(price_rates(p->c),
				      price_distance(p->c, c), tokens);
	return INFINITY;
}

static struct twin weigh(const struct plan *p, size_t i)
{
	const struct policy_candidate *c = &p->q->candidate[i];
	double tokens = saved(p, c), compute, after;
	const struct policy_rates *rates = price_rates(p->c);
	struct twin t = {.leader = -1};

	if (c == p->c || tokens < LEAST_TOKENS || c->rates == NULL)
		return t;
	after = after_ms(p, c, tokens);
	compute = price_prefill_ms(rates, p->have, tokens, rates->step_ms);
	if (c->ahead_ms + after < compute)
		t = (struct twin){(int)i, c->ahead_ms, compute - after};
	return t;
}

struct twin twin_find(const struct policy_query *q,
		      const struct policy_term *term, int chosen)
{
	struct twin best = {.leader = -1};
	struct plan p = {.q = q};

	if (chosen < 0)
		return best;
	p.c = &q->candidate[chosen];
	p.have = (double)q->prompt_tokens - term[chosen].tokens;
	for (size_t i = 0; i < q->n; i++) {
		struct twin t = weigh(&p, i);

		if (t.leader >= 0 &&
		    (best.leader < 0 || t.wait_ms < best.wait_ms))
			best = t;
	}
	return best;
}

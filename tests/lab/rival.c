#include "tests/lab/rival.h"

#include "router/policy/price.h"

#include <math.h>

static const struct policy *const all[] = {
	&rival_sglang, &rival_smg,         &rival_aibrix,   &rival_llmd,
	&rival_sticky, &rival_sticky_pull, &rival_dynamo_1, &rival_dynamo_4,
	&rival_greedy, &rival_greedy_pull,
};

const struct policy *rival_at(size_t i)
{
	return i < ARRAY_LEN(all) ? all[i] : NULL;
}

const struct policy *rival_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (slice_equal(slice_of(all[i]->name), name))
			return all[i];
	return policy_find(name);
}

bool rival_fetches(const struct policy *p)
{
	return p == &rival_sticky_pull || p == &rival_greedy_pull ||
	       p == &policy_cost;
}

struct rival_span rival_span(const struct policy_query *q)
{
	struct rival_span s = {.least = UINT32_MAX};
	double n = 0, sum = 0, squares = 0;

	for (size_t i = 0; i < q->n; i++) {
		double load = q->candidate[i].inflight;

		if (!choose_allowed(&q->candidate[i]))
			continue;
		if (load < s.least)
			s.least = (uint32_t)load;
		if (load > s.most)
			s.most = (uint32_t)load;
		n++;
		sum += load;
		squares += load * load;
	}
	s.mean = sum / n;
	s.deviation = sqrt(fmax(squares / n - s.mean * s.mean, 0));
	return s;
}

void rival_least_loaded(const struct policy_query *q, struct policy_state *s,
			struct policy_term *term, struct policy_decision *out)
{
	for (size_t i = 0; i < q->n; i++)
		if (choose_allowed(&q->candidate[i]))
			term[i].cost = q->candidate[i].inflight;
	choose_least(q, s, term, "least load", out);
}

double rival_uncached(const struct policy_query *q,
		      const struct policy_candidate *c)
{
	uint32_t held = c->held_blocks > c->other_blocks ? c->held_blocks
							 : c->other_blocks;

	return (double)q->prompt_tokens - (double)held * (double)q->block_size;
}

static int best_holder(const struct policy_query *q, size_t but)
{
	int best = -1;

	for (size_t i = 0; i < q->n; i++)
		if (i != but &&
		    (best < 0 || q->candidate[i].held_blocks >
					 q->candidate[best].held_blocks))
			best = (int)i;
	return best;
}

void rival_predict(const struct policy_query *q, size_t i, bool fetch,
		   struct policy_term *t)
{
	const struct policy_candidate *c = &q->candidate[i];
	const struct policy_rates *r = price_rates(c);
	double prompt = (double)q->prompt_tokens;
	int from = fetch ? best_holder(q, i) : -1;
	double step_ms = price_step_ms(r, c->inflight - c->unanswered,
				       (double)c->live_tokens);

	t->tokens = rival_uncached(q, c);
	t->compute = price_prefill_ms(r, prompt - t->tokens, t->tokens,
				      step_ms);
	t->wait = c->ahead_ms;
	t->cost = t->wait + t->compute;
	if (from >= 0) {
		uint32_t blocks = q->candidate[from].held_blocks;
		double rest = prompt - (double)blocks * (double)q->block_size;
		double moved = t->tokens - rest, cost;

		if (moved <= 0)
			return;
		cost = fmax(t->wait, price_fetch_ms(r, POLICY_IN_ZONE, moved)) +
		       price_prefill_ms(r, prompt - rest, rest, step_ms);
		if (cost >= t->cost)
			return;
		t->cost = cost;
		t->tokens = rest;
		t->source = from;
		t->fetch_blocks = blocks;
	}
}

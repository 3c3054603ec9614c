#include "router/policy/choose.h"

#include "common/base/assert.h"

#include <math.h>

/* A request without a known prompt still takes a slot of each step. */
#define REQUEST_TOKENS 256
/* Blocks that were routed to a worker but not announced by it are mostly
 * being computed: their second asker should wait for them rather than
 * compute them elsewhere. Some are gone again, hence not the whole. */
#define ROUTED_WORTH 0.8
/* Blocks in host memory or on disk are loaded at about four times the
 * speed at which they could be computed. */
#define OTHER_WORTH 0.75
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
	case POLICY_CROWDED: return "no KV memory free";
	case POLICY_FULL: return "all workers full";
	case POLICY_TRIED: return "all workers tried";
	case POLICY_PAUSED: return "all workers paused";
	case POLICY_BROKEN: return "all breakers open";
	case POLICY_DRAINING: return "all workers draining";
	case POLICY_DOWN: return "all workers down";
	case POLICY_ROLE: return "all workers prefill only";
	default: return "no workers";
	}
}

/* All that was ever routed would count what is long gone: where the prompts
 * under way are followed, those tell what is coming. */
static double held_with(const struct policy_candidate *c, double other)
{
	double held = c->exact ? c->held_blocks : 0, routed;

	if (c->exact && c->follows) {
		held = most_of(held, c->coming_blocks);
		return held + most_of(OTHER_WORTH * (other - held), 0);
	}
	routed = c->exact ? c->approx_blocks
			  : most_of(c->held_blocks, c->approx_blocks);
	return held + most_of(most_of(ROUTED_WORTH * (routed - held),
				      OTHER_WORTH * (other - held)),
			      0);
}

double choose_held(const struct policy_candidate *c)
{
	return held_with(c, most_of(c->other_blocks, c->store_blocks));
}

double choose_held_on_gpu(const struct policy_candidate *c)
{
	return held_with(c, 0);
}

double choose_tokens(const struct policy_query *q,
		     const struct policy_candidate *c)
{
	double known = (double)q->prompt_blocks * (double)q->block_size;
	double tokens = most_of((double)q->prompt_tokens, known);
	double held = least_of(choose_held(c) * (double)q->block_size, known);

	return tokens - held;
}

size_t choose_begin(const struct policy_query *q, struct policy_term *term,
		    struct policy_decision *out)
{
	size_t n = 0;

	for (size_t i = 0; i < q->n; i++) {
		bool allowed = choose_allowed(&q->candidate[i]);

		term[i] = (struct policy_term){.cost = allowed ? 0 : INFINITY,
					       .source = -1};
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

double choose_work(const struct policy_candidate *c)
{
	return (double)c->inflight_tokens +
	       REQUEST_TOKENS * (double)choose_requests(c);
}

double choose_slowed(const struct policy_candidate *c, double load)
{
	if (LIKELY(c->slow_start <= 0))
		return load;
	/* One request more is in it, or an idle one would look idle. */
	return (load + REQUEST_TOKENS * c->slow_start) / (1 - c->slow_start);
}

double choose_load(const struct policy_candidate *c)
{
	return choose_slowed(c, choose_work(c));
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

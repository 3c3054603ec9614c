#include "router/proxy/funnel.h"

#include "router/policy/price.h"
#include "router/proxy/request.h"

/* --- what is lost between levels ----------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void funnel_losses(const uint64_t level[FUNNEL_LEVELS],
		   uint64_t lost[FUNNEL_LEVELS - 1])
{
	uint64_t asked = level[FUNNEL_ASKED];
	uint64_t below = least(level[FUNNEL_DELIVERED], asked), at;

	for (size_t i = FUNNEL_DELIVERED; i-- > 0; below = at) {
		at = level[i] > below ? least(level[i], asked) : below;
		lost[i] = at - below;
	}
}

enum cells_column funnel_passed_over(const struct policy_candidate *best,
				     const struct policy_term *its,
				     const struct policy_term *chosen)
{
	switch (best->exclusion) {
	case POLICY_DOWN:
	case POLICY_DRAINING:
	case POLICY_BROKEN:
	case POLICY_PAUSED:
	case POLICY_TRIED: return CELLS_LOST_HEALTH;
	case POLICY_FULL:
	case POLICY_CROWDED: return CELLS_LOST_ADMISSION;
	case POLICY_ALLOWED:
		if (its->load > chosen->load)
			return CELLS_LOST_LOAD;
		break;
	case POLICY_ROLE: break;
	}
	return CELLS_LOST_POLICY;
}

/* --- as a worker is chosen ------------------------------------------------ */

/* What it would report as cached: engines load what they have in another
 * tier, or find in a store. */
static uint32_t held_by(const struct draft *d, size_t i)
{
	const struct policy_candidate *c = &d->candidate[i];

	if (!c->exact)
		return c->approx_blocks;
	if (c->store_blocks > 0 && !d->term[i].leaves_store)
		return c->store_blocks;
	return c->held_blocks > c->other_blocks ? c->held_blocks
						: c->other_blocks;
}

void funnel_note(struct request *r)
{
	struct choice *c = &r->choice;
	const struct draft *d = r->draft;
	size_t chosen = (size_t)d->decision.chosen, best = chosen;

	c->matched = r->prompt.known && d->tokens.key != NULL;
	c->exact = d->candidate[chosen].exact;
	c->held_blocks = c->best_blocks = held_by(d, chosen);
	for (size_t i = 0; i < d->n_candidates; i++) {
		const struct policy_candidate *x = &d->candidate[i];
		uint32_t held = held_by(d, i);

		if (x->approx_blocks > c->seen_blocks)
			c->seen_blocks = x->approx_blocks;
		if (held > c->best_blocks) {
			c->best_blocks = held;
			best = i;
		}
	}
	if (best != chosen)
		c->passed_over = funnel_passed_over(
			&d->candidate[best], &d->term[best], &d->term[chosen]);
}

/* --- as its answer has ended ---------------------------------------------- */

static enum cells_column why_not_delivered(const struct request *r,
					   const struct ending *e)
{
	if (e->usage.cached_tokens < 0)
		return CELLS_LOST_UNTOLD;
	if (!r->choice.exact)
		return CELLS_LOST_GUESS;
	return e->index_changed ? CELLS_LOST_CHANGED : CELLS_LOST_ENGINE;
}

static void count_losses(struct request *r, const struct ending *e,
			 struct cells_sheet *model, uint64_t asked)
{
	const struct choice *c = &r->choice;
	bool known = r->prompt.known,
	     seen = c->seen_blocks + c->best_blocks > 0;
	uint64_t block = c->block_size;
	const uint64_t level[FUNNEL_LEVELS] = {
		[FUNNEL_ASKED] = asked,
		[FUNNEL_KNOWN] = known ? r->prompt.n_tokens : 0,
		[FUNNEL_USABLE] = known ? c->prompt_blocks * block : 0,
		[FUNNEL_SEEN] = known ? c->seen_blocks * block : 0,
		[FUNNEL_HELD] = c->best_blocks * block,
		[FUNNEL_CHOSEN] = c->held_blocks * block,
		[FUNNEL_DELIVERED] = e->usage.cached_tokens >= 0
					     ? (uint64_t)e->usage.cached_tokens
					     : 0,
	};
	const enum cells_column cause[FUNNEL_LEVELS - 1] = {
		[FUNNEL_ASKED] = CELLS_LOST_UNKNOWN,
		[FUNNEL_KNOWN] = CELLS_LOST_TAIL,
		[FUNNEL_USABLE] = seen ? CELLS_LOST_NEW : CELLS_LOST_COLD,
		[FUNNEL_SEEN] = CELLS_LOST_EVICTED,
		[FUNNEL_HELD] = c->passed_over,
		[FUNNEL_CHOSEN] = why_not_delivered(r, e),
	};
	uint64_t lost[FUNNEL_LEVELS - 1];

	funnel_losses(level, lost);
	for (size_t i = 0; i < FUNNEL_LEVELS - 1; i++)
		if (lost[i] > 0)
			metric_add(cells_of(&r->proxy->cells, model, cause[i]),
				   (double)lost[i]);
}

/* Tokens that another worker has just computed for it saved nothing. */
static void count_saved(struct request *r, struct cells_sheet *model,
			int64_t cached)
{
	struct policy_rates rates;

	if (cached <= 0 || (r->handed != NULL && r->handed->over))
		return;
	if (!rates_get(&r->worker->rates, &rates))
		rates = price_usual;
	metric_add(cells_of(&r->proxy->cells, model, CELLS_SAVED),
		   price_prefill_ms(&rates, 0, (double)cached, 0) / 1e3);
}

static void count_asked(struct request *r, const struct ending *e,
			struct cells_sheet *model)
{
	struct cells *c = &r->proxy->cells;
	bool reported = e->usage.prompt_tokens >= 0;
	uint64_t asked = reported ? (uint64_t)e->usage.prompt_tokens
				  : r->prompt.n_tokens;

	if (!reported && !r->prompt.known)
		return;
	metric_add(cells_of(c, model,
			    reported ? CELLS_REPORTED_TOKENS
				     : CELLS_COUNTED_TOKENS),
		   (double)asked);
	metric_observe(cells_of(c, model, CELLS_PROMPT_SIZE), (double)asked);
	count_losses(r, e, model, asked);
}

void funnel_count(struct request *r, const struct ending *e)
{
	struct cells *c = &r->proxy->cells;
	struct cells_sheet *model = cells_sheet(c, r->model->conf->name);
	const struct api_usage *u = &e->usage;
	double block = r->choice.block_size;

	count_asked(r, e, model);
	metric_add(cells_of(c, model, CELLS_BEST_CACHED),
		   r->choice.best_blocks * block);
	metric_add(cells_of(c, model, CELLS_PREDICTED_CACHED),
		   r->choice.held_blocks * block);
	if (u->cached_tokens >= 0)
		metric_add(cells_of(c, model, CELLS_REPORTED_CACHED),
			   (double)u->cached_tokens);
	if (u->completion_tokens >= 0)
		metric_observe(cells_of(c, model, CELLS_OUTPUT_SIZE),
			       (double)u->completion_tokens);
	count_saved(r, model, u->cached_tokens);
}

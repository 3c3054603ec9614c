#include "router/proxy/shadow.h"

#include <math.h>

#include "router/proxy/request.h"

static uint32_t held_tokens(const struct draft *d, struct pair_ends ends)
{
	int place = again_computing(ends);

	if (place < 0)
		return 0;
	return decision_held_blocks(&d->candidate[place]) *
	       (uint32_t)d->query.block_size;
}

static struct again_ask ask_of(const struct request *r, struct pair_ends live)
{
	const struct conf_model *m = r->model->conf;
	struct draft *d = r->draft;

	return (struct again_ask){
		.of = {.policy = m->shadow,
		       .options = &m->shadow_options,
		       .query = &d->query,
		       .side = d->side,
		       .arena = &d->arena},
		.guessed_tokens = d->guessed_tokens,
		.was = live,
	};
}

struct decision_shadow shadow_decide(struct request *r)
{
	const struct conf_model *m = r->model->conf;
	const struct pair_decision *pair = decided_pair(r);
	struct draft *d = r->draft;
	struct pair_ends live = {-1, d->decision.chosen};
	struct policy_term *term;
	struct again_made would;
	struct again_ask ask;

	if (LIKELY(m->shadow == NULL))
		return (struct decision_shadow){0};
	if (pair != NULL)
		live.prefill = pair->prefill;
	ask = ask_of(r, live);
	term = arena_zalloc(&d->arena, (d->n_candidates + 1) * sizeof(*term));
	again_decide(&ask, &r->proxy->shadow, term, &would);
	return (struct decision_shadow){
		.policy = m->shadow,
		.reason = would.reason,
		.chosen = would.now,
		.change = would.change,
		.cost = would.now_side.cost,
		.live_cost = would.was_side.cost,
		.held_tokens = held_tokens(d, would.now),
		.live_held_tokens = held_tokens(d, live),
	};
}

void shadow_count(struct request *r, const struct decision_shadow *s)
{
	struct cells *c = &r->proxy->cells;
	const char *model = r->model->conf->name;

	metric_inc(cells_get(c, METRICS_SHADOW_DECISIONS, model,
			     again_change_name(s->change), NULL));
	metric_add(cells_get(c, METRICS_SHADOW_CACHED, model, "shadow", NULL),
		   s->held_tokens);
	metric_add(cells_get(c, METRICS_SHADOW_CACHED, model, "live", NULL),
		   s->live_held_tokens);
	/* Only together do they compare. */
	if (!isfinite(s->cost) || !isfinite(s->live_cost))
		return;
	metric_add(cells_get(c, METRICS_SHADOW_COST, model, "shadow", NULL),
		   s->cost);
	metric_add(cells_get(c, METRICS_SHADOW_COST, model, "live", NULL),
		   s->live_cost);
}

#include "router/proxy/shadow.h"

#include <math.h>

#include "router/proxy/request.h"

static double cost_of_place(const struct policy_term *term, int place)
{
	return place < 0 ? INFINITY : term[place].cost;
}

static uint32_t held_tokens(const struct draft *d, int place)
{
	if (place < 0)
		return 0;
	return decision_held_blocks(&d->candidate[place]) *
	       (uint32_t)d->query.block_size;
}

struct decision_shadow shadow_decide(struct request *r)
{
	const struct conf_model *m = r->model->conf;
	struct draft *d = r->draft;
	int live = d->decision.chosen;
	struct policy_decision would = {-1, ""};
	struct policy_term *term;

	/* A policy chooses one worker, and that one has two. */
	if (m->shadow == NULL || decided_pair(r) != NULL)
		return (struct decision_shadow){0};
	term = arena_zalloc(&d->arena, (d->n_candidates + 1) * sizeof(*term));
	m->shadow->decide(&m->shadow_options, &d->query, &r->proxy->shadow,
			  term, &would);
	if (decision_is_tie(term, would.chosen, live))
		would.chosen = live;
	return (struct decision_shadow){
		.policy = m->shadow,
		.reason = would.reason,
		.chosen = would.chosen,
		.cost = cost_of_place(term, would.chosen),
		.live_cost = cost_of_place(term, live),
		.held_tokens = held_tokens(d, would.chosen),
		.live_held_tokens = held_tokens(d, live),
	};
}

void shadow_count(struct request *r, const struct decision_shadow *s)
{
	struct cells *c = &r->proxy->cells;
	const char *model = r->model->conf->name;
	bool same = s->chosen == r->draft->decision.chosen;

	metric_inc(cells_get(c, METRICS_SHADOW_DECISIONS, model,
			     same ? "same" : "other", NULL));
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

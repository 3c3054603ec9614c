#include "router/proxy/twins.h"

#include "router/policy/twin.h"

/* Between two choices, of the time that it is thought to take. */
#define LOOK_PART     4
#define LEAST_LOOK_MS 10
#define MOST_LOOK_MS  250

static struct twin find(const struct request *r)
{
	const struct draft *d = r->draft;
	const struct policy_query q = {
		.candidate = d->candidate,
		.n = d->n_candidates,
		.prompt_tokens = r->prompt.n_tokens,
		.prompt_blocks = r->choice.prompt_blocks,
		.block_size = r->choice.block_size,
	};

	return twin_find(&q, d->term, d->decision.chosen);
}

static uint64_t look_in_ms(double wait_ms)
{
	double ms = wait_ms / LOOK_PART;

	if (ms < LEAST_LOOK_MS)
		return LEAST_LOOK_MS;
	return ms < MOST_LOOK_MS ? (uint64_t)ms : MOST_LOOK_MS;
}

bool twins_hold(struct request *r)
{
	struct draft *d = r->draft;
	uint64_t now_ms = d->choose_ns / 1000000;
	struct twin t;

	d->is_twin = false;
	if (r->fleet->conf->admission == CONF_ADMISSION_OFF || !r->prompt.known)
		return false;
	t = find(r);
	if (t.leader < 0)
		return false;
	if (d->twin_until_ms == 0) {
		d->twin_until_ms = now_ms + (uint64_t)t.most_ms;
		metric_inc(cells_get(&r->proxy->cells, METRICS_HELD_TWINS,
				     r->model->conf->name, NULL, NULL));
	}
	d->is_twin = now_ms < d->twin_until_ms;
	d->twin_look_ms = now_ms + look_in_ms(t.wait_ms);
	return d->is_twin;
}

bool twins_look_now(const struct request *r, uint64_t now_ms)
{
	return now_ms >= r->draft->twin_look_ms ||
	       now_ms >= r->draft->twin_until_ms;
}

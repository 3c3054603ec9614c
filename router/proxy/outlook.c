#include "router/proxy/outlook.h"

#include "common/base/clock.h"
#include "router/policy/choose.h"
#include "router/policy/price.h"

/* Where no answer has been seen yet. */
#define FIRST_OUTPUT 200
/* Of the mean, that each answer moves it by. */
#define OUTPUT_MEMORY  0.02
#define MAX_PREFILL_MS (BACKLOG_MAX_US / 1000.0)

static double mean_output(const struct request *r)
{
	double mean = atomic_load_explicit(&r->model->output_tokens,
					   memory_order_relaxed);

	return mean > 0 ? mean : FIRST_OUTPUT;
}

size_t outlook_output(const struct request *r)
{
	const struct api_request *a = &r->draft->api;
	int64_t most = a->max_tokens >= 0 ? a->max_tokens
					  : a->max_output_tokens;
	double mean = mean_output(r);

	return (size_t)(most >= 0 && (double)most < mean ? (double)most : mean);
}

static void fill(struct policy_candidate *c, const struct worker *w,
		 struct policy_rates *rates, uint64_t now_us)
{
	struct backlog_view has = backlog_look(&w->backlog, now_us);
	size_t blocks = atomic_load_explicit(&w->kv_blocks,
					     memory_order_relaxed);

	if (rates_get(&w->rates, rates))
		c->rates = rates;
	c->unanswered = has.unanswered;
	c->ahead_ms = has.ahead_ms;
	c->live_tokens = has.live_tokens;
	c->kv_tokens = blocks * worker_block_size(w);
}

void outlook_fill(struct request *r)
{
	struct draft *d = r->draft;
	uint64_t now_us = d->ready_ns / 1000;
	struct policy_rates *rates;

	if (!r->model->conf->policy->priced)
		return;
	rates = arena_array(&d->arena, d->n_candidates, sizeof(*rates));
	for (size_t i = 0; i < d->n_candidates; i++)
		fill(&d->candidate[i], r->model->worker[i], &rates[i], now_us);
}

static double prefill_ms(const struct request *r, const struct worker *w)
{
	double tokens = (double)r->choice.work_tokens;
	double prompt = (double)r->prompt.n_tokens;
	struct policy_rates rates;

	if (!rates_get(&w->rates, &rates))
		rates = price_usual;
	return price_prefill_ms(&rates, most_of(prompt - tokens, 0), tokens,
				rates.step_ms);
}

void outlook_hold(struct request *r)
{
	struct backlog *b = &r->worker->backlog;
	double ms = least_of(prefill_ms(r, r->worker), MAX_PREFILL_MS);
	uint64_t now_us = r->draft->decided_ns / 1000;
	size_t prompt = r->prompt.known ? r->prompt.n_tokens
					: r->choice.work_tokens;

	r->choice.alone = backlog_look(b, now_us).unanswered == 0;
	r->choice.part = (struct backlog_part){
		.prefill_us = (uint32_t)(ms * 1e3),
		.live_tokens = (uint32_t)(prompt + outlook_output(r)),
		.silent = !r->draft->api.stream,
	};
	backlog_add(b, &r->choice.part, now_us);
}

void outlook_release_work(struct request *r)
{
	uint64_t now_ns = r->first_ns != 0 ? r->first_ns : clock_ns();

	backlog_prefilled(&r->worker->backlog, &r->choice.part, now_ns / 1000);
}

void outlook_learn_output(const struct request *r, const struct ending *e)
{
	_Atomic double *mean = &r->name->model->output_tokens;
	double was = atomic_load_explicit(mean, memory_order_relaxed), now;

	if (r->outcome != OUTCOME_OK || e->usage.completion_tokens < 0)
		return;
	now = (double)e->usage.completion_tokens;
	if (was > 0)
		now = was + OUTPUT_MEMORY * (now - was);
	atomic_store_explicit(mean, now, memory_order_relaxed);
}

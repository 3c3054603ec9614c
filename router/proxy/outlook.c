#include "router/proxy/outlook.h"

#include "common/base/clock.h"
#include "router/policy/choose.h"
#include "router/policy/price.h"

/* Where no answer has been seen yet. */
#define FIRST_OUTPUT 200
/* Of the mean, that each answer moves it by. */
#define OUTPUT_MEMORY 0.02
/* Events of a worker that are later than this tell too late of prompts that
 * have just been computed. */
#define MAX_LAG_US     1000000
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

/* While events are late, what was routed there of late stands in for what
 * they would tell. */
static bool is_late(const struct worker *w)
{
	return atomic_load_explicit(&w->event_lag_us, memory_order_relaxed) >
	       MAX_LAG_US;
}

static void fill(struct policy_candidate *c, const struct worker *w,
		 uint64_t adapter, struct policy_rates *rates, uint64_t now_us)
{
	struct backlog_view has = backlog_look(&w->backlog, now_us);
	struct others_view all = others_look(&w->others, &has, now_us / 1000);
	size_t blocks = atomic_load_explicit(&w->kv_blocks,
					     memory_order_relaxed);

	if (rates_get(&w->rates, rates))
		c->rates = rates;
	c->follows = !is_late(w);
	c->unanswered = has.unanswered;
	c->silent = has.silent;
	c->ahead_ms = has.ahead_ms;
	c->fetching_ms = has.giving_ms;
	c->loading_ms = has.loading_ms;
	c->others_running = all.running;
	c->others_waiting = all.waiting;
	c->max_running = all.max_running;
	c->live_tokens = (uint64_t)all.live_tokens;
	c->kv_tokens = blocks * worker_block_size(w);
	c->reuse = atomic_load_explicit(&w->reuse_ppm, memory_order_relaxed) /
		   1e6;
	c->spills = atomic_load_explicit(&w->spills, memory_order_relaxed);
	c->lacks_adapter = adapter != 0 && !adapters_has(&w->adapters, adapter);
}

/* What stands for the prompt among those under way. */
static const struct chain *chain_of(const struct request *r)
{
	return r->prompt.known ? &r->draft->tokens : &r->draft->text;
}

/* The last token is computed in any case. */
static void match_coming(struct request *r)
{
	const struct chain *chain = chain_of(r);
	struct draft *d = r->draft;
	size_t n = d->n_candidates, most = r->choice.prompt_blocks;
	uint32_t *blocks = arena_zalloc(&d->arena, n * sizeof(*blocks));

	if (chain->key == NULL)
		return;
	underway_match(r->proxy->o.underway, chain->key,
		       chain->n < most ? chain->n : most, r->model->worker_id,
		       n, blocks);
	for (size_t i = 0; i < n; i++)
		d->candidate[i].coming_blocks = blocks[i];
}

void outlook_fill(struct request *r)
{
	struct draft *d = r->draft;
	uint64_t adapter = adapters_name(request_lora(r));
	uint64_t now_us = d->choose_ns / 1000;
	struct policy_rates *rates;

	if (!r->model->conf->policy->priced)
		return;
	rates = arena_array(&d->arena, d->n_candidates, sizeof(*rates));
	for (size_t i = 0; i < d->n_candidates; i++)
		fill(&d->candidate[i], r->model->worker[i], adapter, &rates[i],
		     now_us);
	match_coming(r);
}

struct moves outlook_moves(const struct request *r)
{
	const struct draft *d = r->draft;
	const struct policy_candidate *c = &d->candidate[draft_computing(d)];
	const struct policy_term *t = &d->term[draft_computing(d)];
	uint32_t here = c->exact ? c->held_blocks : 0;
	uint32_t block = r->choice.block_size;
	double context = (double)r->prompt.n_tokens - t->tokens;
	struct moves m = {.distance = POLICY_IN_ZONE};

	if (c->other_blocks > here && context > (double)here * block) {
		m.loaded = (c->other_blocks - here) * block;
		here = c->other_blocks;
	}
	if (UNLIKELY(c->store_blocks > 0))
		m.stored = decision_load_blocks(c, t) * block;
	if (t->source >= 0 && t->fetch_blocks > here) {
		m.fetched = (t->fetch_blocks - here) * block;
		m.distance = price_distance(c, &d->candidate[t->source]);
	}
	return m;
}

static double prefill_ms(const struct request *r, double tokens,
			 const struct policy_rates *rates)
{
	double prompt = (double)r->prompt.n_tokens;
	double ms = price_prefill_ms(rates, most_of(prompt - tokens, 0), tokens,
				     rates->step_ms);

	return least_of(ms, MAX_PREFILL_MS);
}

/* Of `w`, which computes the prompt: whoever would use the same links waits.
 */
static void hold_links(struct request *r, struct worker *w,
		       const struct policy_rates *rates, uint64_t now_us)
{
	const struct draft *d = r->draft;
	const struct policy_candidate *c = &d->candidate[draft_computing(d)];
	const struct policy_term *t = &d->term[draft_computing(d)];
	struct moves m = outlook_moves(r);
	double token_ms = price_fetch_token_ms(rates, m.distance);

	if (m.loaded + m.stored > 0)
		backlog_load(&w->backlog,
			     (uint64_t)(1e3 * (m.loaded * rates->load_token_ms +
					       m.stored * c->store_token_ms)),
			     now_us);
	if (m.fetched > 0)
		backlog_give(&r->model->worker[t->source]->backlog,
			     (uint64_t)(1e3 * m.fetched * token_ms), now_us);
}

/* What is asked for is remembered by the keys that its worker's events have.
 */
static void note_asked(struct request *r)
{
	const struct draft *d = r->draft;
	bool engine = atomic_load_explicit(&r->worker->keys,
					   memory_order_relaxed) ==
		      WORKER_KEYS_ENGINE;
	const struct chain *c = engine ? &d->engine : &d->tokens;

	if (r->model->conf->policy->priced && r->prompt.known && c->n > 0)
		ingest_asked(r->proxy->o.ingest, r->worker, c->key, c->n);
}

/* What is sent, in tokens. */
struct load {
	uint64_t computed; /* of the prompt */
	uint64_t shared;   /* with prompts that are under way there */
	size_t output;
};

static void hold_part(struct request *r, struct worker *w, const struct load *l,
		      const struct policy_rates *rates, uint64_t now_us,
		      struct backlog_part *part)
{
	size_t prompt = r->prompt.known ? r->prompt.n_tokens : l->computed;
	struct others_sent sent = {
		.live = (double)(prompt + l->output),
		.computed = (double)(l->computed + l->output),
		.shared = (double)l->shared,
	};

	part->prefill_us = (uint32_t)(1e3 * prefill_ms(r, (double)l->computed,
						       rates));
	part->live_tokens = (uint32_t)(prompt + l->output);
	backlog_add(&w->backlog, part,
		    (uint64_t)others_brings(&w->others, &sent), now_us);
	adapters_use(&w->adapters, adapters_name(request_lora(r)),
		     now_us / 1000);
}

static uint16_t hold_place(struct request *r, const struct worker *w)
{
	const struct chain *chain = chain_of(r);

	return underway_add(r->proxy->o.underway, w->id, chain->key,
			    chain->key != NULL ? chain->n : 0);
}

static void rates_of(const struct worker *w, struct policy_rates *rates)
{
	if (!rates_get(&w->rates, rates))
		*rates = price_usual;
}

void outlook_hold(struct request *r)
{
	const struct draft *d = r->draft;
	uint64_t now_us = d->decided_ns / 1000;
	const struct policy_candidate *c = &d->candidate[d->decision.chosen];
	struct worker *w = r->worker;
	const struct policy_rates *rates = c->rates;
	struct policy_rates room;
	struct load load = {
		.computed = r->choice.work_tokens,
		.shared = (uint64_t)c->coming_blocks * r->choice.block_size,
		.output = d->query.output_tokens,
	};

	/* Mostly those that it was chosen by. */
	if (rates == NULL) {
		rates_of(w, &room);
		rates = &room;
	}
	r->choice.alone = backlog_look(&w->backlog, now_us).unanswered == 0;
	r->choice.part.silent = !d->api.stream;
	hold_part(r, w, &load, rates, now_us, &r->choice.part);
	r->choice.underway = hold_place(r, w);
	if (d->legs == NULL) /* else all comes from the prefill worker */
		hold_links(r, w, rates, now_us);
	note_asked(r);
}

/* Its answer comes whole, but at its first token. */
void outlook_hold_leg(struct request *r, struct worker *w, uint64_t tokens,
		      uint64_t now_ns, struct outlook_leg *leg)
{
	uint64_t now_us = now_ns / 1000;
	struct policy_rates rates;

	rates_of(w, &rates);
	*leg = (struct outlook_leg){
		.alone = backlog_look(&w->backlog, now_us).unanswered == 0,
	};
	hold_part(r, w, &(struct load){.computed = tokens, .output = 1}, &rates,
		  now_us, &leg->part);
	leg->underway = hold_place(r, w);
	hold_links(r, w, &rates, now_us);
}

void outlook_release_leg(struct request *r, struct worker *w,
			 const struct outlook_leg *leg)
{
	backlog_prefilled(&w->backlog, &leg->part, clock_ns() / 1000);
	backlog_end(&w->backlog, &leg->part);
	underway_remove(r->proxy->o.underway, leg->underway);
}

void outlook_release_work(struct request *r)
{
	uint64_t now_ns = r->first_ns != 0 ? r->first_ns : clock_ns();

	backlog_prefilled(&r->worker->backlog, &r->choice.part, now_ns / 1000);
	underway_remove(r->proxy->o.underway, r->choice.underway);
}

void outlook_learn_output(const struct request *r, const struct ending *e)
{
	size_t i = (size_t)(r->model - r->fleet->model);
	_Atomic double *mean = &r->fleet->model[i].output_tokens;
	double was = atomic_load_explicit(mean, memory_order_relaxed), now;

	if (r->outcome != OUTCOME_OK || e->usage.completion_tokens < 0)
		return;
	now = (double)e->usage.completion_tokens;
	if (was > 0)
		now = was + OUTPUT_MEMORY * (now - was);
	atomic_store_explicit(mean, now, memory_order_relaxed);
}

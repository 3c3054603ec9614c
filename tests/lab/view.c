#include "tests/lab/view.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "router/policy/choose.h"
#include "router/policy/price.h"

#define INDEX_BYTES   ((size_t)512 << 20)
#define OUTPUT_MEMORY 0.01 /* of the mean, that each answer moves it by */
#define REUSE_EVERY   4
#define STEP_EVERY_S  0.2 /* steps to learn from */
#define FIRST_OUTPUT  200
/* What a load from the store is thought to take, before one was seen. */
#define STORE_MS       10.0
#define STORE_TOKEN_MS .02

struct view *view_create(size_t n, size_t block_size, const struct profile *p,
			 bool pooled, bool can_fetch)
{
	struct view *v = mem_zalloc(sizeof(*v));

	ASSERT(n > 0 && n <= VIEW_MAX_WORKERS);
	v->n = n;
	v->block_size = block_size;
	v->profile = p;
	v->pooled = pooled;
	v->can_fetch = can_fetch;
	v->output_tokens = FIRST_OUTPUT;
	v->exact = index_create(INDEX_BYTES);
	v->approx = index_create(INDEX_BYTES);
	v->reuse = reuse_create(n, REUSE_EVERY);
	v->underway = underway_create();
	v->read_exact = index_reader_create(v->exact);
	v->read_approx = index_reader_create(v->approx);
	learn_link_init(&v->store, STORE_MS, STORE_TOKEN_MS);
	for (size_t i = 0; i < n; i++) {
		v->id[i] = (unsigned)i;
		lesson_init(&v->worker[i].lesson, &price_usual);
		v->worker[i].lesson.store = &v->store;
	}
	return v;
}

void view_destroy(struct view **v)
{
	if (*v == NULL)
		return;
	index_reader_destroy(&(*v)->read_exact);
	index_reader_destroy(&(*v)->read_approx);
	reuse_destroy(&(*v)->reuse);
	index_destroy(&(*v)->exact);
	index_destroy(&(*v)->approx);
	underway_destroy(&(*v)->underway);
	mem_free(*v);
	*v = NULL;
}

const struct view *view_of(const struct policy_query *q)
{
	return CONTAINER_OF(q, struct view, query);
}

/* --- asking -------------------------------------------------------------- */

static uint64_t us(double s)
{
	return (uint64_t)(s * 1e6);
}

static const struct policy_rates *rates_of(const struct view_worker *w)
{
	return &w->lesson.learn.rates;
}

static struct others_view others_of(const struct view_worker *w, double now_s)
{
	struct backlog_view b = backlog_look(&w->backlog, us(now_s));

	return others_look(&w->others, &b, us(now_s) / 1000);
}

static void fill(struct view *v, size_t i, double now_s)
{
	const struct view_worker *w = &v->worker[i];
	struct policy_candidate *c = &v->candidate[i];
	struct backlog_view has = backlog_look(&w->backlog, us(now_s));
	struct others_view all = others_of(w, now_s);

	*c = (struct policy_candidate){
		.worker = (unsigned)i,
		.name_hash = (i + 1) * 0x9e3779b97f4a7c15u,
		.exact = true,
		.follows = true,
		.inflight = w->inflight,
		.inflight_tokens = w->inflight_tokens,
		.running = w->running,
		.waiting = w->waiting,
		.kv_usage = w->usage,
		.recent_tokens = recent_read(&w->recent,
					     (uint64_t)(now_s * 1e3) + 1),
		.rates = rates_of(w),
		.unanswered = has.unanswered,
		.ahead_ms = has.ahead_ms,
		.max_running = all.max_running,
		.live_tokens = (uint64_t)all.live_tokens,
		.kv_tokens = v->profile->kv_tokens,
		.gives = v->can_fetch,
		.fetches = v->can_fetch,
		.fetching_ms = has.giving_ms,
		.loading_ms = has.loading_ms,
		.reuse = reuse_chance(v->reuse, (unsigned)i),
		.spills = w->spills,
	};
}

static void match(struct view *v, const struct load_request *r, size_t n)
{
	uint32_t exact[VIEW_MAX_WORKERS][INDEX_TIERS];
	uint32_t approx[VIEW_MAX_WORKERS][INDEX_TIERS];
	uint32_t coming[VIEW_MAX_WORKERS] = {0};

	underway_match(v->underway, r->key, n, v->id, v->n, coming);
	index_match(v->read_exact, r->key, n, v->id, v->pooled ? 1 : v->n,
		    exact);
	index_match(v->read_approx, r->key, n, v->id, v->n, approx);
	for (size_t i = 0; i < v->n; i++) {
		size_t at = v->pooled ? 0 : i;

		v->candidate[i].held_blocks = exact[at][INDEX_GPU];
		v->candidate[i].coming_blocks = coming[i];
		v->candidate[i].other_blocks = exact[at][INDEX_OTHER];
		v->candidate[i].approx_blocks = v->pooled
							? exact[0][INDEX_GPU]
							: approx[i][INDEX_GPU];
	}
}

static void match_store(struct view *v, const struct load_request *r, size_t n)
{
	uint32_t found[VIEW_MAX_WORKERS];

	index_match_store(v->read_exact, r->key, n, v->id, v->n, VIEW_STORE,
			  found);
	for (size_t i = 0; i < v->n; i++) {
		struct policy_candidate *c = &v->candidate[i];
		uint32_t blocks = found[v->pooled ? 0 : i];

		if (blocks <= most_of(c->held_blocks, c->other_blocks))
			continue;
		c->store_blocks = blocks;
		c->store_ms = v->store.ms;
		c->store_token_ms = v->store.token_ms;
	}
}

void view_ask(struct view *v, const struct load_request *r, double now_s)
{
	size_t n = (r->n_prompt - 1) / v->block_size;

	v->query = (struct policy_query){
		.candidate = v->candidate,
		.n = v->n,
		.prompt_tokens = r->n_prompt,
		.prompt_blocks = n,
		.block_size = v->block_size,
		.session = r->session + 1,
		.output_tokens = (size_t)v->output_tokens,
	};
	for (size_t i = 0; i < v->n; i++)
		fill(v, i, now_s);
	n = n < r->n_keys ? n : r->n_keys;
	match(v, r, n);
	match_store(v, r, n);
}

/* Full blocks of the prompt. */
static size_t prompt_keys(const struct view *v, const struct load_request *r)
{
	size_t n = r->n_prompt / v->block_size;

	return n < r->n_keys ? n : r->n_keys;
}

/* --- accounts ------------------------------------------------------------- */

static void note_routed(struct view *v, const struct load_request *r,
			const struct policy_candidate *c)
{
	size_t n = prompt_keys(v, r);

	for (size_t i = c->approx_blocks; i < n; i++)
		index_store(v->approx, r->key[i], c->worker, INDEX_GPU);
	if (n > c->approx_blocks)
		v->worker[c->worker].routed_tokens += (n - c->approx_blocks) *
						      v->block_size;
}

/* The transfers that the decision brings, as far as one can tell. */
static void note_transfer(struct view *v, const struct policy_candidate *c,
			  const struct policy_term *t, struct view_sent *out,
			  double now_s)
{
	struct view_worker *w = &v->worker[c->worker];
	double block = (double)v->block_size, held = c->held_blocks;

	if (c->other_blocks > c->held_blocks) {
		out->loaded = (c->other_blocks - held) * block;
		backlog_load(&w->backlog,
			     us(out->loaded * rates_of(w)->load_token_ms / 1e3),
			     us(now_s));
		held = c->other_blocks;
	}
	if (c->store_blocks > held) {
		out->stored = (c->store_blocks - held) * block;
		backlog_load(&w->backlog,
			     us(out->stored * v->store.token_ms / 1e3),
			     us(now_s));
		held = c->store_blocks;
	}
	if (t->source >= 0 && t->fetch_blocks > held) {
		out->fetched = (t->fetch_blocks - held) * block;
		backlog_give(
			&v->worker[t->source].backlog,
			us(out->fetched * rates_of(w)->fetch_token_ms / 1e3),
			us(now_s));
	}
}

void view_sent(struct view *v, const struct load_request *r,
	       const struct policy_decision *d, struct view_sent *out,
	       double now_s)
{
	const struct policy_candidate *c = &v->candidate[d->chosen];
	struct view_worker *w = &v->worker[d->chosen];
	double tokens = v->term[d->chosen].tokens;
	double ms = price_prefill_ms(rates_of(w), (double)r->n_prompt - tokens,
				     tokens, rates_of(w)->step_ms);
	const struct others_sent sent = {
		.live = r->n_prompt + v->output_tokens,
		.computed = tokens + v->output_tokens,
		.shared = (double)c->coming_blocks * (double)v->block_size,
	};

	*out = (struct view_sent){
		.worker = (unsigned)d->chosen,
		.sent_s = now_s,
		.work_tokens = (uint64_t)tokens,
		.part = {.prefill_us = (uint32_t)(ms * 1e3),
			 .live_tokens = r->n_prompt +
					(uint32_t)v->output_tokens},
		.alone = c->unanswered == 0,
		.request = r,
	};
	backlog_add(&w->backlog, &out->part,
		    (uint64_t)others_brings(&w->others, &sent), us(now_s));
	w->inflight++;
	w->inflight_tokens += out->work_tokens;
	recent_add(&w->recent, out->work_tokens, (uint64_t)(now_s * 1e3) + 1);
	note_transfer(v, c, &v->term[d->chosen], out, now_s);
	note_routed(v, r, c);
	out->underway = underway_add(v->underway, c->worker, r->key,
				     prompt_keys(v, r));
	reuse_asked(v->reuse, c->worker, r->key, r->n_keys, now_s);
}

static double decoding(const struct view_worker *w)
{
	return w->inflight - w->backlog.unanswered;
}

static void teach(struct view_worker *w, const struct view_sent *s,
		  double computed, double now_s)
{
	const struct lesson_first f = {
		.sent_ms = s->sent_s * 1e3,
		.at_ms = now_s * 1e3,
		.context = s->request->n_prompt - computed,
		.computed = computed,
		.fetched = s->fetched,
		.loaded = s->loaded,
		.stored = s->stored,
		.alone = s->alone,
		.decoding = decoding(w),
		.kv_tokens = others_of(w, now_s).live_tokens,
	};

	lesson_first_token(&w->lesson, &f);
}

void view_first_token(struct view *v, struct view_sent *s, uint32_t computed,
		      double now_s)
{
	struct view_worker *w = &v->worker[s->worker];

	s->first_s = now_s;
	teach(w, s, computed, now_s);
	underway_remove(v->underway, s->underway);
	w->inflight_tokens -= s->work_tokens;
	backlog_prefilled(&w->backlog, &s->part, us(now_s));
}

void view_step(struct view *v, unsigned worker, double ms, double now_s)
{
	struct view_worker *w = &v->worker[worker];

	if (w->backlog.unanswered > 0 || decoding(w) <= 0 ||
	    now_s < w->stepped_s + STEP_EVERY_S)
		return;
	w->stepped_s = now_s;
	lesson_step(&w->lesson, decoding(w), others_of(w, now_s).live_tokens,
		    ms);
}

void view_finished(struct view *v, struct view_sent *s, uint32_t n_output,
		   double now_s)
{
	struct view_worker *w = &v->worker[s->worker];

	(void)now_s;
	w->inflight--;
	backlog_end(&w->backlog, &s->part);
	v->output_tokens += OUTPUT_MEMORY * (n_output - v->output_tokens);
}

static void store_event(struct view *v, uint64_t key, bool stored)
{
	if (stored)
		index_put_run(v->exact, &key, 1, VIEW_STORE, INDEX_OTHER);
	else
		index_remove(v->exact, key, VIEW_STORE, INDEX_OTHER);
}

void view_event(struct view *v, unsigned worker, uint64_t key,
		enum index_tier tier, bool stored, double now_s)
{
	if (worker == VIEW_STORE) {
		store_event(v, key, stored);
		return;
	}
	if (tier == INDEX_OTHER)
		v->worker[worker].spills = true;
	if (!stored && v->worker[worker].spills == (tier == INDEX_OTHER))
		reuse_dropped(v->reuse, worker, key, now_s);
	if (stored)
		index_store(v->exact, key, worker, tier);
	else
		index_remove(v->exact, key, worker, tier);
}

void view_scrape(struct view *v, const struct gpu *g, double now_s)
{
	struct view_worker *w = &v->worker[g->id];
	double used = gpu_usage(g) * (double)v->profile->kv_tokens;
	struct others_told told;

	w->running = (uint32_t)g->n_running;
	w->waiting = (uint32_t)(g->n_waiting + g->n_loading);
	w->usage = gpu_usage(g);
	told = (struct others_told){
		.running = w->running,
		.waiting = w->waiting,
		.ours = w->inflight,
		.used_tokens = (uint64_t)used,
		.backlog = backlog_look(&w->backlog, us(now_s)),
		.now_ms = us(now_s) / 1000 + 1,
	};
	others_tell(&w->others, &told);
}

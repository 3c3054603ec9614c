#include "tests/scenario/world.h"

#include "common/base/arena.h"
#include "common/base/assert.h"
#include "common/base/mem.h"
#include "router/policy/choose.h"
#include "router/policy/price.h"
#include "router/policy/slow_start.h"
#include "tests/scenario/prompt.h"

#include <string.h>

#define SCRAPE_US   1000000
#define INDEX_BYTES (64u << 20)
/* Of an answer, and of the mean of all that each moves it by. */
#define TOKEN_US      5000
#define FIRST_OUTPUT  200
#define OUTPUT_MEMORY 0.02
#define ROOM_US       10000 /* between two looks for room */
/* Later than this, events do not tell of what has just been computed. */
#define LATE_US 1000000

/* --- what workers tell ---------------------------------------------- */

static double seconds(const struct world *w)
{
	return (double)w->now_us / 1e6;
}

static void drop(struct world *w, const struct world_event *e)
{
	index_remove(w->index, e->key, e->worker, INDEX_GPU);
	reuse_dropped(w->reuse, e->worker, e->key, seconds(w));
}

static void apply_events(struct world *w)
{
	while (!list_empty(&w->event)) {
		struct world_event *e = LIST_ENTRY(w->event.next,
						   struct world_event, link);

		if (e->due_us > w->now_us)
			return;
		list_remove(&e->link);
		if (e->stored)
			index_store(w->index, e->key, e->worker, INDEX_GPU);
		else
			drop(w, e);
		mem_free(e);
	}
}

static void tell(struct world_worker *from, uint64_t key, bool stored)
{
	struct world *w = from->world;
	struct world_event *e;

	if (!w->exact)
		return;
	e = mem_zalloc(sizeof(*e));
	e->due_us = w->now_us + w->event_delay_us;
	e->key = key;
	e->worker = from->id;
	e->stored = stored;
	list_init(&e->link);
	list_push_back(&w->event, &e->link);
}

static void on_stored(void *arg, uint64_t key)
{
	tell(arg, key, true);
}

static void on_removed(void *arg, uint64_t key)
{
	tell(arg, key, false);
}

static void note_ttft(struct world *w, double ms)
{
	if (w->n_ttft == w->max_ttft) {
		w->max_ttft = w->max_ttft * 2 + 64;
		w->ttft_ms = mem_realloc(w->ttft_ms,
					 w->max_ttft * sizeof(double));
	}
	w->ttft_ms[w->n_ttft++] = ms;
}

static void on_first_token(void *arg, const struct engine_job *j)
{
	struct world_worker *x = arg;
	struct world *w = x->world;

	x->inflight_tokens -= j->work_tokens;
	x->unanswered--;
	x->began_us = w->now_us;
	backlog_prefilled(&x->backlog, &j->part, w->now_us);
	underway_remove(w->underway, j->underway);
	/* What was handed over was cached, or not, at the other. */
	if (!j->handed) {
		w->cached_tokens += j->cached_tokens;
		w->prompt_tokens += j->tokens;
	}
	if (j->next == NULL)
		note_ttft(w, (double)(w->now_us - j->sent_us) / 1e3);
}

static void on_handed_over(void *arg, struct engine_job *next)
{
	struct world_worker *x = arg;

	world_hand_over(x->world, next);
}

static void on_finished(void *arg, const struct engine_job *j)
{
	struct world_worker *x = arg;
	struct world *w = x->world;
	struct residents_seat seat = j->seat;
	double output = (double)(j->decode_us / TOKEN_US);

	if (seat.taken)
		residents_release(&w->lobby.of[x->id], &seat,
				  j->tokens + j->decode_us / TOKEN_US,
				  w->now_us / 1000);
	w->looked_us = 0;
	x->inflight--;
	backlog_end(&x->backlog, &j->part);
	if (j->prefills)
		return;
	w->output_tokens += OUTPUT_MEMORY * (output - w->output_tokens);
}

static const struct engine_events engine_events = {
	on_stored, on_removed, on_first_token, on_handed_over, on_finished};

static uint64_t room_of(const struct world_worker *x)
{
	return x->engine.max_blocks * x->engine.block_size;
}

/* Load that comes from elsewhere is told of, too. */
static void look_at(const struct world *w, struct world_worker *x)
{
	const struct world_load *extra = &x->extra;
	struct others_told told = {
		.running = x->told_running + extra->running,
		.waiting = x->told_waiting + extra->waiting,
		.ours = x->inflight,
		.backlog = backlog_look(&x->backlog, w->now_us),
		.now_ms = w->now_us / 1000,
	};

	told.used_tokens = (uint64_t)((x->told_usage + extra->usage) *
				      (double)room_of(x));
	others_tell(&x->others, &told);
}

static void scrape(struct world *w)
{
	if (w->now_us < w->scraped_us + SCRAPE_US)
		return;
	w->scraped_us = w->now_us - w->now_us % SCRAPE_US;
	for (size_t i = 0; i < w->n; i++) {
		struct world_worker *x = &w->worker[i];

		x->told_running = (uint32_t)engine_running(&x->engine);
		x->told_waiting = (uint32_t)x->engine.n_waiting;
		x->told_usage = engine_usage(&x->engine);
		if (w->lobby.of != NULL)
			residents_told(&w->lobby.of[i], x->told_usage);
		look_at(w, x);
	}
	if (w->placement)
		place_plan(w, PLACE_MOVES);
}

/* --- requests ------------------------------------------------------- */

double world_slow_start(const struct world_worker *x)
{
	const struct world *w = x->world;

	if (x->back_us == 0)
		return 0;
	return slow_start_part((w->now_us - x->back_us) / 1000,
			       w->slow_start_ms);
}

double world_ahead_ms(const struct world_worker *x)
{
	double tokens = (double)(x->inflight_tokens + x->extra.tokens);
	double all = x->rates.token_ms * tokens +
		     x->rates.step_ms * x->unanswered;
	double done = (double)(x->world->now_us - x->began_us) / 1e3;

	if (x->unanswered == 0)
		return all;
	return all > done ? all - done : 0;
}

static void fill_load(struct policy_candidate *c, const struct world_worker *x)
{
	struct backlog_view has = backlog_look(&x->backlog, x->world->now_us);
	struct others_view all = others_look(&x->others, &has,
					     x->world->now_us / 1000);

	c->inflight = x->inflight + x->extra.inflight;
	c->inflight_tokens = x->inflight_tokens + x->extra.tokens;
	c->running = x->told_running + x->extra.running;
	c->waiting = x->told_waiting + x->extra.waiting;
	c->kv_usage = x->told_usage + x->extra.usage;
	c->recent_tokens = recent_read(&x->recent, x->world->now_us / 1000) +
			   x->extra.recent;
	c->rates = &x->rates;
	c->unanswered = x->unanswered;
	c->ahead_ms = world_ahead_ms(x);
	c->kv_tokens = room_of(x);
	c->max_running = all.max_running;
	c->live_tokens = (uint64_t)all.live_tokens;
	c->others_running = all.running;
	c->others_waiting = all.waiting;
	c->reuse = reuse_chance(x->world->reuse, x->id);
	c->max_inflight = x->max_inflight;
	c->gives = c->fetches = x->world->peers;
	c->fetching_ms = has.giving_ms;
	c->zone = x->zone;
	c->rack = x->rack;
	c->exclusion = x->state;
	c->slow_start = world_slow_start(x);
	if (c->exclusion == POLICY_ALLOWED && c->max_inflight > 0 &&
	    c->inflight >= c->max_inflight)
		c->exclusion = POLICY_FULL;
	if (x->id < x->world->n_prefill)
		c->exclusion = POLICY_ROLE;
}

static void fill(struct world *w, const struct chain *chain, size_t usable,
		 struct policy_candidate *c)
{
	uint32_t exact[WORLD_MAX_WORKERS][INDEX_TIERS];
	uint32_t approx[WORLD_MAX_WORKERS][INDEX_TIERS];
	uint32_t coming[WORLD_MAX_WORKERS] = {0};
	size_t n = chain->n < usable ? chain->n : usable;

	index_match(w->read_index, chain->key, n, w->id, w->n, exact);
	underway_match(w->underway, chain->key, n, w->id, w->n, coming);
	index_match(w->read_approx, chain->key, n, w->id, w->n, approx);
	for (size_t i = 0; i < w->n; i++) {
		c[i] = (struct policy_candidate){
			.worker = w->id[i],
			.name_hash = (i + 1) * 0x9e3779b97f4a7c15u,
			.exact = w->exact,
			.follows = w->policy->priced &&
				   w->event_delay_us < LATE_US,
			.held_blocks = exact[i][INDEX_GPU],
			.other_blocks = exact[i][INDEX_OTHER],
			.approx_blocks = approx[i][INDEX_GPU],
			.coming_blocks = coming[i],
		};
		fill_load(&c[i], &w->worker[i]);
	}
	world_fill_stored(w, chain, n, c);
}

static void wait_or_fail(struct world *w, const struct world_request *r,
			 const struct policy_candidate *c)
{
	for (size_t i = 0; i < w->n; i++) {
		if (c[i].exclusion != POLICY_CROWDED)
			continue;
		lobby_queue(&w->lobby, r, w->now_us / 1000);
		return;
	}
	w->failed++;
}

static void hold_twin(struct world *w, struct world_request *r)
{
	lobby_queue(&w->lobby, r, w->now_us / 1000);
	r->decision = (struct policy_decision){-1, "twin"};
}

bool world_send(struct world *w, struct world_request *r)
{
	struct policy_candidate c[WORLD_MAX_WORKERS];
	struct policy_term term[WORLD_MAX_WORKERS];
	struct policy_query q = {.candidate = c,
				 .n = w->n,
				 .block_size = w->scheme.block_size,
				 .session = r->session};
	struct arena arena;
	struct chain chain;
	bool good;

	arena_init(&arena);
	good = prompt_chain(w, r->prompt, &arena, &chain, &q.prompt_tokens);
	if (good) {
		q.prompt_blocks = (q.prompt_tokens - 1) / q.block_size;
		q.output_tokens = (size_t)w->output_tokens;
		apply_events(w);
		fill(w, &chain, q.prompt_blocks, c);
		place_favour(w, &chain, q.prompt_blocks, c);
		lobby_exclude(&w->lobby, r, &chain, q.prompt_tokens, c,
			      w->now_us / 1000);
		if (!world_pair(w, r, &q, term, &arena))
			w->policy->decide(&w->options, &q, &w->state, term,
					  &r->decision);
		place_saw(w, &chain, &q);
		w->requests += !r->waits;
		if (lobby_holds(&w->lobby, r, &q, term, w->now_us / 1000))
			hold_twin(w, r);
		else if (r->decision.chosen < 0)
			wait_or_fail(w, r, c);
		else
			world_serve(w, r, &q, term, &chain);
	}
	arena_fini(&arena);
	return good;
}

bool world_hold(struct world *w, unsigned worker, struct slice prompt)
{
	struct arena arena;
	struct chain chain;
	size_t n;
	bool good;

	arena_init(&arena);
	good = prompt_chain(w, prompt, &arena, &chain, &n);
	if (good)
		engine_fill(&w->worker[worker].engine, chain.key, chain.n);
	arena_fini(&arena);
	return good;
}

void world_load(struct world *w, unsigned worker, const struct world_load *l)
{
	w->worker[worker].extra = *l;
	look_at(w, &w->worker[worker]);
}

void world_drop(struct world *w, unsigned worker)
{
	engine_drop(&w->worker[worker].engine);
}

void world_set_state(struct world *w, unsigned worker,
		     enum policy_exclusion state)
{
	struct world_worker *x = &w->worker[worker];

	if (x->state == POLICY_DOWN && state == POLICY_ALLOWED)
		x->back_us = w->now_us;
	x->state = state;
}

/* --- time ----------------------------------------------------------- */

static uint64_t next_us(const struct world *w)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < w->n; i++) {
		uint64_t at = engine_next_us(&w->worker[i].engine);

		if (at < next)
			next = at;
	}
	if (w->lobby.n_waiting > 0 && w->now_us + ROOM_US < next)
		return w->now_us + ROOM_US;
	return next;
}

static bool send_waiting(void *arg, struct world_request *r)
{
	return world_send(arg, r) && r->decision.chosen >= 0;
}

static void look_for_room(struct world *w)
{
	if (w->now_us < w->looked_us + ROOM_US)
		return;
	w->looked_us = w->now_us;
	lobby_look(&w->lobby, send_waiting, w, w->now_us / 1000);
}

static void step_to(struct world *w, uint64_t to_us)
{
	w->now_us = to_us;
	for (size_t i = 0; i < w->n; i++)
		engine_run(&w->worker[i].engine, to_us);
	scrape(w);
	apply_events(w);
	look_for_room(w);
}

void world_advance(struct world *w, uint64_t us)
{
	uint64_t end = w->now_us + us;

	while (w->now_us < end) {
		uint64_t to = next_us(w), look = w->scraped_us + SCRAPE_US;

		if (look < to && look > w->now_us)
			to = look;
		step_to(w, to < end ? to : end);
	}
}

void world_finish(struct world *w)
{
	uint64_t to;

	while ((to = next_us(w)) != UINT64_MAX)
		world_advance(w, to > w->now_us ? to - w->now_us : 1);
}

void world_count(struct world *w)
{
	w->requests = w->failed = 0;
	w->prompt_tokens = w->cached_tokens = 0;
	w->n_ttft = 0;
	lobby_count(&w->lobby);
	for (size_t i = 0; i < w->n; i++)
		w->worker[i].served = 0, w->worker[i].peak = 0;
}

/* --- beginning and end ---------------------------------------------- */

static void worker_init(struct world *w, size_t i, const struct world_fleet *f)
{
	struct world_worker *x = &w->worker[i];

	w->id[i] = (unsigned)i;
	x->world = w;
	x->id = (unsigned)i;
	x->max_inflight = (uint32_t)f->max_inflight;
	x->rates = (struct policy_rates){.step_ms = 5,
					 .token_ms = 1e3 / f->tokens_per_s,
					 .fetch_ms = 25,
					 .fetch_token_ms = 0.01,
					 .fetch_rack_token_ms = 0.007,
					 .fetch_across_token_ms = 0.04};
	x->engine.tokens_per_s = f->tokens_per_s;
	x->engine.max_blocks = f->blocks;
	x->engine.max_running = f->slots;
	x->engine.block_size = f->block_size;
	x->engine.events = &engine_events;
	x->engine.arg = x;
	engine_init(&x->engine);
}

struct world *world_create(const struct world_fleet *f)
{
	struct world *w = mem_zalloc(sizeof(*w));
	enum status st = hash_scheme_init(&w->scheme, HASH_TOKENS,
					  (struct slice){0}, f->block_size);

	ASSERT(st == OK && f->n <= WORLD_MAX_WORKERS);
	w->n = f->n;
	w->n_prefill = f->n_prefill;
	w->exact = f->exact;
	w->peers = f->peers;
	w->placement = f->placement;
	w->event_delay_us = f->event_delay_us;
	w->slow_start_ms = f->slow_start_ms;
	/* recent takes 0 for never. */
	w->now_us = w->scraped_us = 1000 * SCRAPE_US;
	list_init(&w->event);
	w->index = index_create(INDEX_BYTES);
	w->approx = index_create(INDEX_BYTES);
	w->underway = underway_create();
	w->reuse = reuse_create(f->n, 1);
	w->output_tokens = FIRST_OUTPUT;
	w->read_index = index_reader_create(w->index);
	w->read_approx = index_reader_create(w->approx);
	policy_state_init(&w->state, 1);
	for (size_t i = 0; i < f->n; i++)
		worker_init(w, i, f);
	if (f->admission)
		lobby_init(&w->lobby, f->n, f->blocks * f->block_size,
			   f->block_size);
	return w;
}

void world_destroy(struct world **gone)
{
	struct world *w = *gone;
	struct list *it;

	*gone = NULL;
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->n; i++)
		engine_fini(&w->worker[i].engine);
	lobby_fini(&w->lobby);
	while ((it = list_pop_front(&w->event)) != NULL)
		mem_free(LIST_ENTRY(it, struct world_event, link));
	index_reader_destroy(&w->read_index);
	index_reader_destroy(&w->read_approx);
	index_destroy(&w->index);
	index_destroy(&w->approx);
	underway_destroy(&w->underway);
	reuse_destroy(&w->reuse);
	mem_free(w->ttft_ms);
	mem_free(w);
}

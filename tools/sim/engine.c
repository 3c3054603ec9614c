#include "tools/sim/engine.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

struct engine {
	struct engine_model model;
	struct cache *cache;
	struct host *host; /* NULL: none */
	struct pool *pool; /* NULL: none */
	const struct engine_sink *sink;
	void *arg;
	struct list waiting, running; /* in order of arrival, of start */
	/* Set aside; loading: in order of their ends. */
	struct list away, loading, loaded;
	size_t n_waiting, n_running;
	bool in_step;
	double ends_s;      /* the step under way */
	double link_free_s; /* from other engines */
	struct engine_stats stats;
};

/* What a step has taken on so far. */
struct plan {
	size_t budget;
	bool preempted;
	double tokens, attention, decoding, kv;
	bool any;
};

static void state_set(struct task *t, enum task_state to)
{
	static const unsigned may_follow[] = {
		[TASK_NEW] = 1u << TASK_WAITING | 1u << TASK_DONE,
		[TASK_WAITING] = 1u << TASK_AWAY | 1u << TASK_LOADING |
				 1u << TASK_RUNNING | 1u << TASK_DONE,
		[TASK_AWAY] = 1u << TASK_WAITING | 1u << TASK_DONE,
		[TASK_LOADING] = 1u << TASK_WAITING | 1u << TASK_RUNNING |
				 1u << TASK_DONE,
		[TASK_RUNNING] = 1u << TASK_WAITING | 1u << TASK_DONE,
		[TASK_DONE] = 1u << TASK_DONE,
	};

	ASSERT(may_follow[t->state] >> to & 1);
	t->state = to;
}

static struct task *task_of(struct list *node)
{
	return LIST_ENTRY(node, struct task, node);
}

static void preempt_youngest(struct engine *e)
{
	struct task *t = task_of(e->running.prev);

	list_remove(&t->node);
	cache_release(e->cache, &t->seq);
	t->n_computed = 0;
	t->n_step = 0;
	t->n_remote = 0; /* they are fetched once only */
	state_set(t, TASK_WAITING);
	list_push_front(&e->waiting, &t->node);
	e->n_running--;
	e->n_waiting++;
	e->stats.preemptions++;
}

/* `n` more tokens of the task are part of the step. */
static void plan_add(struct engine *e, struct plan *p, struct task *t, size_t n)
{
	double ctx = (double)t->n_computed;

	p->budget -= n;
	p->any = true;
	t->n_step = n;
	cache_commit(e->cache, &t->seq, t->n_computed + n);
	if (t->n_generated > 0 && n == 1) {
		p->decoding += 1;
		p->kv += ctx + 1;
		return;
	}
	p->tokens += (double)n;
	p->attention += (double)n * (ctx + (double)n / 2);
}

static size_t chunk_of(const struct task *t, size_t computed, size_t budget)
{
	size_t n = t->seq.n - computed;

	return n < budget ? n : budget;
}

/* False if the task itself had to make room. */
static bool grow_or_preempt(struct engine *e, struct plan *p, struct task *t,
			    size_t n)
{
	while (!cache_grow(e->cache, &t->seq, t->n_computed + n)) {
		bool itself = e->running.prev == &t->node;

		preempt_youngest(e);
		p->preempted = true;
		if (itself)
			return false;
	}
	return true;
}

static void plan_running(struct engine *e, struct plan *p)
{
	struct list *it = e->running.next;

	while (it != &e->running && p->budget > 0) {
		struct task *t = task_of(it);
		size_t n = chunk_of(t, t->n_computed, p->budget);

		if (!grow_or_preempt(e, p, t, n))
			return;
		plan_add(e, p, t, n);
		it = it->next;
	}
}

/* The last token is computed always, for its logits. */
static size_t remote_of(const struct task *t)
{
	return t->n_remote < t->seq.n ? t->n_remote : t->seq.n - 1;
}

static void count_first_start(struct engine *e, struct task *t, size_t hit)
{
	if (t->was_started)
		return;
	t->was_started = true;
	t->n_cached = t->n_computed;
	e->stats.prefix_queries += t->n_prompt;
	e->stats.prefix_hits += hit;
	e->stats.prompt_tokens += t->n_prompt;
}

static void run(struct engine *e, struct plan *p, struct task *t, size_t n)
{
	list_remove(&t->node);
	list_push_back(&e->running, &t->node);
	e->n_waiting--;
	e->n_running++;
	state_set(t, TASK_RUNNING);
	plan_add(e, p, t, n);
}

static bool go_away(struct engine *e, struct task *t)
{
	if (!t->wants_fetch)
		return false;
	t->wants_fetch = false;
	if (!e->sink->fetch(e->arg, t))
		return false;
	list_remove(&t->node);
	list_push_back(&e->away, &t->node);
	state_set(t, TASK_AWAY);
	return true;
}

/* In order of their ends. */
static void set_aside(struct engine *e, struct task *t, double loaded_s)
{
	struct list *at = e->loading.prev;

	while (at != &e->loading && task_of(at)->loaded_s > loaded_s)
		at = at->prev;
	list_remove(&t->node);
	list_push_front(at, &t->node);
	state_set(t, TASK_LOADING);
	t->loaded_s = loaded_s;
}

/* Where a prompt goes on behind the GPU, and how much of that is pooled. */
struct far {
	size_t to, pooled;
};

/* What is in the pool comes behind what the host tier gives. */
static double load_end_s(struct engine *e, struct task *t, size_t n,
			 size_t pooled, double now_s)
{
	double end_s = now_s;

	if (!t->was_started) {
		t->n_loaded = n;
		t->n_pooled = pooled;
	}
	e->stats.loads++;
	e->stats.loaded_tokens += n;
	if (n > pooled)
		end_s = host_load(e->host, end_s, n - pooled);
	return pooled > 0 ? pool_load(e->pool, end_s, pooled) : end_s;
}

/* One copy after the other has the link's whole width. */
static double copy_end_s(struct engine *e, struct task *t, size_t n,
			 double now_s)
{
	double from_s = e->link_free_s > now_s ? e->link_free_s : now_s;

	t->n_copied = n;
	e->link_free_s = from_s + t->copy_token_s * (double)n;
	return e->link_free_s + t->copy_s;
}

/* Room for all of its prompt is taken, so that those loaded can always go
 * on: half loaded ones could keep each other waiting for ever. */
static bool load(struct engine *e, struct task *t, size_t hit, struct far far,
		 double now_s)
{
	bool is_remote = t->n_remote > 0;
	size_t n = far.to - hit;

	if (!cache_start(e->cache, &t->seq, hit, t->seq.n))
		return false;
	set_aside(e, t,
		  is_remote ? copy_end_s(e, t, n, now_s)
			    : load_end_s(e, t, n, far.pooled, now_s));
	t->n_computed = far.to;
	count_first_start(e, t, hit);
	return true;
}

static void copied(struct engine *e, struct task *t)
{
	t->is_copied = true;
	e->sink->copied(e->arg, t);
}

static void take_loaded(struct engine *e, double now_s)
{
	while (!list_empty(&e->loading)) {
		struct task *t = task_of(e->loading.next);

		if (t->loaded_s > now_s)
			return;
		list_remove(&t->node);
		list_push_back(&e->loaded, &t->node);
		cache_commit(e->cache, &t->seq, t->n_computed);
		if (t->n_remote > 0)
			copied(e, t);
	}
}

/* Of its prompt, what may be loaded from elsewhere; where a tier has a hole
 * the other may go on. */
static struct far far_of(const struct engine *e, struct task *t, size_t hit)
{
	struct far far = {hit, 0};
	size_t at;

	if (t->n_remote > 0) {
		far.to = remote_of(t);
		return far;
	}
	do {
		at = far.to;
		if (e->host)
			at = host_match(e->host, &t->seq, at);
		far.to = at;
		if (e->pool && !t->leaves_pool)
			far.to = pool_match(e->pool, &t->seq, at);
		far.pooled += far.to - at;
	} while (far.to > at);
	return far;
}

static bool start(struct engine *e, struct plan *p, struct task *t,
		  double now_s)
{
	size_t hit = cache_match(e->cache, &t->seq);
	struct far far = far_of(e, t, hit);
	size_t n;

	if (far.to > hit)
		return load(e, t, hit, far, now_s);
	n = chunk_of(t, hit, p->budget);
	if (!cache_start(e->cache, &t->seq, hit, hit + n))
		return false;
	if (t->n_remote > 0)
		copied(e, t); /* all of it is here already */
	t->n_computed = hit;
	count_first_start(e, t, hit);
	run(e, p, t, n);
	return true;
}

/* False: nobody more can. Those loaded come first, as they hold blocks. */
static bool start_next(struct engine *e, struct plan *p, double now_s)
{
	struct task *t;

	if (e->n_running >= e->model.max_seqs)
		return false;
	if (!list_empty(&e->loaded)) {
		t = task_of(e->loaded.next);
		run(e, p, t, chunk_of(t, t->n_computed, p->budget));
		return true;
	}
	if (list_empty(&e->waiting))
		return false;
	t = task_of(e->waiting.next);
	if (t->ready_s > now_s)
		return false;
	return go_away(e, t) || start(e, p, t, now_s);
}

static double plan_seconds(const struct plan *p, const struct engine_model *m)
{
	return m->t0_s + m->b_s * p->tokens + m->c_s * p->attention +
	       m->d_s * p->decoding + m->r_s * p->kv;
}

/* Prompts are written through, what is generated is not. */
static void store(struct engine *e, struct task *t)
{
	size_t n = t->n_computed < t->n_prompt ? t->n_computed : t->n_prompt;

	if (n <= t->n_stored)
		return;
	t->n_stored = n;
	if (e->host)
		host_store(e->host, &t->seq, n);
	if (e->pool)
		pool_put(e->pool, &t->seq, n);
}

static void task_advance(struct engine *e, struct task *t)
{
	t->n_computed += t->n_step;
	t->n_step = 0;
	store(e, t);
	if (t->n_computed < t->seq.n)
		return;
	if (t->n_generated == 0)
		t->first_s = e->ends_s;
	seq_append(&t->seq, &t->output[t->n_generated++], 1);
	e->stats.generation_tokens++;
	if (t->n_generated == t->n_output) {
		list_remove(&t->node);
		e->n_running--;
		if (!t->keeps_blocks)
			cache_release(e->cache, &t->seq);
		state_set(t, TASK_DONE);
	}
	e->sink->token(e->arg, t);
}

struct engine *engine_create(const struct engine_model *model,
			     struct cache *cache,
			     const struct engine_sink *sink, void *arg)
{
	struct engine *e = mem_zalloc(sizeof(*e));

	ASSERT(model->budget > 0 && model->max_seqs > 0);
	e->model = *model;
	e->cache = cache;
	e->sink = sink;
	e->arg = arg;
	list_init(&e->waiting);
	list_init(&e->running);
	list_init(&e->away);
	list_init(&e->loading);
	list_init(&e->loaded);
	return e;
}

void engine_use_host(struct engine *e, struct host *host)
{
	e->host = host;
}

void engine_use_pool(struct engine *e, struct pool *pool)
{
	e->pool = pool;
}

static void cancel_all(struct engine *e, struct list *tasks)
{
	while (!list_empty(tasks))
		engine_cancel(e, task_of(tasks->next));
}

void engine_destroy(struct engine **e)
{
	if (!*e)
		return;
	cancel_all(*e, &(*e)->running);
	cancel_all(*e, &(*e)->loaded);
	cancel_all(*e, &(*e)->loading);
	cancel_all(*e, &(*e)->away);
	cancel_all(*e, &(*e)->waiting);
	mem_free(*e);
	*e = NULL;
}

void engine_submit(struct engine *e, struct task *t, double now_s)
{
	ASSERT(t->n_output > 0 && t->seq.n > 0);
	t->n_prompt = t->seq.n;
	t->submitted_s = now_s;
	t->ready_s = now_s + e->model.f_s;
	state_set(t, TASK_WAITING);
	list_push_back(&e->waiting, &t->node);
	e->n_waiting++;
}

void engine_return(struct engine *e, struct task *t)
{
	ASSERT(t->state == TASK_AWAY);
	list_remove(&t->node);
	state_set(t, TASK_WAITING);
	list_push_front(&e->waiting, &t->node);
}

void engine_compute(struct engine *e, struct task *t)
{
	t->n_remote = 0;
	if (t->state != TASK_LOADING || t->is_copied)
		return;
	list_remove(&t->node);
	cache_release(e->cache, &t->seq);
	t->n_computed = 0;
	state_set(t, TASK_WAITING);
	list_push_front(&e->waiting, &t->node);
}

void engine_cancel(struct engine *e, struct task *t)
{
	if (t->state != TASK_NEW && t->state != TASK_DONE) {
		list_remove(&t->node);
		if (t->state == TASK_RUNNING)
			e->n_running--;
		else
			e->n_waiting--;
	}
	cache_release(e->cache, &t->seq);
	state_set(t, TASK_DONE);
}

/* Until somebody becomes ready, or is loaded. */
static enum engine_turn wait_or_idle(const struct engine *e, double now_s,
				     double *at_s)
{
	enum engine_turn turn = ENGINE_IDLE;
	double s;

	if (!list_empty(&e->waiting)) {
		s = task_of(e->waiting.next)->ready_s;
		if (s > now_s) {
			*at_s = s;
			turn = ENGINE_WAIT;
		}
	}
	if (!list_empty(&e->loading)) {
		s = task_of(e->loading.next)->loaded_s;
		if (turn == ENGINE_IDLE || s < *at_s)
			*at_s = s;
		turn = ENGINE_WAIT;
	}
	return turn;
}

enum engine_turn engine_begin(struct engine *e, double now_s, double *at_s)
{
	struct plan p = {.budget = e->model.budget};

	ASSERT(!e->in_step);
	take_loaded(e, now_s);
	plan_running(e, &p);
	while (!p.preempted && p.budget > 0 && start_next(e, &p, now_s))
		;
	if (!p.any)
		return wait_or_idle(e, now_s, at_s);
	e->in_step = true;
	e->stats.steps++;
	*at_s = e->ends_s = now_s + plan_seconds(&p, &e->model);
	return ENGINE_STEP;
}

void engine_end(struct engine *e)
{
	struct list *it, *tmp;

	ASSERT(e->in_step);
	e->in_step = false;
	LIST_EACH (it, tmp, &e->running) {
		if (task_of(it)->n_step > 0)
			task_advance(e, task_of(it));
	}
}

bool engine_in_step(const struct engine *e)
{
	return e->in_step;
}

size_t engine_running(const struct engine *e)
{
	return e->n_running;
}

size_t engine_waiting(const struct engine *e)
{
	return e->n_waiting;
}

static bool is_for(const struct list *head, struct slice adapter)
{
	for (struct list *it = head->next; it != head; it = it->next)
		if (slice_equal(task_of(it)->seq.extra.lora, adapter))
			return true;
	return false;
}

bool engine_runs_adapter(const struct engine *e, struct slice name)
{
	return is_for(&e->running, name);
}

bool engine_awaits_adapter(const struct engine *e, struct slice name)
{
	return is_for(&e->waiting, name);
}

const struct engine_stats *engine_stats(const struct engine *e)
{
	return &e->stats;
}

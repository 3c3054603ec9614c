#include "tools/sim/engine.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

struct engine {
	struct engine_model model;
	struct cache *cache;
	const struct engine_sink *sink;
	void *arg;
	struct list waiting, running; /* in order of arrival, of start */
	size_t n_waiting, n_running;
	bool in_step;
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
		[TASK_WAITING] = 1u << TASK_RUNNING | 1u << TASK_DONE,
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
static size_t computed_before(const struct task *t, size_t hit)
{
	size_t remote = t->n_remote < t->seq.n ? t->n_remote : t->seq.n - 1;

	return remote > hit ? remote : hit;
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

static bool start_next(struct engine *e, struct plan *p, double now_s)
{
	struct task *t;
	size_t hit, before, n;

	if (list_empty(&e->waiting) || e->n_running >= e->model.max_seqs)
		return false;
	t = task_of(e->waiting.next);
	if (t->ready_s > now_s)
		return false;
	hit = cache_match(e->cache, &t->seq);
	before = computed_before(t, hit);
	n = chunk_of(t, before, p->budget);
	if (!cache_start(e->cache, &t->seq, hit, before + n))
		return false;
	list_remove(&t->node);
	list_push_back(&e->running, &t->node);
	e->n_waiting--;
	e->n_running++;
	state_set(t, TASK_RUNNING);
	t->n_computed = before;
	count_first_start(e, t, hit);
	plan_add(e, p, t, n);
	return true;
}

static double plan_seconds(const struct plan *p, const struct engine_model *m)
{
	return m->t0_s + m->b_s * p->tokens + m->c_s * p->attention +
	       m->d_s * p->decoding + m->r_s * p->kv;
}

static void task_advance(struct engine *e, struct task *t)
{
	t->n_computed += t->n_step;
	t->n_step = 0;
	if (t->n_computed < t->seq.n)
		return;
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
	return e;
}

void engine_destroy(struct engine **e)
{
	if (!*e)
		return;
	while (!list_empty(&(*e)->running))
		engine_cancel(*e, task_of((*e)->running.next));
	while (!list_empty(&(*e)->waiting))
		engine_cancel(*e, task_of((*e)->waiting.next));
	mem_free(*e);
	*e = NULL;
}

void engine_submit(struct engine *e, struct task *t, double now_s)
{
	ASSERT(t->n_output > 0 && t->seq.n > 0);
	t->n_prompt = t->seq.n;
	t->ready_s = now_s + e->model.f_s;
	state_set(t, TASK_WAITING);
	list_push_back(&e->waiting, &t->node);
	e->n_waiting++;
}

void engine_cancel(struct engine *e, struct task *t)
{
	if (t->state == TASK_WAITING)
		e->n_waiting--;
	if (t->state == TASK_RUNNING)
		e->n_running--;
	if (t->state == TASK_WAITING || t->state == TASK_RUNNING)
		list_remove(&t->node);
	cache_release(e->cache, &t->seq);
	state_set(t, TASK_DONE);
}

enum engine_turn engine_begin(struct engine *e, double now_s, double *at_s)
{
	struct plan p = {.budget = e->model.budget};

	ASSERT(!e->in_step);
	plan_running(e, &p);
	while (!p.preempted && p.budget > 0 && start_next(e, &p, now_s))
		;
	if (p.any) {
		e->in_step = true;
		e->stats.steps++;
		*at_s = now_s + plan_seconds(&p, &e->model);
		return ENGINE_STEP;
	}
	if (list_empty(&e->waiting))
		return ENGINE_IDLE;
	*at_s = task_of(e->waiting.next)->ready_s;
	return *at_s > now_s ? ENGINE_WAIT : ENGINE_IDLE;
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

const struct engine_stats *engine_stats(const struct engine *e)
{
	return &e->stats;
}

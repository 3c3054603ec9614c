#include "tests/lab/gpu.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

#include <math.h>

/* What a step has taken on so far. */
struct plan {
	size_t budget;
	bool preempted, any;
	double tokens, attention, decoding, kv;
};

static struct task *task_of(struct list *node)
{
	return LIST_ENTRY(node, struct task, node);
}

static uint32_t total_tokens(const struct task *t)
{
	return t->n_prompt + t->n_generated;
}

/* --- memory ------------------------------------------------------------ */

static size_t blocks_for(const struct gpu *g, size_t tokens)
{
	return (tokens + g->block_size - 1) / g->block_size;
}

static bool grow(struct gpu *g, struct task *t, size_t tokens)
{
	size_t want = blocks_for(g, tokens);

	if (want > t->n_blocks && want - t->n_blocks > g->pool->n_free)
		return false;
	while (t->n_blocks < want)
		t->block[t->n_blocks++] = pool_take(g->pool);
	return true;
}

/* Tail first, so that heads, which others share, outlive tails. */
static void release(struct gpu *g, struct task *t)
{
	while (t->n_blocks > 0)
		pool_release(g->pool, t->block[--t->n_blocks]);
	t->n_named = 0;
}

static void name_blocks(struct gpu *g, struct task *t, size_t tokens)
{
	size_t to = tokens / g->block_size;

	if (to > t->n_keys)
		to = t->n_keys;
	for (size_t i = t->n_named; i < to; i++)
		pool_name(g->pool, t->block[i], t->key[i]);
	if (to > t->n_named)
		t->n_named = (uint32_t)to;
}

/* Blocks that may hit: the last token is computed in any case. */
static size_t usable(const struct gpu *g, const struct task *t)
{
	size_t most = (total_tokens(t) - 1) / g->block_size;

	return most < t->n_keys ? most : t->n_keys;
}

static bool hold_prefix(struct gpu *g, struct task *t, size_t hit, size_t want)
{
	size_t unheld = 0;

	for (size_t i = 0; i < hit; i++)
		unheld += g->pool->block[pool_find(g->pool, t->key[i])].refs ==
			  0;
	if (want - hit + unheld > g->pool->n_free)
		return false;
	for (size_t i = 0; i < hit; i++) {
		t->block[i] = pool_find(g->pool, t->key[i]);
		pool_hold(g->pool, t->block[i]);
	}
	t->n_blocks = t->n_named = (uint32_t)hit;
	return true;
}

/* --- the step ---------------------------------------------------------- */

static void preempt_youngest(struct gpu *g)
{
	struct task *t = task_of(g->running.prev);

	list_remove(&t->node);
	release(g, t);
	t->n_computed = t->n_step = 0;
	t->state = TASK_WAITING;
	list_push_front(&g->waiting, &t->node);
	g->n_running--;
	g->n_waiting++;
	g->stats.preemptions++;
}

static void plan_add(struct gpu *g, struct plan *p, struct task *t, size_t n)
{
	double ctx = t->n_computed;

	p->budget -= n;
	p->any = true;
	t->n_step = (uint32_t)n;
	name_blocks(g, t, t->n_computed + n);
	if (t->n_generated > 0 && n == 1) {
		p->decoding += 1;
		p->kv += ctx + 1;
		return;
	}
	g->stats.computed += n;
	p->tokens += (double)n;
	p->attention += (double)n * (ctx + (double)n / 2);
}

static size_t chunk_of(const struct task *t, size_t computed, size_t budget)
{
	size_t n = total_tokens(t) - computed;

	return n < budget ? n : budget;
}

/* False if the task had to make room itself, or nobody else could: the
 * memory may be in the hands of a neighbour, or of what is loading. */
static bool grow_or_preempt(struct gpu *g, struct plan *p, struct task *t,
			    size_t n)
{
	while (!grow(g, t, t->n_computed + n)) {
		bool itself = g->running.prev == &t->node;

		p->preempted = true;
		if (itself && g->n_running == 1)
			return false;
		preempt_youngest(g);
		if (itself)
			return false;
	}
	return true;
}

static void plan_running(struct gpu *g, struct plan *p)
{
	struct list *it = g->running.next;

	while (it != &g->running && p->budget > 0) {
		struct task *t = task_of(it);
		size_t n = chunk_of(t, t->n_computed, p->budget);

		if (!grow_or_preempt(g, p, t, n))
			return;
		plan_add(g, p, t, n);
		it = it->next;
	}
}

/* --- loading ------------------------------------------------------------ */

static double transfer_end(double *link_s, double now_s, double base_s,
			   double work_s)
{
	double start = now_s > *link_s ? now_s : *link_s;

	*link_s = start + work_s;
	return start + work_s + base_s;
}

/* Blocks that the source can still give, whichever tier they are in. */
static size_t source_blocks(const struct task *t)
{
	const struct gpu *s = t->source;
	size_t n = 0;

	while (n < t->fetch_blocks &&
	       (pool_find(s->pool, t->key[n]) != POOL_NONE ||
		(s->host != NULL &&
		 pool_find(s->host, t->key[n]) != POOL_NONE)))
		n++;
	return n;
}

/* How far the prefix goes on in a tier; NULL: nowhere. */
static size_t go_on_in(const struct pool *tier, const struct task *t,
		       size_t from, size_t most)
{
	while (tier != NULL && from < most &&
	       pool_find(tier, t->key[from]) != POOL_NONE)
		from++;
	return from;
}

/* Whatever the connector finds is loaded, whether it takes longer than to
 * compute it or not. */
static size_t reach_stored(struct gpu *g, struct task *t, size_t to,
			   size_t most, double now_s, double *ready_s)
{
	const struct profile *p = g->profile;
	size_t stored = go_on_in(g->store, t, to, most);
	double end;

	t->n_stored = (uint32_t)((stored - to) * g->block_size);
	if (stored == to)
		return to;
	end = transfer_end(&g->store_s, now_s, p->store_s,
			   p->store_token_s * t->n_stored);
	*ready_s = fmax(*ready_s, end);
	return stored;
}

/* How far the prefix reaches with what can be fetched or loaded. */
static size_t reach(struct gpu *g, struct task *t, size_t hit, double now_s,
		    double *ready_s)
{
	const struct profile *p = g->profile;
	size_t most = usable(g, t), to = go_on_in(g->host, t, hit, most);

	*ready_s = now_s;
	t->n_loaded = (uint32_t)((to - hit) * g->block_size);
	if (to > hit)
		*ready_s = transfer_end(&g->link_s, now_s, p->load_s,
					p->load_token_s * t->n_loaded);
	to = reach_stored(g, t, to, most, now_s, ready_s);
	if (t->source != NULL && !t->is_fetched) {
		size_t far = source_blocks(t);

		far = far < most ? far : most;
		t->is_fetched = true;
		if (far > to) {
			double end;

			t->n_fetched = (uint32_t)((far - to) * g->block_size);
			end = transfer_end(&t->source->pull_s, now_s, p->pull_s,
					   p->pull_token_s * t->n_fetched);
			*ready_s = end > *ready_s ? end : *ready_s;
			to = far;
		}
	}
	return to;
}

/* Takes what is loading and has come back to the head of the queue. */
static void end_loads(struct gpu *g, double now_s)
{
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &g->loading) {
		struct task *t = task_of(it);

		if (t->ready_s > now_s)
			continue;
		list_remove(it);
		g->n_loading--;
		name_blocks(g, t, t->n_computed);
		t->state = TASK_WAITING;
		list_push_front(&g->waiting, &t->node);
		g->n_waiting++;
	}
}

static void start_running(struct gpu *g, struct plan *p, struct task *t,
			  size_t n)
{
	list_remove(&t->node);
	g->n_waiting--;
	list_push_back(&g->running, &t->node);
	g->n_running++;
	t->state = TASK_RUNNING;
	plan_add(g, p, t, n);
}

static void start_loading(struct gpu *g, struct task *t, double ready_s)
{
	list_remove(&t->node);
	g->n_waiting--;
	list_push_back(&g->loading, &t->node);
	g->n_loading++;
	t->state = TASK_LOADING;
	t->ready_s = ready_s;
}

/* One that holds what was loaded for it. */
static bool go_on(struct gpu *g, struct plan *p, struct task *t)
{
	size_t n = chunk_of(t, t->n_computed, p->budget);

	if (grow(g, t, t->n_computed + n)) {
		start_running(g, p, t, n);
		return true;
	}
	if (g->n_running == 0) { /* those who load hold it all */
		release(g, t);
		t->n_computed = 0;
	}
	return false;
}

static bool start_next(struct gpu *g, struct plan *p, double now_s)
{
	struct task *t;
	size_t hit, to, n;
	double ready_s;

	if (list_empty(&g->waiting) || g->n_running >= g->profile->max_seqs)
		return false;
	t = task_of(g->waiting.next);
	if (t->ready_s > now_s)
		return false;
	if (t->n_blocks > 0)
		return go_on(g, p, t);
	hit = pool_match(g->pool, t->key, usable(g, t));
	n = chunk_of(t, hit * g->block_size, p->budget);
	if (!hold_prefix(g, t, hit, blocks_for(g, hit * g->block_size + n)))
		return false;
	if (!t->was_started)
		t->n_cached = (uint32_t)(hit * g->block_size);
	to = reach(g, t, hit, now_s, &ready_s);
	if (to > hit && !grow(g, t, to * g->block_size)) {
		to = hit;
		t->n_loaded = t->n_stored = t->n_fetched = 0;
	}
	t->was_started = true;
	t->n_computed = (uint32_t)(to * g->block_size);
	if (to > hit) {
		start_loading(g, t, ready_s);
		return true;
	}
	if (!grow(g, t, t->n_computed + n))
		ASSERT(!"room was seen");
	start_running(g, p, t, n);
	return true;
}

/* --- from outside ------------------------------------------------------- */

static double plan_seconds(const struct plan *p, const struct profile *m)
{
	return m->t0_s + m->b_s * p->tokens + m->c_s * p->attention +
	       m->d_s * p->decoding + m->r_s * p->kv;
}

static void task_advance(struct gpu *g, struct task *t)
{
	t->n_computed += t->n_step;
	t->n_step = 0;
	if (t->n_computed < total_tokens(t))
		return;
	t->n_generated++;
	if (t->n_generated == t->n_output) {
		list_remove(&t->node);
		g->n_running--;
		release(g, t);
		mem_free(t->block);
		t->block = NULL;
		t->state = TASK_DONE;
	}
	g->events->token(g->arg, t);
}

static void put_through(struct gpu *g, uint64_t key)
{
	if (g->host != NULL)
		pool_put(g->host, key);
	if (g->store != NULL)
		pool_put(g->store, key);
}

/* Other tiers are written through, and freshened when a block leaves. */
static void on_removed(void *arg, uint64_t key)
{
	struct gpu *g = arg;

	g->events->gpu.removed(g, key);
	put_through(g, key);
}

static void on_stored(void *arg, uint64_t key)
{
	struct gpu *g = arg;

	g->events->gpu.stored(g, key);
	put_through(g, key);
}

static const struct pool_events own_events = {on_stored, on_removed};

void gpu_init(struct gpu *g, unsigned id, const struct profile *p,
	      size_t block_size, size_t n_workers, size_t host_tokens,
	      const struct gpu_events *events, void *arg)
{
	*g = (struct gpu){.id = id,
			  .profile = p,
			  .block_size = block_size,
			  .events = events,
			  .arg = arg};
	list_init(&g->waiting);
	list_init(&g->running);
	list_init(&g->loading);
	g->pool = &g->own;
	pool_init(g->pool, n_workers * (p->kv_tokens / block_size), &own_events,
		  g);
	if (host_tokens == 0)
		return;
	g->host = &g->own_host;
	pool_init(g->host, n_workers * (host_tokens / block_size),
		  &events->host, g);
}

void gpu_share(struct gpu *g, struct gpu *with)
{
	pool_fini(g->pool);
	if (g->host != NULL)
		pool_fini(g->host);
	g->pool = with->pool;
	g->host = with->host;
}

void gpu_use_store(struct gpu *g, struct pool *store)
{
	g->store = store;
}

static void let_go(struct list *tasks)
{
	struct list *it;

	while ((it = list_pop_front(tasks)) != NULL) {
		mem_free(task_of(it)->block);
		task_of(it)->block = NULL;
	}
}

void gpu_fini(struct gpu *g)
{
	let_go(&g->waiting);
	let_go(&g->running);
	let_go(&g->loading);
	if (g->pool == &g->own)
		pool_fini(&g->own);
	if (g->host == &g->own_host)
		pool_fini(&g->own_host);
}

void gpu_submit(struct gpu *g, struct task *t, double now_s)
{
	size_t most = blocks_for(g, (size_t)t->n_prompt + t->n_output);

	ASSERT(t->n_prompt > 0 && t->n_output > 0 && most <= g->pool->n);
	t->block = mem_array(most, sizeof(*t->block));
	t->state = TASK_WAITING;
	t->ready_s = now_s + g->profile->f_s;
	list_push_back(&g->waiting, &t->node);
	g->n_waiting++;
}

static double next_look(const struct gpu *g, double now_s)
{
	double at = INFINITY;
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &g->loading)
		at = fmin(at, task_of(it)->ready_s);
	if (!list_empty(&g->waiting))
		at = fmin(at, fmax(task_of(g->waiting.next)->ready_s,
				   now_s + g->profile->t0_s));
	if (!list_empty(&g->running)) /* out of memory, for now */
		at = fmin(at, now_s + g->profile->t0_s);
	return at;
}

double gpu_begin(struct gpu *g, double now_s)
{
	struct plan p = {.budget = g->profile->budget};

	ASSERT(!g->in_step);
	end_loads(g, now_s);
	plan_running(g, &p);
	while (!p.preempted && p.budget > 0 && start_next(g, &p, now_s))
		;
	if (!p.any)
		return next_look(g, now_s);
	g->in_step = true;
	g->step_s = plan_seconds(&p, g->profile);
	g->prefilled = p.tokens > 0;
	g->decoding = p.decoding;
	g->decoding_kv = p.kv;
	g->stats.steps++;
	g->stats.busy_s += g->step_s;
	return now_s + g->step_s;
}

void gpu_end(struct gpu *g)
{
	struct list *it, *tmp;

	ASSERT(g->in_step);
	g->in_step = false;
	LIST_EACH (it, tmp, &g->running)
		if (task_of(it)->n_step > 0)
			task_advance(g, task_of(it));
}

double gpu_usage(const struct gpu *g)
{
	return 1 - (double)g->pool->n_free / (double)g->pool->n;
}

#include "router/probe/learner.h"

#include "common/base/mem.h"
#include "router/index/index.h"
#include "router/policy/lesson.h"
#include "router/policy/prior.h"
#include "router/probe/kv_config.h"

#include <string.h>

#define LOOK_MS 500

/* A store, of which all who share it learn together. */
struct pool {
	struct store *store; /* counted */
	struct learn_link link;
};

struct pupil {
	struct worker *worker; /* counted */
	struct policy_rates prior;
	struct lesson lesson;
	struct pool *pool; /* NULL: it shares none */
};

struct learner {
	struct timer timer;
	struct pupil *pupil[INDEX_MAX_WORKERS]; /* by the worker's id */
	struct pool *pool[INDEX_MAX_WORKERS];   /* by the store's */
};

static void drop(struct learner *l, unsigned id)
{
	struct pupil *gone = l->pupil[id];

	l->pupil[id] = NULL;
	if (gone == NULL)
		return;
	worker_unref(&gone->worker);
	mem_free(gone);
}

static void teach(struct pupil *p, const struct seen *s)
{
	const struct lesson_first first = {
		.sent_ms = (double)s->sent_us / 1e3,
		.at_ms = (double)s->at_us / 1e3,
		.context = s->context,
		.computed = s->computed,
		.fetched = s->fetched,
		.distance = s->distance,
		.loaded = s->loaded,
		.stored = s->stored,
		.alone = s->alone,
		.decoding = s->decoding,
		.kv_tokens = (double)s->live_tokens,
	};

	if (s->kind == SEEN_FIRST_TOKEN)
		lesson_first_token(&p->lesson, &first);
	else
		lesson_step(&p->lesson, s->decoding, (double)s->live_tokens,
			    s->step_ms);
}

static void tell(const struct pool *p)
{
	atomic_store_explicit(&p->store->load_ms, p->link.ms,
			      memory_order_relaxed);
	atomic_store_explicit(&p->store->token_ms, p->link.token_ms,
			      memory_order_relaxed);
	atomic_store_explicit(&p->store->n_observed,
			      (unsigned)p->link.fit.count,
			      memory_order_relaxed);
}

static void look_at(struct pupil *p)
{
	struct seen seen[SEEN_SLOTS];
	unsigned n = seen_take(&p->worker->seen, seen);

	if (n == 0)
		return;
	for (unsigned i = 0; i < n; i++)
		teach(p, &seen[i]);
	rates_put(&p->worker->rates, &p->lesson.learn.rates);
	if (p->pool != NULL)
		tell(p->pool);
	atomic_fetch_add_explicit(&p->worker->n_observed, n,
				  memory_order_relaxed);
}

void learner_look(struct learner *l)
{
	for (unsigned id = 0; id < INDEX_MAX_WORKERS; id++)
		if (l->pupil[id] != NULL)
			look_at(l->pupil[id]);
}

static void on_timer(void *arg)
{
	struct learner *l = arg;

	learner_look(l);
	timer_set(&l->timer, LOOK_MS);
}

static void begin(struct pupil *p, const struct policy_rates *prior)
{
	p->prior = *prior;
	lesson_init(&p->lesson, prior);
	rates_put(&p->worker->rates, prior);
}

/* Another class is another guess, and what was learned goes. */
static void add(struct learner *l, struct worker *w,
		const struct policy_rates *prior)
{
	struct pupil *p = l->pupil[w->id];

	if (p != NULL && p->worker == w) {
		if (memcmp(&p->prior, prior, sizeof(*prior)) != 0)
			begin(p, prior);
		return;
	}
	drop(l, w->id);
	p = mem_zalloc(sizeof(*p));
	p->worker = worker_ref(w);
	begin(p, prior);
	l->pupil[w->id] = p;
}

static void drop_pool(struct learner *l, unsigned id)
{
	struct pool *gone = l->pool[id];

	l->pool[id] = NULL;
	if (gone == NULL)
		return;
	store_unref(&gone->store);
	mem_free(gone);
}

static bool is_pool(const struct fleet *f, const struct pool *p)
{
	for (size_t i = 0; i < f->n_models; i++)
		if (f->model[i].store == p->store)
			return true;
	return false;
}

/* Another first guess is another beginning. */
static void add_pool(struct learner *l, const struct fleet_model *m)
{
	const struct conf_store *c = &m->conf->store;
	struct pool *p = l->pool[m->store->id];

	if (p == NULL) {
		p = l->pool[m->store->id] = mem_zalloc(sizeof(*p));
		p->store = store_ref(m->store);
	} else if (p->link.prior_ms == c->load_ms &&
		   p->link.prior_token_ms == c->token_ms) {
		return;
	}
	learn_link_init(&p->link, c->load_ms, c->token_ms);
	tell(p);
}

static void share(struct learner *l, const struct fleet_model *m,
		  const struct worker *w)
{
	const struct store *s = fleet_store(m, w);
	struct pupil *p = l->pupil[w->id];

	p->pool = s != NULL ? l->pool[s->id] : NULL;
	p->lesson.store = s != NULL ? &p->pool->link : NULL;
}

static bool is_in(const struct fleet *f, const struct worker *w)
{
	for (size_t i = 0; i < f->n_workers; i++)
		if (f->worker[i] == w)
			return true;
	return false;
}

struct learner *learner_create(struct loop *loop)
{
	struct learner *l = mem_zalloc(sizeof(*l));

	timer_init(&l->timer, loop, on_timer, l);
	return l;
}

void learner_destroy(struct learner **l)
{
	struct learner *gone = *l;

	*l = NULL;
	if (gone == NULL)
		return;
	timer_fini(&gone->timer);
	for (unsigned id = 0; id < INDEX_MAX_WORKERS; id++) {
		drop(gone, id);
		drop_pool(gone, id);
	}
	mem_free(gone);
}

static void add_model(struct learner *l, struct fleet_model *m)
{
	double token_bytes = kv_config_bytes(m->conf);

	if (m->store != NULL)
		add_pool(l, m);
	for (size_t k = 0; k < m->n_workers; k++) {
		const struct policy_rates prior = prior_of_worker(
			m->conf, m->worker[k]->own_gpu, token_bytes);

		add(l, m->worker[k], &prior);
		share(l, m, m->worker[k]);
	}
}

void learner_set_fleet(struct learner *l, struct fleet *f)
{
	for (unsigned id = 0; id < INDEX_MAX_WORKERS; id++) {
		if (l->pupil[id] != NULL && !is_in(f, l->pupil[id]->worker))
			drop(l, id);
		if (l->pool[id] != NULL && !is_pool(f, l->pool[id]))
			drop_pool(l, id);
	}
	for (size_t i = 0; i < f->n_models; i++)
		add_model(l, &f->model[i]);
	timer_set(&l->timer, LOOK_MS);
}

void learner_restarted(struct learner *l, const struct worker *w)
{
	struct pupil *p = l->pupil[w->id];

	if (p != NULL && p->worker == w)
		lesson_restart(&p->lesson);
}

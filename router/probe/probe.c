#include "router/probe/probe.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "router/probe/bootstrap.h"
#include "router/probe/health.h"
#include "router/probe/learner.h"
#include "router/probe/parity.h"

#include <string.h>

#define PPM 1000000.0
/* Between checks that lanes' failures bring about. */
#define RECHECK_MS 50
#define FIRST_MS   50 /* new workers are asked within this */

/* One url, with all the ranks behind it. */
struct target {
	struct probe *probe;
	struct worker **worker; /* counted; never empty */
	size_t n;
	struct health health;
	struct check health_check, metrics_check;
	struct timer health_timer, metrics_timer;
	struct parity_checker parity;
	struct bootstrap bootstrap;
};

struct probe {
	struct loop *loop;
	struct metrics *metrics;
	struct fleet *fleet; /* NULL before the first */
	struct guard *guard;
	struct learner *learner;
	struct target **target;
	size_t n_targets;
	struct rng rng;
};

static const char *const health_reason[] = {
	[CHECK_OK] = "answers",
	[CHECK_STATUS] = "its health check answers an error",
	[CHECK_REFUSED] = "it does not accept connections",
	[CHECK_TIMEOUT] = "its health check is not answered in time",
};

static const char *const result_name[] = {
	[CHECK_OK] = "ok",           [CHECK_STATUS] = "status",
	[CHECK_REFUSED] = "refused", [CHECK_TLS] = "tls",
	[CHECK_TIMEOUT] = "timeout",
};

static const struct conf_probe *conf_of(const struct target *t)
{
	return &t->probe->fleet->conf->probe;
}

/* Spread by a tenth, so that a fleet is not asked in one burst. */
static uint64_t jittered(struct probe *p, uint64_t ms)
{
	return ms - ms / 10 + rng_below(&p->rng, ms / 5 + 1);
}

static void count(struct target *t, const char *kind, enum check_result r)
{
	metric_inc(metrics_cell(t->probe->metrics, METRICS_PROBES,
				t->worker[0]->name, kind, result_name[r]));
}

static void show_health(struct target *t, const char *reason)
{
	for (size_t i = 0; i < t->n; i++) {
		atomic_store(&t->worker[i]->health_reason, reason);
		atomic_store(&t->worker[i]->health, t->health.state);
	}
}

static void tell_guard(struct target *t, enum worker_health was)
{
	struct guard *g = t->probe->guard;

	for (size_t i = 0; was == WORKER_DOWN && i < t->n; i++) {
		guard_renew(g, t->worker[i]);
		learner_restarted(t->probe->learner, t->worker[i]);
	}
	guard_refresh(g);
}

static void add_answer(struct target *t, bool ok, const char *reason)
{
	const struct conf_probe *c = conf_of(t);
	enum worker_health was = t->health.state;

	if (!health_add(&t->health, ok, c->down_after, c->up_after))
		return;
	show_health(t, reason);
	tell_guard(t, was);
	log_write(ok ? LOG_INFO : LOG_WARN, "probe: %s: %s: %s",
		  t->worker[0]->name, worker_health_name(t->health.state),
		  reason);
	if (t->health.state == WORKER_UP)
		parity_checker_joined(&t->parity);
	else
		parity_checker_left(&t->parity);
}

static void on_health(void *arg, enum check_result r, struct slice body)
{
	struct target *t = arg;

	(void)body;
	count(t, "health", r);
	add_answer(t, r == CHECK_OK,
		   r == CHECK_TLS ? tls_result_sentence(t->health_check.tls)
				  : health_reason[r]);
	timer_set(&t->health_timer,
		  jittered(t->probe, conf_of(t)->health_interval_ms));
}

static void health_due(void *arg)
{
	struct target *t = arg;

	if (!check_is_open(&t->health_check))
		check_start(&t->health_check, t->worker[0], "/health",
			    conf_of(t)->health_timeout_ms);
}

static void show_others(struct worker *w, const struct load *l)
{
	unsigned ours = atomic_load(&w->inflight);
	double room = (double)atomic_load(&w->kv_blocks) *
		      (double)worker_block_size(w);
	const struct others_told told = {
		.running = (uint32_t)l->number[LOAD_RUNNING],
		.waiting = (uint32_t)l->number[LOAD_WAITING],
		.ours = ours > w->asked_inflight ? ours : w->asked_inflight,
		.used_tokens = (uint64_t)(l->number[LOAD_KV_USAGE] * room),
		.backlog = backlog_look(&w->backlog, clock_ns() / 1000),
		.now_ms = clock_ms(),
	};

	if (l->has[LOAD_RUNNING])
		others_tell(&w->others, &told);
}

/* Those that wait are loaded next. */
static void show_adapters(struct worker *w, const struct load *l)
{
	uint64_t now_ms = clock_ms();
	unsigned room = (unsigned)l->max_adapters;

	adapters_told(&w->adapters, room, l->waiting_adapters, now_ms);
	adapters_told(&w->adapters, room, l->running_adapters, now_ms);
}

static void show_load(struct worker *w, const struct load *l)
{
	if (l->has[LOAD_RUNNING])
		atomic_store(&w->running, (unsigned)l->number[LOAD_RUNNING]);
	if (l->has[LOAD_WAITING])
		atomic_store(&w->waiting, (unsigned)l->number[LOAD_WAITING]);
	if (l->has[LOAD_KV_USAGE])
		atomic_store(&w->kv_usage_ppm,
			     (unsigned)(l->number[LOAD_KV_USAGE] * PPM));
	if (l->block_size != 0)
		atomic_store(&w->metrics_block_size, l->block_size);
	if (l->kv_blocks != 0)
		atomic_store(&w->kv_blocks, l->kv_blocks);
	if (l->has[LOAD_KV_USAGE])
		kv_memory_told(&w->kv_memory,
			       atomic_load(&w->kv_blocks) *
				       worker_block_size(w),
			       l->number[LOAD_KV_USAGE]);
	show_others(w, l);
	show_adapters(w, l);
}

static void on_metrics(void *arg, enum check_result r, struct slice body)
{
	struct target *t = arg;
	struct load l;

	count(t, "metrics", r);
	for (size_t i = 0; r == CHECK_OK && i < t->n; i++) {
		load_parse(body, t->worker[i]->rank, &l);
		show_load(t->worker[i], &l);
		if (i == 0)
			parity_checker_told(&t->parity, &l);
	}
	if (conf_of(t)->metrics_interval_ms == 0)
		return;
	timer_set(&t->metrics_timer,
		  jittered(t->probe, conf_of(t)->metrics_interval_ms));
}

static void metrics_due(void *arg)
{
	struct target *t = arg;

	for (size_t i = 0; i < t->n; i++)
		t->worker[i]->asked_inflight = atomic_load(
			&t->worker[i]->inflight);
	if (!check_is_open(&t->metrics_check))
		check_start(&t->metrics_check, t->worker[0], "/metrics",
			    conf_of(t)->health_timeout_ms);
}

static bool text_equal(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Asked at the same place, in the same way. */
static bool same_target(const struct worker *a, const struct worker *b)
{
	return text_equal(a->url, b->url) && text_equal(a->host, b->host) &&
	       text_equal(a->api_key, b->api_key) && a->addr.n == b->addr.n &&
	       memcmp(&a->addr.sa, &b->addr.sa, a->addr.n) == 0;
}

static struct target *target_create(struct probe *p)
{
	struct target *t = mem_zalloc(sizeof(*t));

	t->probe = p;
	check_init(&t->health_check, p->loop, on_health, t);
	check_init(&t->metrics_check, p->loop, on_metrics, t);
	timer_init(&t->health_timer, p->loop, health_due, t);
	timer_init(&t->metrics_timer, p->loop, metrics_due, t);
	parity_checker_init(&t->parity, p->loop, &p->rng);
	bootstrap_init(&t->bootstrap, p->loop);
	return t;
}

static void drop_workers(struct worker **worker, size_t n)
{
	for (size_t i = 0; i < n; i++)
		worker_unref(&worker[i]);
	mem_free(worker);
}

static void target_destroy(struct target *t)
{
	check_fini(&t->health_check);
	check_fini(&t->metrics_check);
	timer_fini(&t->health_timer);
	timer_fini(&t->metrics_timer);
	parity_checker_fini(&t->parity);
	bootstrap_fini(&t->bootstrap);
	drop_workers(t->worker, t->n);
	mem_free(t);
}

static void add_worker(struct target *t, struct worker *w)
{
	t->worker = mem_realloc(t->worker, (t->n + 1) * sizeof(*t->worker));
	t->worker[t->n++] = worker_ref(w);
	if (atomic_load(&w->health) != t->health.state) {
		atomic_store(&w->health_reason, "as found before the reload");
		atomic_store(&w->health, t->health.state);
	}
}

static struct target *find_target(struct target **in, size_t n,
				  const struct worker *w)
{
	for (size_t i = 0; i < n; i++)
		if (same_target(in[i]->worker[0], w))
			return in[i];
	return NULL;
}

/* Takes a target out of the probe's, for another fleet's workers; NULL. */
static struct target *take_over(struct probe *p, struct worker *w)
{
	struct target *t = find_target(p->target, p->n_targets, w);
	struct worker **old;
	size_t n;

	if (t == NULL)
		return NULL;
	for (size_t i = 0; i < p->n_targets; i++)
		if (p->target[i] == t)
			p->target[i] = p->target[--p->n_targets];
	parity_checker_pause(&t->parity);
	old = t->worker;
	n = t->n;
	t->worker = NULL;
	t->n = 0;
	add_worker(t, w);
	drop_workers(old, n);
	return t;
}

static struct target *begin(struct probe *p, struct worker *w)
{
	struct target *t = target_create(p);

	add_worker(t, w);
	timer_set(&t->health_timer, rng_below(&p->rng, FIRST_MS));
	timer_set(&t->metrics_timer, rng_below(&p->rng, FIRST_MS));
	return t;
}

/* The targets of a fleet: those that were there already are moved over. */
static struct target **regroup(struct probe *p, struct fleet *f, size_t *n)
{
	struct target **now = mem_array(f->n_workers + 1, sizeof(*now));

	*n = 0;
	for (size_t i = 0; i < f->n_workers; i++) {
		struct worker *w = f->worker[i];
		struct target *t = find_target(now, *n, w);

		if (t != NULL) {
			add_worker(t, w);
			continue;
		}
		t = take_over(p, w);
		now[(*n)++] = t != NULL ? t : begin(p, w);
	}
	return now;
}

static struct fleet_model *model_of(struct fleet *f, const struct worker *w)
{
	for (size_t i = 0; i < f->n_models; i++)
		for (size_t k = 0; k < f->model[i].n_workers; k++)
			if (f->model[i].worker[k] == w)
				return &f->model[i];
	ASSERT(!"a worker of no model");
	return NULL;
}

struct probe *probe_create(struct loop *loop, struct metrics *metrics)
{
	struct probe *p = mem_zalloc(sizeof(*p));
	uint64_t seed;

	p->loop = loop;
	p->metrics = metrics;
	p->guard = guard_create(loop, metrics);
	p->learner = learner_create(loop);
	rng_system(&seed, sizeof(seed));
	rng_seed(&p->rng, seed);
	return p;
}

static void drop_targets(struct probe *p)
{
	for (size_t i = 0; i < p->n_targets; i++)
		target_destroy(p->target[i]);
	mem_free(p->target);
	p->target = NULL;
	p->n_targets = 0;
}

void probe_destroy(struct probe **p)
{
	struct probe *gone = *p;

	*p = NULL;
	if (gone == NULL)
		return;
	drop_targets(gone);
	guard_destroy(&gone->guard);
	learner_destroy(&gone->learner);
	fleet_unref(&gone->fleet);
	mem_free(gone);
}

void probe_set_fleet(struct probe *p, struct fleet *f)
{
	size_t n;
	struct target **now = regroup(p, f, &n);

	drop_targets(p);
	p->target = now;
	p->n_targets = n;
	for (size_t i = 0; i < n; i++) {
		parity_checker_set(&now[i]->parity, now[i]->worker, now[i]->n,
				   model_of(f, now[i]->worker[0]), f->conf);
		bootstrap_set(&now[i]->bootstrap, now[i]->worker, now[i]->n,
			      &f->conf->probe);
	}
	fleet_ref(f);
	fleet_unref(&p->fleet);
	p->fleet = f;
	guard_set_fleet(p->guard, f);
	learner_set_fleet(p->learner, f);
}

static bool is_settled(const struct target *t)
{
	if (t->health.state == WORKER_UP)
		return t->parity.rounds > 0;
	return t->health.state == WORKER_DOWN;
}

bool probe_is_settled(const struct probe *p)
{
	for (size_t i = 0; i < p->n_targets; i++)
		if (!is_settled(p->target[i]))
			return false;
	return true;
}

void probe_watch(struct probe *p)
{
	for (size_t i = 0; i < p->n_targets; i++)
		parity_checker_watch(&p->target[i]->parity);
}

/* A busy worker, and one that answers errors, is alive. */
static bool is_alarming(const struct worker_report *r)
{
	return !r->passed && r->failure != BREAKER_ERROR &&
	       r->failure != BREAKER_BUSY;
}

/* Failures that come one after the other do not put it off. */
static void check_soon(struct target *t)
{
	if (!check_is_open(&t->health_check) &&
	    t->health_timer.due_ms > clock_coarse_ms() + RECHECK_MS)
		timer_set(&t->health_timer, RECHECK_MS);
}

void probe_report(struct probe *p, struct worker *w,
		  const struct worker_report *report)
{
	struct target *t = find_target(p->target, p->n_targets, w);

	if (t == NULL)
		return;
	guard_report(p->guard, w, report);
	if (is_alarming(report))
		check_soon(t);
}

struct guard *probe_guard(struct probe *p)
{
	return p->guard;
}

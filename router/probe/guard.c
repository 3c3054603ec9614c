#include "router/probe/guard.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/rng.h"

struct guard {
	struct loop *loop;
	struct metrics *metrics;
	struct fleet *fleet; /* NULL before the first */
	struct timer timer;  /* when the next period ends */
	struct rng rng;
};

static const struct conf *conf_of(const struct guard *g)
{
	return g->fleet->conf;
}

/* --- what is told ----------------------------------------------------- */

static void tell_breaker(struct guard *g, struct worker *w, const char *reason)
{
	const struct breaker *b = &w->breaker;
	const char *state = breaker_state_name(b->state);

	metric_inc(metrics_cell(g->metrics, METRICS_BREAKER_CHANGES, w->name,
				state, reason));
	if (b->state == BREAKER_OPEN)
		log_warn("breaker: %s: open for %.1f s: %s", w->name,
			 (double)(b->until_ms - clock_ms()) / 1e3,
			 breaker_failure_help(b->last));
	else
		log_info("breaker: %s: %s: %s", w->name, state, reason);
}

static void tell_fail_open(struct guard *g, const struct fleet_model *m,
			   size_t ejected, size_t down)
{
	const char *model = m->conf->name;

	if (!m->fail_open) {
		log_info("breaker: model %s: breakers are heeded again", model);
		return;
	}
	metric_inc(metrics_cell(g->metrics, METRICS_FAIL_OPENS, model));
	log_warn("breaker: model %s: of %zu workers %zu are broken and %zu "
		 "down: breakers are not heeded",
		 model, m->n_workers, ejected, down);
}

/* --- gates ------------------------------------------------------------ */

static bool is_paused(const struct worker *w, uint64_t now_ms)
{
	return now_ms < w->paused_until_ms;
}

static bool is_ramping(const struct guard *g, const struct worker *w,
		       uint64_t now_ms)
{
	uint64_t from_ms = atomic_load(&w->ramp_from_ms);

	return from_ms != 0 && now_ms < from_ms + conf_of(g)->slow_start_ms;
}

/* A slow start spares those who serve already; where there are none, it
 * would only weigh on everybody alike. */
static bool others_serve(const struct fleet_model *m, const struct worker *w)
{
	for (size_t i = 0; i < m->n_workers; i++)
		if (m->worker[i] != w &&
		    atomic_load(&m->worker[i]->gate) == GATE_ADMITS)
			return true;
	return false;
}

/* It admits again, after it was out or before it ever was in. */
static enum gate start_slowly(struct guard *g, const struct fleet_model *m,
			      struct worker *w, uint64_t now_ms)
{
	w->cold = false;
	if (conf_of(g)->slow_start_ms == 0 || !others_serve(m, w))
		return GATE_ADMITS;
	atomic_store(&w->ramp_from_ms, now_ms);
	return GATE_RAMPS;
}

static uint64_t back_at(const struct worker *w, enum gate gate)
{
	if (gate == GATE_BROKEN)
		return w->breaker.until_ms;
	return gate == GATE_PAUSED ? w->paused_until_ms : 0;
}

static void put_gate(struct guard *g, const struct fleet_model *m,
		     struct worker *w, uint64_t now_ms)
{
	const struct gate_facts facts = {
		.draining = atomic_load(&w->draining),
		.paused = is_paused(w, now_ms),
		.ramping = is_ramping(g, w, now_ms),
		.lifted = m->fail_open,
		.health = atomic_load(&w->health),
		.breaker = w->breaker.state,
	};
	enum gate was = atomic_load(&w->gate), gate = gate_of(&facts);

	w->cold |= gate == GATE_DOWN || facts.health == WORKER_DOWN ||
		   gate == GATE_BROKEN;
	if (gate == GATE_LIFTED)
		w->cold = false;
	if (w->cold && gate_admits(gate) && gate != GATE_TRIES)
		gate = start_slowly(g, m, w, now_ms);
	if (gate == GATE_TRIES && was != GATE_TRIES)
		atomic_store(&w->trials,
			     (int)conf_of(g)->breaker.half_open_requests);
	atomic_store(&w->back_ms, back_at(w, gate));
	atomic_store(&w->gate, gate);
}

/* Whether breakers are heeded is a matter of all the model's workers. */
static void put_gates(struct guard *g, struct fleet_model *m, uint64_t now_ms)
{
	size_t n = 0, ejected = 0, down = 0;
	bool open;

	for (size_t i = 0; i < m->n_workers; i++) {
		struct worker *w = m->worker[i];
		bool is_down = atomic_load(&w->health) == WORKER_DOWN;

		if (atomic_load(&w->draining))
			continue;
		n++;
		down += is_down;
		ejected += !is_down && w->breaker.state != BREAKER_CLOSED;
	}
	open = !gate_heeds(n, ejected, down, conf_of(g)->breaker.max_ejected);
	if (open != m->fail_open) {
		m->fail_open = open;
		tell_fail_open(g, m, ejected, down);
	}
	for (size_t i = 0; i < m->n_workers; i++)
		put_gate(g, m, m->worker[i], now_ms);
}

/* --- periods ---------------------------------------------------------- */

static struct breaker_now now_of(struct guard *g, const struct worker *w)
{
	return (struct breaker_now){
		.ms = clock_ms(),
		.answers = atomic_load(&w->answers),
		.jitter = rng_unit(&g->rng),
	};
}

/* When something of it ends next; UINT64_MAX: nothing will. */
static uint64_t next_end(const struct guard *g, const struct worker *w,
			 uint64_t now_ms)
{
	uint64_t next = UINT64_MAX, ramp_end;

	if (w->breaker.state == BREAKER_OPEN)
		next = w->breaker.until_ms;
	if (is_paused(w, now_ms) && w->paused_until_ms < next)
		next = w->paused_until_ms;
	ramp_end = atomic_load(&w->ramp_from_ms) + conf_of(g)->slow_start_ms;
	if (is_ramping(g, w, now_ms) && ramp_end < next)
		next = ramp_end;
	return next;
}

static void wait_for_next(struct guard *g, uint64_t now_ms)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < g->fleet->n_workers; i++) {
		uint64_t end = next_end(g, g->fleet->worker[i], now_ms);

		if (end < next)
			next = end;
	}
	if (next == UINT64_MAX)
		timer_clear(&g->timer);
	else
		timer_set(&g->timer, next > now_ms ? next - now_ms + 1 : 1);
}

void guard_refresh(struct guard *g)
{
	uint64_t now_ms = clock_ms();

	if (g->fleet == NULL)
		return;
	for (size_t i = 0; i < g->fleet->n_models; i++)
		put_gates(g, &g->fleet->model[i], now_ms);
	wait_for_next(g, now_ms);
}

static void on_end(void *arg)
{
	struct guard *g = arg;

	for (size_t i = 0; i < g->fleet->n_workers; i++) {
		struct worker *w = g->fleet->worker[i];
		struct breaker_now now = now_of(g, w);

		if (breaker_look(&w->breaker, &now))
			tell_breaker(g, w, "time");
	}
	guard_refresh(g);
}

/* --- from outside ----------------------------------------------------- */

struct guard *guard_create(struct loop *loop, struct metrics *metrics)
{
	struct guard *g = mem_zalloc(sizeof(*g));
	uint64_t seed;

	g->loop = loop;
	g->metrics = metrics;
	rng_system(&seed, sizeof(seed));
	rng_seed(&g->rng, seed);
	timer_init(&g->timer, loop, on_end, g);
	return g;
}

void guard_destroy(struct guard **gp)
{
	struct guard *g = *gp;

	*gp = NULL;
	if (g == NULL)
		return;
	timer_fini(&g->timer);
	fleet_unref(&g->fleet);
	mem_free(g);
}

static bool has_worker(const struct fleet *f, const struct worker *w)
{
	for (size_t i = 0; i < f->n_workers; i++)
		if (f->worker[i] == w)
			return true;
	return false;
}

void guard_set_fleet(struct guard *g, struct fleet *f)
{
	struct fleet *old = g->fleet;

	for (size_t i = 0; old != NULL && i < f->n_workers; i++)
		f->worker[i]->cold |= !has_worker(old, f->worker[i]);
	g->fleet = fleet_ref(f);
	fleet_unref(&old);
	guard_refresh(g);
}

/* A little longer than it asked for, lest all come back to it in the instant
 * that it named; no longer than is sensible. */
static void pause(struct guard *g, struct worker *w, uint64_t ms)
{
	uint64_t most = conf_of(g)->breaker.max_pause_ms, until_ms;

	if (ms > most)
		ms = most;
	until_ms = clock_ms() + ms + rng_below(&g->rng, ms / 10 + 1);
	if (until_ms <= w->paused_until_ms)
		return;
	if (!is_paused(w, clock_ms())) {
		metric_inc(metrics_cell(g->metrics, METRICS_WORKER_PAUSES,
					w->name));
		log_info("breaker: %s: paused for %.1f s, as it asked for",
			 w->name, (double)ms / 1e3);
	}
	w->paused_until_ms = until_ms;
	guard_refresh(g);
}

void guard_report(struct guard *g, struct worker *w,
		  const struct worker_report *report)
{
	const struct conf_breaker *rules = &conf_of(g)->breaker;
	struct breaker_now now = now_of(g, w);
	bool changed;

	if (report->pause_ms > 0 && rules->max_pause_ms > 0) {
		pause(g, w, report->pause_ms);
		return;
	}
	if (report->passed)
		changed = breaker_passed(&w->breaker, rules, &now);
	else
		changed = breaker_failed(&w->breaker, rules, report->failure,
					 &now);
	if (!changed)
		return;
	tell_breaker(g, w,
		     report->passed ? "passed"
				    : breaker_failure_name(report->failure));
	guard_refresh(g);
}

void guard_renew(struct guard *g, struct worker *w)
{
	if (breaker_renew(&w->breaker))
		tell_breaker(g, w, "health");
}

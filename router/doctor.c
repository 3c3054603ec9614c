#include "router/doctor.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/doctor_ask.h"
#include "router/doctor_fleet.h"
#include "router/ingest/ingest.h"
#include "router/probe/parity_watch.h"
#include "router/probe/probe.h"
#include "router/version.h"

#include <stdio.h>

#define LOOK_MS     20
#define SETTLE_MS   30000
#define GENERATE_MS 60000
#define INTERVAL_MS 200
#define NEVER_MS    86400000

enum phase { PHASE_SETTLE, PHASE_GENERATE, PHASE_LISTEN, PHASE_DONE };

struct doctor {
	struct doctor_options o;
	struct loop loop;
	struct metrics *metrics;
	struct index *exact, *approx;
	struct ingest *ingest;
	struct probe *probe;
	struct fleet *fleet;
	struct doctor_ask *ask; /* one a worker */
	struct timer look;
	enum phase phase;
	uint64_t until_ms; /* the phase's end at the latest */
};

static bool is_up(const struct worker *w)
{
	return atomic_load(&w->health) == WORKER_UP;
}

static const struct fleet_model *model_of(const struct fleet *f,
					  const struct worker *w)
{
	for (size_t i = 0; i < f->n_models; i++)
		for (size_t k = 0; k < f->model[i].n_workers; k++)
			if (f->model[i].worker[k] == w)
				return &f->model[i];
	return NULL;
}

/* --- completions ---------------------------------------------------- */

/* Half of a pair would wait for the other. */
static bool is_asked(const struct doctor *d, const struct worker *w)
{
	return d->o.generate && is_up(w) &&
	       (w->role == CONF_ROLE_BOTH ||
		connector_get(w->connector)->decodes_alone);
}

static void start_asking(struct doctor *d)
{
	d->ask = mem_zalloc((d->fleet->n_workers + 1) * sizeof(*d->ask));
	for (size_t i = 0; i < d->fleet->n_workers; i++) {
		struct worker *w = d->fleet->worker[i];

		doctor_ask_init(&d->ask[i], &d->loop);
		if (is_asked(d, w))
			doctor_ask_start(&d->ask[i], model_of(d->fleet, w), w,
					 GENERATE_MS);
	}
}

static bool all_have_answered(const struct doctor *d)
{
	for (size_t i = 0; i < d->fleet->n_workers; i++)
		if (d->ask[i].open)
			return false;
	return true;
}

/* --- events --------------------------------------------------------- */

static bool was_stored(const struct doctor *d, size_t i)
{
	return d->ask[i].status == 200;
}

/* Nothing more is to come of this worker's events. */
static bool has_told(const struct doctor *d, size_t i)
{
	const struct worker *w = d->fleet->worker[i];
	bool replays = w->replay == NULL ||
		       atomic_load(&w->replays) != WORKER_NOT_ASKED;

	if (w->events == NULL || !is_up(w))
		return true;
	return replays &&
	       (!was_stored(d, i) || atomic_load(&w->event_batches) > 0);
}

static bool all_have_told(const struct doctor *d)
{
	for (size_t i = 0; i < d->fleet->n_workers; i++)
		if (!has_told(d, i))
			return false;
	return true;
}

/* Where a block must have been stored, silence is an answer; unless what
 * came waits for a replay that does not. */
static void judge_silence(struct doctor *d, size_t i)
{
	struct worker *w = d->fleet->worker[i];
	struct buf flag = {0};
	char says[600];

	if (w->events == NULL || !was_stored(d, i) ||
	    atomic_load(&w->event_batches) > 0 ||
	    atomic_load(&w->replays) == WORKER_SILENT)
		return;
	snprintf(says, sizeof(says),
		 "a new prompt has brought no event at %.400s within %u s",
		 w->events, (unsigned)(d->o.wait_ms / 1000));
	buf_puts(&flag, "start vLLM with ");
	parity_events_flag(w, &flag);
	buf_putc(&flag, '\0');
	(void)parity_set(&w->parity, PARITY_EVENTS, PARITY_DIFFERS, says,
			 buf_slice(&flag).p);
	buf_fini(&flag);
}

/* A worker that serves nothing is worse than one that says nothing. */
static void judge_refusal(struct doctor *d, size_t i)
{
	struct worker *w = d->fleet->worker[i];
	char says[128];

	if (!is_asked(d, w) || was_stored(d, i) ||
	    w->parity.finding[PARITY_MODEL].state == PARITY_DIFFERS)
		return;
	if (d->ask[i].status != 0)
		snprintf(says, sizeof(says), "a completion is answered with %u",
			 d->ask[i].status);
	else
		snprintf(says, sizeof(says), "a completion is not answered");
	(void)parity_set(&w->parity, PARITY_MODEL, PARITY_DIFFERS, says,
			 "look into the worker's log");
}

static void judge(struct doctor *d)
{
	probe_watch(d->probe);
	for (size_t i = 0; i < d->fleet->n_workers; i++) {
		judge_silence(d, i);
		judge_refusal(d, i);
	}
}

/* --- in order ------------------------------------------------------- */

static void enter(struct doctor *d, enum phase phase, uint64_t at_most_ms)
{
	d->phase = phase;
	d->until_ms = clock_ms() + at_most_ms;
	if (phase == PHASE_GENERATE)
		start_asking(d);
	if (phase == PHASE_DONE) {
		judge(d);
		loop_stop(&d->loop);
	}
}

static void look(void *arg)
{
	struct doctor *d = arg;
	bool late = clock_ms() >= d->until_ms;

	timer_set(&d->look, LOOK_MS);
	switch (d->phase) {
	case PHASE_SETTLE:
		if (late || probe_is_settled(d->probe))
			enter(d, PHASE_GENERATE, GENERATE_MS + 1000);
		return;
	case PHASE_GENERATE:
		if (late || all_have_answered(d))
			enter(d, PHASE_LISTEN, d->o.wait_ms);
		return;
	case PHASE_LISTEN:
		if (late || all_have_told(d))
			enter(d, PHASE_DONE, 0);
		return;
	case PHASE_DONE: return;
	}
}

/* Once, and soon. */
static void hasten(struct conf *c)
{
	c->probe.health_interval_ms = INTERVAL_MS;
	c->probe.up_after = 1;
	c->probe.down_after = 3;
	c->probe.metrics_interval_ms = INTERVAL_MS;
	c->probe.parity_interval_ms = NEVER_MS;
}

struct doctor *doctor_create(struct conf *c, const struct doctor_options *o,
			     struct error *err)
{
	struct doctor *d = mem_zalloc(sizeof(*d));

	d->o = *o;
	hasten(c);
	d->fleet = doctor_fleet_create(c, err);
	if (d->fleet == NULL) {
		mem_free(d);
		return NULL;
	}
	loop_init(&d->loop);
	(void)loop_base(&d->loop); /* what checks talk by */
	d->metrics = metrics_create(version_text, version_commit);
	d->exact = index_create(c->index_max_bytes);
	d->approx = index_create(c->approx_max_bytes);
	d->ingest = ingest_create(d->exact, d->approx, d->metrics);
	d->probe = probe_create(&d->loop, d->metrics);
	timer_init(&d->look, &d->loop, look, d);
	return d;
}

void doctor_destroy(struct doctor **dp)
{
	struct doctor *d = *dp;

	*dp = NULL;
	if (d == NULL)
		return;
	for (size_t i = 0; d->ask != NULL && i < d->fleet->n_workers; i++)
		doctor_ask_fini(&d->ask[i]);
	mem_free(d->ask);
	timer_fini(&d->look);
	probe_destroy(&d->probe);
	ingest_destroy(&d->ingest);
	fleet_unref(&d->fleet);
	index_destroy(&d->exact);
	index_destroy(&d->approx);
	metrics_destroy(&d->metrics);
	loop_fini(&d->loop);
	mem_free(d);
}

void doctor_run(struct doctor *d)
{
	ingest_set_fleet(d->ingest, d->fleet);
	probe_set_fleet(d->probe, d->fleet);
	enter(d, PHASE_SETTLE, SETTLE_MS);
	timer_set(&d->look, LOOK_MS);
	loop_run(&d->loop);
	timer_clear(&d->look);
}

const struct fleet *doctor_fleet(const struct doctor *d)
{
	return d->fleet;
}

bool doctor_is_wrong(const struct worker *w)
{
	if (!is_up(w))
		return true;
	for (size_t i = 0; i < PARITY_CHECKS; i++)
		if (w->parity.finding[i].state == PARITY_DIFFERS)
			return true;
	return false;
}

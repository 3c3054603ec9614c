#include "router/proxy/candidacy.h"

#include "common/base/clock.h"
#include "router/policy/slow_start.h"

#define MAX_RETRY_AFTER_S 3600

static enum policy_exclusion by_gate(struct worker *w)
{
	static const enum policy_exclusion exclusion[GATE_N] = {
		[GATE_PAUSED] = POLICY_PAUSED,
		[GATE_BROKEN] = POLICY_BROKEN,
		[GATE_DOWN] = POLICY_DOWN,
		[GATE_DRAINING] = POLICY_DRAINING,
	};
	enum gate g = candidacy_gate(w);

	if (g == GATE_TRIES && !candidacy_admits(w))
		return POLICY_BROKEN;
	return exclusion[g];
}

enum policy_exclusion candidacy_look(const struct request *r, struct worker *w)
{
	enum policy_exclusion e;

	for (size_t i = 0; i < r->n_tried; i++)
		if (r->draft->tried[i] == w->id)
			return POLICY_TRIED;
	e = by_gate(w);
	if (e == POLICY_ALLOWED && worker_is_full(w))
		return POLICY_FULL;
	return e;
}

double candidacy_ramp(const struct request *r, struct worker *w,
		      uint64_t now_ms)
{
	uint64_t from_ms = atomic_load_explicit(&w->ramp_from_ms,
						memory_order_relaxed);

	return slow_start_part(now_ms > from_ms ? now_ms - from_ms : 0,
			       r->fleet->conf->slow_start_ms);
}

static bool take_trial(struct worker *w)
{
	int left = atomic_load_explicit(&w->trials, memory_order_relaxed);

	while (left > 0)
		if (atomic_compare_exchange_weak_explicit(
			    &w->trials, &left, left - 1, memory_order_relaxed,
			    memory_order_relaxed))
			return true;
	return false;
}

bool candidacy_take_gate(struct worker *w, enum gate *out)
{
	enum gate g = candidacy_gate(w);

	if (UNLIKELY(g == GATE_TRIES) && !take_trial(w))
		return false;
	*out = g;
	return true;
}

void candidacy_give_gate_back(struct worker *w, enum gate g)
{
	if (g == GATE_TRIES)
		atomic_fetch_add_explicit(&w->trials, 1, memory_order_relaxed);
}

bool candidacy_take(struct request *r, struct worker *w)
{
	enum gate g;

	if (!candidacy_take_gate(w, &g))
		return false;
	r->choice.gate = (uint8_t)g;
	return true;
}

static void report(struct request *r, const struct worker_report *says)
{
	r->choice.told = true;
	r->proxy->o.report(r->proxy->o.report_arg, r->worker, says);
}

void candidacy_tell_passed(struct request *r)
{
	const struct worker_report says = {.passed = true};

	report(r, &says);
}

void candidacy_failed(struct request *r, enum breaker_failure failure,
		      uint64_t pause_ms)
{
	const struct worker_report says = {
		.failure = failure,
		.pause_ms = pause_ms,
	};

	/* A pause says nothing about a trial. */
	if (pause_ms > 0)
		candidacy_end(r);
	report(r, &says);
}

void candidacy_give_back(struct request *r)
{
	candidacy_give_gate_back(r->worker, (enum gate)r->choice.gate);
	r->choice.told = true;
}

/* A worker that is down passes its checks again after some intervals. */
static uint64_t until_back_ms(const struct request *r, struct worker *w,
			      uint64_t now_ms)
{
	const struct conf_probe *probe = &r->fleet->conf->probe;
	uint64_t back_ms = atomic_load_explicit(&w->back_ms,
						memory_order_relaxed);

	if (candidacy_admits(w))
		return 0;
	if (back_ms != 0)
		return back_ms > now_ms ? back_ms - now_ms : 0;
	return probe->health_interval_ms * probe->up_after;
}

unsigned candidacy_retry_after(const struct request *r)
{
	uint64_t now_ms = clock_ms();
	uint64_t least_ms = UINT64_MAX, s;

	for (size_t i = 0; i < r->model->n_workers; i++) {
		struct worker *w = r->model->worker[i];
		uint64_t ms;

		if (!worker_serves_alone(w))
			continue;
		ms = until_back_ms(r, w, now_ms);
		if (ms < least_ms)
			least_ms = ms;
	}
	s = least_ms / 1000 + 1;
	return s < MAX_RETRY_AFTER_S ? (unsigned)s : MAX_RETRY_AFTER_S;
}

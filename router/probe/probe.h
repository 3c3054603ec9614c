/* Health checks, load and parity of the workers, by asking them.
 *
 * GET /health at every interval decides worker->health (so many failures
 * in a row, so many successes in a row); GET /metrics fills running,
 * waiting and kv_usage_ppm; see parity.h for the third. Data-parallel ranks
 * share their url's answers. All of it belongs to the main loop. */
#ifndef ROUTER_PROBE_PROBE_H
#define ROUTER_PROBE_PROBE_H

#include "common/base/loop.h"
#include "router/fleet/fleet.h"
#include "router/fleet/metrics.h"
#include "router/probe/guard.h"

struct probe;

/* `loop` and `metrics` outlive it. */
/* With a guard of its own (guard.h), whose fleet it sets and whom it tells
 * of health. */
struct probe *probe_create(struct loop *loop, struct metrics *metrics);
void probe_destroy(struct probe **p);

/* Main thread; holds the snapshot by itself. Workers that stay keep their
 * health and their place in the schedule. Intervals come from
 * f->conf->probe. */
void probe_set_fleet(struct probe *p, struct fleet *f);

/* Every url has answered its health check or has not in time, and those that
 * are up have told what they can of parity. */
bool probe_is_settled(const struct probe *p);
/* Looks at what events and answers have shown by now. */
void probe_watch(struct probe *p);

/* Main thread (lanes send mail there). What speaks against the worker makes
 * its next health check come at once, and goes to the guard in any case. */
void probe_report(struct probe *p, struct worker *w,
		  const struct worker_report *report);

struct guard *probe_guard(struct probe *p);

#endif

/* Keeps each worker's gate (fleet/gate.h): breakers, pauses, slow starts.
 *
 * Lanes report what failed, and how those ended that a gate let through by
 * way of trial; the health checks and the operator say when they have
 * changed their word. Out of that come the gates that lanes read, a metric
 * and a line of the log for each change. All of it belongs to the main
 * loop. */
#ifndef ROUTER_PROBE_GUARD_H
#define ROUTER_PROBE_GUARD_H

#include "common/base/loop.h"
#include "router/fleet/fleet.h"
#include "router/fleet/metrics.h"

struct guard;

/* `loop` and `metrics` outlive it. */
struct guard *guard_create(struct loop *loop, struct metrics *metrics);
void guard_destroy(struct guard **g);

/* Holds the snapshot by itself. Workers that stay keep their state; those
 * that join others start slowly. */
void guard_set_fleet(struct guard *g, struct fleet *f);
/* The worker may be of a fleet that has gone. */
void guard_report(struct guard *g, struct worker *w,
		  const struct worker_report *report);
/* Its health check passes again: a new life, which an open breaker does not
 * outlast. */
void guard_renew(struct guard *g, struct worker *w);
/* Health or draining of some worker have changed. */
void guard_refresh(struct guard *g);

#endif

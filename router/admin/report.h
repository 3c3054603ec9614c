/* What is told of the fleet: gauges, readiness, the list of workers. Reads
 * atomics only. The main thread. */
#ifndef ROUTER_ADMIN_REPORT_H
#define ROUTER_ADMIN_REPORT_H

#include "common/base/buf.h"
#include "router/fleet/fleet.h"
#include "router/fleet/metrics.h"
#include "router/index/index.h"
#include "router/prompt/recall.h"

struct report {
	const struct fleet *fleet;
	const struct index *exact, *approx;
	struct recall *recall;
	struct metrics *metrics;
};

/* Sets the gauges of every worker and both indexes. */
void report_gauges(const struct report *r, struct metrics *m);
/* True if every model has a worker that is up; otherwise a reason a line. */
bool report_ready(const struct report *r, struct buf *out);
void report_json(const struct report *r, struct buf *out);
void report_table(const struct report *r, struct buf *out);

#endif

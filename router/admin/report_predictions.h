/* What was expected of a worker's cache, held against what its answers
 * told, and how often it was chosen. The main thread. */
#ifndef ROUTER_ADMIN_REPORT_PREDICTIONS_H
#define ROUTER_ADMIN_REPORT_PREDICTIONS_H

#include "router/fleet/metrics.h"
#include "router/fleet/worker.h"

/* ,"chosen":12,"predictions":{"exact":10,…}: a number a verdict. */
void report_predictions_json(const struct worker *w, struct metrics *m,
			     struct buf *out);

#endif

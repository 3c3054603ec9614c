/* From single answers to up and down. Pure. */
#ifndef ROUTER_PROBE_HEALTH_H
#define ROUTER_PROBE_HEALTH_H

#include "router/fleet/worker.h"

struct health {
	enum worker_health state;
	size_t in_a_row; /* answers that speak against the state */
};

/* The first answer decides at once; after that it takes `down_after`
 * failures, or `up_after` successes, in a row. True if the state changed. */
bool health_add(struct health *h, bool ok, size_t down_after, size_t up_after);

#endif

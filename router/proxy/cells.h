/* Metric series that a lane counts in, found again without a lock.
 *
 * Keyed by the addresses of what the labels name (a model, a worker, a
 * static word), which stay put while a fleet is in force: forget all of
 * them when another comes. There are as many as there are series that the
 * lane has counted in. One thread. */
#ifndef ROUTER_PROXY_CELLS_H
#define ROUTER_PROXY_CELLS_H

#include "router/fleet/metrics.h"

struct cells_slot {
	enum metrics_row row;
	const char *value[3];
	struct metric_cell *cell; /* NULL: free */
};

struct cells {
	struct metrics *metrics;
	struct cells_slot *slot; /* `size` of them, a power of two */
	size_t n, size;
};

void cells_init(struct cells *c, struct metrics *m);
void cells_fini(struct cells *c);
void cells_forget(struct cells *c);
/* Labels past the row's are NULL. The texts are compared by address. */
struct metric_cell *cells_get(struct cells *c, enum metrics_row row,
			      const char *a, const char *b, const char *d);

#endif

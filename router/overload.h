/* Looks ten times a second how much memory is left, and tells the lanes when
 * it becomes little and when it is enough again. Main thread. */
#ifndef ROUTER_OVERLOAD_H
#define ROUTER_OVERLOAD_H

#include "router/lane.h"

struct overload {
	struct timer timer;
	struct metrics *metrics;
	struct lane *const *lane;
	size_t n_lanes;
	uint64_t max_bytes; /* 0: no bound */
	enum pressure level, told;
	unsigned looks; /* under pressure */
};

/* The lanes outlive it. */
void overload_start(struct overload *o, struct loop *l, struct metrics *m,
		    struct lane *const *lane, size_t n);
void overload_stop(struct overload *o); /* may be zero */
/* What this configuration allows counts from now on. */
void overload_set_conf(struct overload *o, const struct conf *c);

#endif

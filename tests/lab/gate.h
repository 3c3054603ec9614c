/* Admission in the lab: the real accounts of who holds a worker's memory,
 * and the requests that wait for it at the gateway, the oldest first. A
 * session that was let in does not wait behind those that were not. */
#ifndef TESTS_LAB_GATE_H
#define TESTS_LAB_GATE_H

#include "router/fleet/residents.h"
#include "tests/lab/view.h"

struct gate {
	struct residents *of; /* each worker's */
	size_t n_workers;
	uint32_t *waiting;
	size_t n_waiting, size;
};

void gate_init(struct gate *g, size_t n_workers, const struct profile *p);
void gate_fini(struct gate *g);

/* Excludes the candidates of the view's query that have no room for `r`;
 * `new_ones`: those that were let in already alone may go. False: nobody
 * is left. */
bool gate_look(struct gate *g, struct view *v, const struct load_request *r,
	       bool new_ones, double now_s);
void gate_enter(struct gate *g, const struct view *v, unsigned worker,
		const struct load_request *r, struct residents_seat *seat,
		double now_s);
void gate_leave(struct gate *g, unsigned worker, const struct load_request *r,
		struct residents_seat *seat, double now_s);
void gate_told(struct gate *g, unsigned worker, double usage);

void gate_queue(struct gate *g, uint32_t request);
/* Takes the i-th of those that wait out. */
void gate_unqueue(struct gate *g, size_t i);

#endif

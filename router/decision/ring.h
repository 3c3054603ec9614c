/* The last decisions of a lane, in memory of a fixed size: a new one takes
 * the room of the oldest. One thread. */
#ifndef ROUTER_DECISION_RING_H
#define ROUTER_DECISION_RING_H

#include "router/decision/record.h"

struct decision_ring;

/* All of the memory is taken at once, so that no peak shows in it later;
 * NULL for 0 bytes. */
struct decision_ring *decision_ring_create(size_t bytes);
void decision_ring_destroy(struct decision_ring **r);

/* Fills a record from this. `ticket` finds it again; 0 and NULL: it is
 * larger than the ring may hold, or there is none. The record is the ring's;
 * it stays until the next is added. */
struct decision_record *decision_ring_add(struct decision_ring *r,
					  const struct decision_made *m,
					  uint32_t *ticket);
/* NULL: its room was needed. */
struct decision_record *decision_ring_get(struct decision_ring *r,
					  uint32_t ticket);

/* Those that are asked for. */
struct decision_wanted {
	struct slice id; /* of the request, or its client's; n = 0: of any */
	size_t max;
	bool ended; /* only those whose request is over */
};

/* The newest first. Returns how many were given. */
size_t decision_ring_find(struct decision_ring *r,
			  const struct decision_wanted *w,
			  void (*take)(void *arg,
				       const struct decision_record *found),
			  void *arg);

#endif

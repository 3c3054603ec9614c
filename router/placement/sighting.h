/* What lanes have seen to be asked for, on its way to the book of demand: of
 * each decision the longest prefix of its prompt that anybody held. Where all
 * slots are full, what more is seen is lost, and the rest stands for it. */
#ifndef ROUTER_PLACEMENT_SIGHTING_H
#define ROUTER_PLACEMENT_SIGHTING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slots.h"

#define SIGHTING_SLOTS 512

struct sighting {
	/* Of the prefix's last block, as chains name it; engine_key 0: not
	 * known. */
	uint64_t tokens_key, engine_key;
	uint32_t blocks; /* from the prompt's beginning; never 0 */
	uint32_t beyond; /* tokens of the prompt behind it */
	uint32_t model;  /* its place in the fleet */
};

struct sighting_slots {
	struct slots_head head;
	atomic_uint state[SIGHTING_SLOTS];
	struct sighting sighting[SIGHTING_SLOTS];
};

/* Any thread; false if it was lost. */
bool sighting_put(struct sighting_slots *s, const struct sighting *seen);
/* One thread: takes all there is, at most SIGHTING_SLOTS. Returns how many;
 * `weight`: how many each of them stands for. */
unsigned sighting_take(struct sighting_slots *s, struct sighting *out,
		       double *weight);

#endif

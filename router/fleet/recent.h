/* Work given of late: an amount that halves every few seconds, in one
 * atomic word, so that lanes add to it without a lock. */
#ifndef ROUTER_FLEET_RECENT_H
#define ROUTER_FLEET_RECENT_H

#include <stdatomic.h>
#include <stdint.h>

#define RECENT_HALF_MS 4000

struct recent {
	_Atomic uint64_t word; /* ms of the last change, then the amount */
};

/* `now_ms` is monotonic; amounts past 32 bits count as the most. */
void recent_add(struct recent *r, uint64_t amount, uint64_t now_ms);
uint64_t recent_read(const struct recent *r, uint64_t now_ms);

#endif

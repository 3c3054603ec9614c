/* For how long a session's context is worth its room after a turn: until
 * most of those that come back have done so, as learned from those that
 * did. Where few come back soon, for next to no time, as the room would be
 * kept for nobody. Pure. */
#ifndef ROUTER_FLEET_STAY_H
#define ROUTER_FLEET_STAY_H

#include <stdint.h>

#define STAY_LEAST_MS 100
#define STAY_MOST_MS  10000

struct stay {
	double gap_ms; /* nine of ten that came back soon did so within it */
	double soon;   /* share that came back within STAY_MOST_MS */
};

void stay_init(struct stay *l);
/* A session's next turn came so long after the end of the one before. */
void stay_saw(struct stay *l, uint64_t gap_ms);
uint64_t stay_ms(const struct stay *l);

#endif

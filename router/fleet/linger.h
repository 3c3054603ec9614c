/* For how long a session's context is worth its room after a turn: until
 * most of those that come back have done so, as learned from those that
 * did. Where few come back soon, for next to no time, as the room would be
 * kept for nobody. Pure. */
#ifndef ROUTER_FLEET_LINGER_H
#define ROUTER_FLEET_LINGER_H

#include <stdint.h>

#define LINGER_LEAST_MS 100
#define LINGER_MOST_MS  10000

struct linger {
	double gap_ms; /* nine of ten that came back soon did so within it */
	double soon;   /* share that came back within LINGER_MOST_MS */
};

void linger_init(struct linger *l);
/* A session's next turn came so long after the end of the one before. */
void linger_saw(struct linger *l, uint64_t gap_ms);
uint64_t linger_ms(const struct linger *l);

#endif

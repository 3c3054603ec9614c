/* How a worker that comes back is brought up to its share. Pure. */
#ifndef ROUTER_POLICY_SLOW_START_H
#define ROUTER_POLICY_SLOW_START_H

#include <stdint.h>

/* The part of its share that it is not to get yet, `since_ms` after its
 * return: from 0.9 down to 0, straight, in `time_ms`. */
double slow_start_part(uint64_t since_ms, uint64_t time_ms);

#endif

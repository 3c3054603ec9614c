/* How near the process is to the memory it may use. Pure. */
#ifndef ROUTER_FLEET_PRESSURE_H
#define ROUTER_FLEET_PRESSURE_H

#include <stdint.h>

enum pressure {
	PRESSURE_NONE,
	PRESSURE_HIGH,     /* new bodies are refused */
	PRESSURE_CRITICAL, /* idle connections close, none are accepted */
};

/* From 90 % on it is high, from 95 % on critical; below 85 % and 90 % it is
 * that no more, so that a level lasts. `max` 0: there is no bound. */
enum pressure pressure_next(enum pressure now, uint64_t used, uint64_t max);
const char *pressure_name(enum pressure p);

#endif

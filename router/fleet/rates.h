/* A worker's rates as they were last learned: one thread puts them, any
 * thread gets a copy in which all belong together. Nobody waits. */
#ifndef ROUTER_FLEET_RATES_H
#define ROUTER_FLEET_RATES_H

#include <stdatomic.h>

#include "router/policy/policy.h"

#define RATES_N (sizeof(struct policy_rates) / sizeof(double))

struct rates {
	atomic_uint version;              /* of what is in force */
	_Atomic double value[2][RATES_N]; /* that, and the next one */
};

void rates_put(struct rates *r, const struct policy_rates *now);
/* False before the first put; `out` is all 0 then. */
bool rates_get(const struct rates *r, struct policy_rates *out);

#endif

/* How many requests may be tried again: a share of those that came within
 * the last ten seconds, or some a second where that is more, so that quiet
 * fleets can retry. Without a bound, a fleet that refuses would be asked the
 * more the more it refuses.
 *
 * All lanes share one: atomics, no lock. What is allowed is never passed;
 * lanes that ask in the same instant may both be denied the last one. */
#ifndef ROUTER_FLEET_BUDGET_H
#define ROUTER_FLEET_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "router/conf/conf.h"

#define BUDGET_WINDOW_S 10
#define BUDGET_SLOTS    16 /* a second each; more than the window has */

struct budget {
	/* The second that is counted, then how many, 32 bits each. */
	_Atomic uint64_t requests[BUDGET_SLOTS], retries[BUDGET_SLOTS];
};

/* Requests that one lane has not told of yet: a few of this second. Zero
 * before the first. */
struct budget_part {
	uint32_t second, n;
};

/* Times are monotonic. A request counts once, whatever becomes of it. */
void budget_count(struct budget *b, struct budget_part *p, uint64_t now_ms);
/* Whether one of them may be tried again now; counts it if so. */
bool budget_take(struct budget *b, struct budget_part *p,
		 const struct conf_retries *rules, uint64_t now_ms);

#endif

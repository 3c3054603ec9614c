/* Whether a request is better kept back until another's prompt, that begins
 * as its own does, has been computed: it follows then to where that is, or
 * has it fetched, where the choice of now would compute the same again.
 *
 * Waiting is bounded by what it may save, so that it never costs more than
 * as much again. Pure. */
#ifndef ROUTER_POLICY_TWIN_H
#define ROUTER_POLICY_TWIN_H

#include "router/policy/policy.h"

struct twin {
	int leader;     /* candidate where it is under way; -1: do not wait */
	double wait_ms; /* until it is computed, it is thought */
	double most_ms; /* that may be waited for it */
};

/* `term` and `chosen` are of the policy's decision: chosen -1 looks for
 * nobody. Waits for candidates that have no room now, or whose blocks the
 * chosen one can fetch; any other the policy has weighed already. */
struct twin twin_find(const struct policy_query *q,
		      const struct policy_term *term, int chosen);

#endif

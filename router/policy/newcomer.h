/* Whether a worker has so much to prefill that a session new to it is better
 * kept at the gateway for a moment: it would wait there just as long, but
 * could no more be overtaken by one of a higher class, nor be served by
 * another worker, nor find there what others compute meanwhile. Pure. */
#ifndef ROUTER_POLICY_NEWCOMER_H
#define ROUTER_POLICY_NEWCOMER_H

#include "router/policy/policy.h"

/* Several steps and the way there: no worker runs dry, even where it is
 * thought to be half as fast as it is. */
#define NEWCOMER_AHEAD_MS 500
/* So many may wait in any case, however long their prompts are. */
#define NEWCOMER_REQUESTS 1

bool newcomer_waits(const struct policy_candidate *c);

#endif

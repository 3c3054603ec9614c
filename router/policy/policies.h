/* The policies, a file each. Private to this folder. */
#ifndef ROUTER_POLICY_POLICIES_H
#define ROUTER_POLICY_POLICIES_H

#include "router/policy/policy.h"

extern const struct policy policy_kv_aware, policy_prefix, policy_session,
	policy_least_load, policy_round_robin, policy_random;

/* Falls back on it: where nothing else tells candidates apart. */
void least_load_decide(const struct policy_options *o,
		       const struct policy_query *q, struct policy_state *s,
		       struct policy_term *term, struct policy_decision *out);

#endif

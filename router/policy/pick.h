/* What policies share: walking candidates and breaking ties. Private to
 * this folder. */
#ifndef ROUTER_POLICY_PICK_H
#define ROUTER_POLICY_PICK_H

#include "router/policy/policy.h"

/* Fills the terms of excluded candidates (infinite) and counts the rest. */
size_t pick_begin(const struct policy_query *q, struct policy_term *term);
bool pick_allowed(const struct policy_candidate *c);
/* The least cost wins; among equals the turn goes round, so that an idle
 * fleet spreads what nothing tells apart. -1 if nobody is allowed. */
int pick_least(const struct policy_query *q, const struct policy_term *term,
	       struct policy_state *s);
/* Requests at the worker: what we sent, or what it says if that is more. */
double pick_requests(const struct policy_candidate *c);

#endif

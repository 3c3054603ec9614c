/* The policy in the shadow: what it would have decided about a request that
 * another has decided about. Private to this folder. */
#ifndef ROUTER_PROXY_SHADOW_H
#define ROUTER_PROXY_SHADOW_H

#include "router/decision/record.h"

struct request;

/* By the candidates as they stand. Nothing, if the model has none. */
struct decision_shadow shadow_decide(struct request *r);
/* Into the metrics. */
void shadow_count(struct request *r, const struct decision_shadow *s);

#endif

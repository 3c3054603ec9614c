/* The thread that tells traces to the collector of tracing.endpoint, in
 * messages of many, half a second after the first at the latest.
 *
 * Whoever hands a trace over never waits: what finds no room is dropped and
 * counted, as is what the collector does not take. */
#ifndef ROUTER_TRACING_TRACER_H
#define ROUTER_TRACING_TRACER_H

#include "router/conf/conf.h"
#include "router/fleet/metrics.h"
#include "router/tracing/trace.h"

struct tracer;

/* `version`: ours; it outlives the tracer, and so do the metrics. No thread
 * runs until there is an endpoint. */
struct tracer *tracer_create(struct metrics *m, const char *version);
/* What waits is still told, for a second at most. */
void tracer_destroy(struct tracer **t);

/* Main thread, and before anybody hands over what this asks for. */
void tracer_set_conf(struct tracer *t, struct conf *c);

/* Takes it over. Any thread; there is or was an endpoint. */
void tracer_put(struct tracer *t, struct trace **done);

#endif

/* What a request's head says of its trace. Pure; any thread. */
#ifndef ROUTER_TRACING_HEAD_H
#define ROUTER_TRACING_HEAD_H

#include "common/base/arena.h"
#include "common/http/head.h"
#include "router/tracing/context.h"

/* ERR_INVALID if there is no traceparent, or more than one (nobody knows
 * which is meant), or what is one by name only. */
MUST_USE enum status trace_head_parent(const struct http_head *h,
				       struct trace_context *out);

/* The same head without traceparent, which is written anew for each worker,
 * and unless the trace goes on without the state of what has ended here. In
 * the arena; its texts are still those of `h`. */
const struct http_head *trace_head_cut(const struct http_head *h, bool goes_on,
				       struct arena *arena);

#endif

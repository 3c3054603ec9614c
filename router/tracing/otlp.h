/* Traces as OTLP/HTTP takes them: an ExportTraceServiceRequest in JSON, by
 * protobuf's mapping but for ids, which are in hexadecimal; whole numbers
 * of 64 bits are strings. Pure; any thread. */
#ifndef ROUTER_TRACING_OTLP_H
#define ROUTER_TRACING_OTLP_H

#include "common/base/buf.h"
#include "router/tracing/trace.h"

/* All traces of a message are one service's. */
void otlp_begin(struct buf *out, const char *service, const char *version);
/* `first`: in this message. */
void otlp_add(struct buf *out, const struct trace *t, bool first);
void otlp_end(struct buf *out);

/* How many spans of a message that was taken were not, by its answer, which
 * may be anything; at most `n`. */
size_t otlp_rejected(struct slice answer, size_t n);

#endif

/* Which trace a request belongs to, as the header `traceparent` says it (W3C
 * Trace Context, level 2). Pure; any thread. */
#ifndef ROUTER_TRACING_CONTEXT_H
#define ROUTER_TRACING_CONTEXT_H

#include <stdint.h>

#include "common/base/slice.h"

#define TRACE_ID_BYTES 16

#define TRACE_SAMPLED 1u /* of flags: the caller records it */
#define TRACE_RANDOM  2u /* its id is a random number */

struct trace_context {
	uint8_t trace_id[TRACE_ID_BYTES]; /* not all of them 0 */
	uint64_t span_id;                 /* the caller's; not 0 */
	uint8_t flags;
};

/* Of version 00, or of a later one, as far as it begins like 00. What is
 * neither is ERR_INVALID: then there is no trace to go on with. */
MUST_USE enum status trace_context_parse(struct slice traceparent,
					 struct trace_context *out);

/* 00-(32 digits)-(16 digits)-(2 digits), without an end. */
#define TRACE_CONTEXT_CHARS 55
struct slice trace_context_write(const struct trace_context *c,
				 char out[TRACE_CONTEXT_CHARS]);

/* The digits alone, as spans carry them. */
struct slice trace_id_hex(const uint8_t id[TRACE_ID_BYTES],
			  char out[2 * TRACE_ID_BYTES]);
struct slice span_id_hex(uint64_t id, char out[16]);

#endif

/* A client's traceparent: what is taken for one says the same again. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/assert.h"
#include "router/tracing/context.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice given = {(const char *)bytes, n}, written;
	struct trace_context c, again;
	char text[TRACE_CONTEXT_CHARS];

	if (trace_context_parse(given, &c) != OK)
		return 0;
	ASSERT(n >= TRACE_CONTEXT_CHARS && c.span_id != 0);
	written = trace_context_write(&c, text);
	/* But for the version, and for flags that are not known. */
	ASSERT(memcmp(written.p + 2, given.p + 2, 51) == 0);
	ASSERT(trace_context_parse(written, &again) == OK);
	ASSERT((c.flags & TRACE_SAMPLED) == (again.flags & TRACE_SAMPLED));
	return 0;
}

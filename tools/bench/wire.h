/* Just enough HTTP/1.1 framing for our own two programs: heads, bodies by
 * Content-Length, chunks. Strict where it matters: what is not understood
 * is an error, because a benchmark must not count it. */
#ifndef TOOLS_BENCH_WIRE_H
#define TOOLS_BENCH_WIRE_H

#include "common/base/slice.h"

struct wire_head {
	size_t head_bytes;  /* with the empty line */
	struct slice first; /* the request or status line */
	uint64_t content_length;
	bool has_length, chunked, close;
};

/* ERR_AGAIN until the empty line is there. The slices point into it. */
MUST_USE enum status wire_head_parse(struct slice bytes, struct wire_head *out);

/* Takes the chunk framing off a body, piece by piece. */
struct wire_chunks {
	int state;
	uint64_t left; /* of the running chunk */
	bool done;     /* the last chunk and its line were seen */
};

/* Takes a prefix of `*bytes`; `out` is what it holds of the body (a part
 * of that prefix; empty: framing only). Call until `*bytes` is empty or
 * `done`. ERR_INVALID on what is no chunk. */
MUST_USE enum status wire_chunks_next(struct wire_chunks *c,
				      struct slice *bytes, struct slice *out);

#endif

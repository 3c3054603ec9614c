/* The chunked coding, taken off (RFC 9112 7.1). Strict: lines end in CRLF,
 * a size is hex digits only, no blank stands where none must. Extensions and
 * trailers are checked for their form and dropped; a trailer that says what
 * only a header may is refused. One thread. */
#ifndef COMMON_HTTP_CHUNKED_H
#define COMMON_HTTP_CHUNKED_H

#include "common/base/slice.h"

struct http_limits;

/* Past these sizes a chunk's line, all extensions or all trailers of a body
 * are refused; the latter two where the limits say no other. */
#define HTTP_MAX_CHUNK_LINE      256
#define HTTP_MAX_EXTENSION_BYTES 4096
#define HTTP_MAX_TRAILER_BYTES   8192

struct http_chunked {
	const struct http_limits *limits;
	union {
		uint64_t left; /* of this chunk's data */
		/* Bits of the names that a trailer's may yet become. */
		uint32_t candidates;
		const char *why; /* of a fault, which ends it; static */
	};
	uint32_t extension_bytes : 24, state : 8;
	uint32_t line_bytes : 24, name_bytes : 8;
};

/* `limits` outlive it. */
void http_chunked_init(struct http_chunked *c,
		       const struct http_limits *limits);
/* Takes framing up to the next data or the end. Then takes data: `data`
 * is a span of `bytes`, empty if there is none yet. `consumed` counts both,
 * and the line's end behind the data if it has come.
 * Call again until all is consumed or it is done. ERR_INVALID, ERR_LIMIT. */
MUST_USE enum status http_chunked_step(struct http_chunked *c,
				       struct slice bytes, size_t *consumed,
				       struct slice *data);
/* If `bytes` begin with a whole chunk that has data and no extension, and
 * one may begin: its data, and in `whole` its length with both its lines.
 * Else nothing, and http_chunked_step() is to take what there is. */
struct slice http_chunked_whole(const struct http_chunked *c,
				struct slice bytes, size_t *whole);
bool http_chunked_done(const struct http_chunked *c);
/* Bytes of data that the chunk still owes. */
uint64_t http_chunked_due(const struct http_chunked *c);

#endif

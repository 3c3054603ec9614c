/* The chunked coding, taken off (RFC 9112 7.1). Strict: lines end in CRLF,
 * a size is hex digits only. Extensions and trailers are checked for their
 * form and dropped. One thread. */
#ifndef COMMON_HTTP_CHUNKED_H
#define COMMON_HTTP_CHUNKED_H

#include "common/base/slice.h"

/* Past these sizes a chunk's line, or all trailers, are refused. */
#define HTTP_MAX_CHUNK_LINE    256
#define HTTP_MAX_TRAILER_BYTES 8192

struct http_chunked {
	uint64_t left;   /* of this chunk's data */
	const char *why; /* of a fault; static */
	uint32_t line_bytes;
	uint8_t state;
};

void http_chunked_init(struct http_chunked *c);
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

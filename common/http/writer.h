/* Writing HTTP/1.1 heads and chunk lines. Any thread, its own buf. */
#ifndef COMMON_HTTP_WRITER_H
#define COMMON_HTTP_WRITER_H

#include "common/base/buf.h"
#include "common/base/digits.h"
#include "common/http/head.h"

/* "Not Found"; "Unknown" for statuses without a name. Static. */
const char *http_reason(unsigned status);

/* "HTTP/1.1 200 OK\r\n". */
void http_write_status(struct buf *b, unsigned status);
/* "POST /path HTTP/1.1\r\n". ERR_INVALID if either holds a byte that
 * cannot stand there (blank, control); nothing is then written. */
MUST_USE enum status http_write_request(struct buf *b, struct slice method,
					struct slice target);
/* "name: value\r\n". ERR_INVALID, with nothing written, if the name is not
 * a token or the value holds CR, LF, NUL or another control byte. */
MUST_USE enum status http_write_header(struct buf *b, struct slice name,
				       struct slice value);
/* Those headers of a head the parser gave out which `passes` lets through,
 * in order: lines that are plain as they came, others written anew. What
 * http_write_header() would not take is left out. */
void http_write_passing(struct buf *b, const struct http_head *h,
			bool (*passes)(const struct http_head *h,
				       const struct http_header *header));
/* The same for names and values of our own: literals, numbers, what the
 * configuration or the parser has checked. Nothing is looked at. Inline,
 * since the lengths of literals are known where they stand. */
static inline void http_write_line(struct buf *b, struct slice name,
				   struct slice value)
{
	char *p = buf_reserve(b, name.n + value.n + 4);

	memcpy(p, name.p, name.n);
	memcpy(p + name.n, ": ", 2);
	if (value.n > 0)
		memcpy(p + name.n + 2, value.p, value.n);
	memcpy(p + name.n + 2 + value.n, "\r\n", 2);
	buf_commit(b, name.n + value.n + 4);
}

static inline void http_write_own(struct buf *b, const char *name,
				  const char *value)
{
	http_write_line(b, slice_of(name), slice_of(value));
}

#define HTTP_NUMBER_BYTES DIGITS_MAX
/* The digits, at the end of `text`. */
struct slice http_digits(uint64_t value, char text[HTTP_NUMBER_BYTES]);

static inline void http_write_number_line(struct buf *b, struct slice name,
					  uint64_t value)
{
	char *p = buf_reserve(b, name.n + DIGITS_MAX + 4), *end;

	memcpy(p, name.p, name.n);
	memcpy(p + name.n, ": ", 2);
	end = p + name.n + 2;
	end += digits_write(end, value);
	memcpy(end, "\r\n", 2);
	buf_commit(b, (size_t)(end + 2 - p));
}

static inline void http_write_number(struct buf *b, const char *name,
				     uint64_t value)
{
	http_write_number_line(b, slice_of(name), value);
}

/* The empty line behind the headers. */
static inline void http_write_end(struct buf *b)
{
	buf_append(b, SLICE("\r\n"));
}

bool http_is_token(struct slice s);       /* RFC 9110 5.6.2; not empty */
bool http_is_field_value(struct slice s); /* no control byte but tab */

/* "1f\r\n": what stands before a chunk of n > 0 bytes; "\r\n" stands
 * behind it. Returns the length written to `out`. */
#define HTTP_CHUNK_HEAD_BYTES 18
size_t http_chunk_head(char out[HTTP_CHUNK_HEAD_BYTES], size_t n);
#define HTTP_CHUNK_TAIL SLICE("\r\n")
#define HTTP_LAST_CHUNK SLICE("0\r\n\r\n")

#endif

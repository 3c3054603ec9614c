/* Heads of the usual form, read in one pass.
 *
 * What is taken here is a narrow part of what http_head_read() takes, and
 * is read as it would be: HTTP/1.1, a target of ordinary characters, values
 * of visible ASCII, no header that has a say in framing but one plain
 * Content-Length or one "chunked". Whatever else comes is left to
 * http_head_read(). Pure. */
#ifndef COMMON_HTTP_PLAIN_H
#define COMMON_HTTP_PLAIN_H

#include "common/http/rules.h"

/* Zeros that stand behind what is read. */
#define HTTP_PLAIN_ZEROS 32

/* Length of the head that `text` begins with, its empty line included; 0 if
 * it is not whole, has more than `room` headers, or is not of that form:
 * what it writes to is then void. Slices point into `text`, behind whose
 * bytes there are HTTP_PLAIN_ZEROS. */
size_t http_plain_read(enum http_side side, const char *text,
		       struct http_header *header, size_t room,
		       struct http_head *out, struct http_seen *seen);

#endif

/* Heads of the usual form, read in one pass.
 *
 * What is taken here is a narrow part of what http_head_read() takes, and
 * is read as it would be: HTTP/1.1, a target of ordinary characters, values
 * of visible ASCII, no header that has a say in framing but one plain
 * Content-Length. Whatever else comes is left to http_head_read(). Pure. */
#ifndef COMMON_HTTP_PLAIN_H
#define COMMON_HTTP_PLAIN_H

#include "common/http/rules.h"

/* Length of the head that `bytes` begin with, its empty line included; 0
 * if it is not whole, has more than `room` headers, or is not of that
 * form: `out` and `header` are then void. Slices point into `bytes`. */
size_t http_plain_read(enum http_side side, struct slice bytes,
		       struct http_header *header, size_t room,
		       struct http_head *out);

#endif

/* Python's view of text, over UTF-8: what is counted, stripped and cased
 * are code points. Bytes that are not UTF-8 count as one each. Pure. */
#ifndef COMMON_TEMPLATE_UNICODE_H
#define COMMON_TEMPLATE_UNICODE_H

#include "common/base/buf.h"

/* The code point at `*p`, which moves behind it; `*p` < `end`. */
uint32_t text_next(const char **p, const char *end);
void text_put(struct buf *out, uint32_t c);
size_t text_length(struct slice s);
/* Byte offset of code point `index`; s.n past the end. */
size_t text_offset(struct slice s, size_t index);

bool text_is_space(uint32_t c);     /* str.isspace: 29 code points */
bool text_is_printable(uint32_t c); /* str.isprintable, Unicode 14 */
bool text_is_alpha(uint32_t c);
bool text_is_digit(uint32_t c); /* ASCII only */

/* Like str.strip() and its halves. `set` NULL: white space. */
struct slice text_strip(struct slice s, const struct slice *set, bool left,
			bool right);

/* Where the code point begins that ends at `end`; `start` < `end`. */
const char *text_previous(const char *start, const char *end);

/* Case mapping; a few code points become two or three. */
void text_upper(struct buf *out, uint32_t c);
void text_lower(struct buf *out, uint32_t c);

#endif

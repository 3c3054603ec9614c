/* Looking for a short quoted word, and for the ends of lines, in bytes that
 * stream past. */
#ifndef COMMON_HTTP_FIND_H
#define COMMON_HTTP_FIND_H

#include "common/base/slice.h"

/* Position of the first `word` in `s`, or s.n. A word is 3 to 32 bytes and
 * has quotes at both ends: these and the letter behind the first are
 * looked for 32 places at a time. */
size_t http_find_quoted(struct slice s, struct slice word);

/* The same for the last one. */
size_t http_find_last_quoted(struct slice s, struct slice word);

/* The first of each; s.n: there is none. One pass. */
struct http_places {
	size_t lf, cr, word;
};
void http_find_places(struct slice s, struct slice word,
		      struct http_places *out);

#endif

/* Putting one text in the place of all that a regex matches. */
#ifndef COMMON_TOKEN_REPLACE_H
#define COMMON_TOKEN_REPLACE_H

#include "common/base/buf.h"
#include "common/token/regex.h"

struct replace {
	const struct regex *re;
	struct slice to;
	struct regex_room *room;
};

/* What becomes of `text`: itself where nothing matches, or in `out`, which
 * is empty. ERR_LIMIT if the regex gives up, or past `max_bytes`. */
MUST_USE enum status replace_all(const struct replace *r, struct slice text,
				 size_t max_bytes, struct buf *out,
				 struct slice *made);
/* How much of the start of what was made comes from text[0, front): what
 * is put in comes from the last character that it replaces. */
size_t replace_front(const struct replace *r, struct slice text, size_t front);

#endif

/* Spans of scanned JSON as values. The spans come from the scanner; bytes
 * that it would have refused give ERR_INVALID, never a wrong read. */
#ifndef COMMON_JSON_STRING_H
#define COMMON_JSON_STRING_H

#include "common/base/arena.h"
#include "common/json/scan.h"

/* json_string_equal() of a string that is longer than the text. */
bool json_escaped_equal(struct slice raw, struct slice text);

/* `raw` is a string with its quotes. Compared after unescaping, so that
 * no spelling of a name can hide it. */
static inline bool json_string_equal(struct slice raw, struct slice text)
{
	/* An escape is longer than what it stands for. */
	if (raw.n < text.n + 2)
		return false;
	if (raw.n > text.n + 2)
		return json_escaped_equal(raw, text);
	return raw.p[0] == '"' && raw.p[raw.n - 1] == '"' &&
	       memcmp(raw.p + 1, text.p, text.n) == 0 &&
	       memchr(text.p, '\\', text.n) == NULL;
}

/* The text of a string: a part of `raw` itself if nothing is escaped,
 * else a copy in the arena (never longer than `raw`). May hold NUL.
 * ERR_INVALID: not a string, or a lone surrogate. */
MUST_USE enum status json_text(struct slice raw, struct arena *arena,
			       struct slice *out);
/* Unescapes to `to`, which has room for raw.n bytes; returns the length
 * in `n`. */
MUST_USE enum status json_unescape(struct slice raw, char *to, size_t *n);

/* Whole numbers only ("1.0" and "1e3" are not): ERR_INVALID, ERR_LIMIT. */
MUST_USE enum status json_int(struct slice raw, int64_t *out);
/* ERR_LIMIT where the value is beyond a double, or spelt in 64 bytes or
 * more. */
MUST_USE enum status json_double(struct slice raw, double *out);

#endif

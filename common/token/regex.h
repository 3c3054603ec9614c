/* Regular expressions as the reference's engine has them: Oniguruma, in
 * Ruby's syntax, with Unicode 16.
 *
 * Alternation, groups, classes with nesting and &&, properties, anchors,
 * greedy, lazy and possessive repetition, atomic groups, looking ahead and
 * (up to 255 characters) behind, ignoring case. What is not done exactly is
 * refused when the pattern is parsed: references back and calls, absence
 * and conditions, \K, \G, \X, and sorts of case that join characters, as
 * U+00DF is "ss".
 *
 * Immutable once parsed; any thread. */
#ifndef COMMON_TOKEN_REGEX_H
#define COMMON_TOKEN_REGEX_H

#include "common/base/slice.h"

#define REGEX_MAX_BYTES 8192 /* of a pattern */

struct regex;

/* The pattern is UTF-8. ERR_INVALID, ERR_UNSUPPORTED or ERR_LIMIT; the
 * sentence begins "byte N of the pattern: ". */
MUST_USE enum status regex_parse(struct slice pattern, struct regex **out,
				 struct error *err);
void regex_destroy(struct regex **re);
size_t regex_bytes(const struct regex *re); /* memory held */

/* What a walk needs to itself, kept from walk to walk. Zero before first
 * use; in use by one walk at a time. */
struct regex_frame;
struct regex_fate;

struct regex_room {
	struct regex_frame *frame; /* ways back */
	size_t n, size;
	struct regex_fate *fate; /* what was found out of each place */
	size_t n_fate, fate_size;
	uint32_t *failed; /* pairs; see regex_match.c */
	size_t n_failed;
};

void regex_room_fini(struct regex_room *r);
size_t regex_room_bytes(const struct regex_room *r);

struct regex_span {
	size_t start, end;
};

/* A walk over the matches in one text, which is valid UTF-8 of less than
 * 2^31 bytes. Zero all but the first three members. */
struct regex_walk {
	const struct regex *re;
	struct regex_room *room;
	struct slice text;
	size_t at;
	bool has_last;  /* a match ended at `last` */
	bool remembers; /* it takes long: what fails is noted */
	size_t last;
	uint64_t steps;
};

/* The leftmost match behind the one before it; an empty one directly
 * behind it does not count. ERR_NOT_FOUND at the end, ERR_LIMIT if the
 * walk takes more steps than a text of this length is worth. */
MUST_USE enum status regex_next(struct regex_walk *w, struct regex_span *out);

#endif

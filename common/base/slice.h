/* A span of bytes that somebody else owns. Not terminated. */
#ifndef COMMON_BASE_SLICE_H
#define COMMON_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/error.h"

struct slice {
	const char *p; /* may be NULL when n is 0 */
	size_t n;
};

#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})
/* For printf("%.*s"). */
#define SLICE_ARG(s)                                                           \
	(int)((s).n > INT32_MAX ? INT32_MAX : (s).n), (s).n ? (s).p : ""

struct slice slice_of(const char *text); /* of a terminated string */
bool slice_equal(struct slice a, struct slice b);
bool slice_equal_nocase(struct slice a, struct slice b); /* ASCII */
bool slice_starts(struct slice s, struct slice prefix);
bool slice_ends(struct slice s, struct slice suffix);
struct slice slice_trim(struct slice s);               /* blanks and tabs */
struct slice slice_from(struct slice s, size_t start); /* start <= n */
/* Position of the first `c`, or s.n. */
size_t slice_find(struct slice s, char c);
/* Cuts `*s` at the first `c`: returns what stands before it, leaves what
 * stands behind it. Without one, returns all and leaves nothing. */
struct slice slice_split(struct slice *s, char c);

/* Whole slice must be digits: ERR_INVALID, or ERR_LIMIT past `max`. */
MUST_USE enum status slice_to_u64(struct slice s, uint64_t max, uint64_t *out);

/* Sums and products of sizes that a peer controls: ERR_LIMIT on overflow. */
MUST_USE enum status size_add(size_t a, size_t b, size_t *out);
MUST_USE enum status size_mul(size_t a, size_t b, size_t *out);

#endif

/* A span of bytes that somebody else owns. Not terminated. */
#ifndef COMMON_BASE_SLICE_H
#define COMMON_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/assert.h"
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

/* Short enough to be worth less than a call: they stand here. */

/* Of a terminated string. */
static inline struct slice slice_of(const char *text)
{
	return (struct slice){text, strlen(text)};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* slice_equal() with a terminated string, which is measured only if its
 * first byte fits: most of a table's names end there. */
static inline bool slice_is(struct slice s, const char *text)
{
	return text[0] == (s.n > 0 ? s.p[0] : '\0') &&
	       slice_equal(s, slice_of(text));
}

/* From `start` <= n on. */
static inline struct slice slice_from(struct slice s, size_t start)
{
	ASSERT(start <= s.n);
	if (start == 0)
		return s;
	return (struct slice){s.p + start, s.n - start};
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n &&
	       (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline bool slice_ends(struct slice s, struct slice suffix)
{
	return s.n >= suffix.n &&
	       slice_equal(slice_from(s, s.n - suffix.n), suffix);
}

/* Without blanks and tabs at its ends. */
static inline struct slice slice_trim(struct slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = slice_from(s, 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* Position of the first `c`, or s.n. */
static inline size_t slice_find(struct slice s, char c)
{
	const char *at = s.n ? (const char *)memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

/* slice_equal_nocase() of `n` > 0 bytes. */
bool slice_same_nocase(const char *a, const char *b, size_t n);

/* ASCII letters' case is ignored. Most comparisons end at the length or at
 * the first byte. */
static inline bool slice_equal_nocase(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	return a.n == 0 || (((a.p[0] ^ b.p[0]) & ~0x20) == 0 &&
			    slice_same_nocase(a.p, b.p, a.n));
}

/* Cuts `*s` at the first `c`: returns what stands before it, leaves what
 * stands behind it. Without one, returns all and leaves nothing. */
struct slice slice_split(struct slice *s, char c);

/* Whole slice must be digits: ERR_INVALID, or ERR_LIMIT past `max`. */
MUST_USE enum status slice_to_u64(struct slice s, uint64_t max, uint64_t *out);

/* Bytes that both begin with, and that both end with. */
size_t slice_common_prefix(struct slice a, struct slice b);
size_t slice_common_suffix(struct slice a, struct slice b);

/* Sums and products of sizes that a peer controls: ERR_LIMIT on overflow. */
MUST_USE enum status size_add(size_t a, size_t b, size_t *out);
MUST_USE enum status size_mul(size_t a, size_t b, size_t *out);

/* What a digit of base 16 is worth, of either case; -1: it is none. */
static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

#endif

#include "common/base/slice.h"

#include <string.h>

#include "common/base/assert.h"

struct slice slice_of(const char *text)
{
	return (struct slice){text, strlen(text)};
}

bool slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* strncasecmp would end at a NUL and follow the locale. */
bool slice_equal_nocase(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool slice_starts(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n &&
	       slice_equal((struct slice){s.p, prefix.n}, prefix);
}

bool slice_ends(struct slice s, struct slice suffix)
{
	if (s.n < suffix.n)
		return false;
	return slice_equal(slice_from(s, s.n - suffix.n), suffix);
}

struct slice slice_trim(struct slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = slice_from(s, 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

struct slice slice_from(struct slice s, size_t start)
{
	ASSERT(start <= s.n);
	if (start == 0)
		return s;
	return (struct slice){s.p + start, s.n - start};
}

size_t slice_find(struct slice s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

struct slice slice_split(struct slice *s, char c)
{
	size_t at = slice_find(*s, c);
	struct slice head = {s->p, at};

	*s = at < s->n ? slice_from(*s, at + 1) : (struct slice){NULL, 0};
	return head;
}

enum status slice_to_u64(struct slice s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (s.n == 0)
		return ERR_INVALID;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return ERR_INVALID;
	for (size_t i = 0; i < s.n; i++) {
		uint64_t digit = (uint64_t)(s.p[i] - '0');

		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return ERR_LIMIT;
	}
	if (value > max)
		return ERR_LIMIT;
	*out = value;
	return OK;
}

enum status size_add(size_t a, size_t b, size_t *out)
{
	size_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return ERR_LIMIT;
	*out = sum;
	return OK;
}

enum status size_mul(size_t a, size_t b, size_t *out)
{
	size_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return ERR_LIMIT;
	*out = product;
	return OK;
}

#include "common/base/slice.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Eight letters at a time: of each byte from 'A' to 'Z' the bit 0x20 is
 * set. Sums of bytes below 0x80 do not reach into their neighbours. */
static uint64_t lower_8(uint64_t v)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t low, upper;

	low = v & 0x7f * ones;
	upper = (low + (0x80 - 'A') * ones) ^ (low + (0x7f - 'Z') * ones);
	return v | (upper & ~v & 0x80 * ones) >> 2;
}

static bool same_8(const char *a, const char *b)
{
	uint64_t va, vb;

	memcpy(&va, a, sizeof(va));
	memcpy(&vb, b, sizeof(vb));
	return va == vb || lower_8(va) == lower_8(vb);
}

/* strncasecmp would end at a NUL and follow the locale. */
bool slice_same_nocase(const char *a, const char *b, size_t n)
{
	size_t i = 0;

	for (; n - i >= 8; i += 8)
		if (!same_8(a + i, b + i))
			return false;
	/* The last eight once more is less than the rest one by one. */
	if (n >= 8)
		return i == n || same_8(a + n - 8, b + n - 8);
	for (; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

struct slice slice_split(struct slice *s, char c)
{
	size_t at = slice_find(*s, c);
	struct slice head = {s->p, at};

	*s = at < s->n ? slice_from(*s, at + 1) : (struct slice){NULL, 0};
	return head;
}

/* So many digits fit whatever they are. */
#define SURE_DIGITS 19

enum status slice_to_u64(struct slice s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0, digit;
	bool over = false;
	size_t i;

	if (s.n == 0)
		return ERR_INVALID;
	for (i = 0; i < s.n && i < SURE_DIGITS; i++) {
		digit = (uint64_t)(unsigned char)s.p[i] - '0';
		if (digit > 9)
			return ERR_INVALID;
		value = value * 10 + digit;
	}
	for (; i < s.n; i++) {
		digit = (uint64_t)(unsigned char)s.p[i] - '0';
		if (digit > 9)
			return ERR_INVALID;
		/* What is no number at all is told before its size is. */
		over = over || __builtin_mul_overflow(value, 10, &value) ||
		       __builtin_add_overflow(value, digit, &value);
	}
	if (over || value > max)
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

/* The C library compares many bytes at once, but does not say where two
 * texts part. */
#define COMPARE_BYTES 4096

size_t slice_common_prefix(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n, at = 0;

	while (n - at >= COMPARE_BYTES &&
	       memcmp(a.p + at, b.p + at, COMPARE_BYTES) == 0)
		at += COMPARE_BYTES;
	while (n - at >= 8 && memcmp(a.p + at, b.p + at, 8) == 0)
		at += 8;
	while (at < n && a.p[at] == b.p[at])
		at++;
	return at;
}

size_t slice_common_suffix(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n, at = 0;
	const char *p = a.p + a.n, *q = b.p + b.n;

	while (n - at >= COMPARE_BYTES &&
	       memcmp(p - at - COMPARE_BYTES, q - at - COMPARE_BYTES,
		      COMPARE_BYTES) == 0)
		at += COMPARE_BYTES;
	while (n - at >= 8 && memcmp(p - at - 8, q - at - 8, 8) == 0)
		at += 8;
	while (at < n && p[-1 - (ptrdiff_t)at] == q[-1 - (ptrdiff_t)at])
		at++;
	return at;
}

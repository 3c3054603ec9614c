/* UTF-8, as RFC 3629 has it: no surrogates, no overlong forms. Pure. */
#ifndef COMMON_TOKEN_UTF8_H
#define COMMON_TOKEN_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/slice.h"

bool utf8_valid(struct slice s);
/* Writes at most 4 bytes; returns how many. `c` is a scalar value. */
size_t utf8_put(char *out, uint32_t c);

/* First place at or behind `at` from which on there may be more than ASCII
 * within 8 bytes; s.n if none is left. */
static inline size_t utf8_skip_ascii(struct slice s, size_t at)
{
	uint64_t eight;

	for (; s.n - at >= 8; at += 8) {
		memcpy(&eight, s.p + at, 8);
		if (eight & 0x8080808080808080u)
			return at;
	}
	while (at < s.n && (unsigned char)s.p[at] < 0x80)
		at++;
	return at;
}

/* The code point at `p`, which must start a valid sequence, and its
 * length in `*len`. */
static inline uint32_t utf8_get(const char *p, size_t *len)
{
	const unsigned char *u = (const unsigned char *)p;

	if (u[0] < 0x80) {
		*len = 1;
		return u[0];
	}
	if (u[0] < 0xe0) {
		*len = 2;
		return (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu);
	}
	if (u[0] < 0xf0) {
		*len = 3;
		return (u[0] & 0x0fu) << 12 | (u[1] & 0x3fu) << 6 |
		       (u[2] & 0x3fu);
	}
	*len = 4;
	return (u[0] & 0x07u) << 18 | (u[1] & 0x3fu) << 12 |
	       (u[2] & 0x3fu) << 6 | (u[3] & 0x3fu);
}

/* Start of the last character of p[0, n), n > 0, of valid text. */
static inline size_t utf8_last(const char *p, size_t n)
{
	do
		n--;
	while (n > 0 && ((unsigned char)p[n] & 0xc0) == 0x80);
	return n;
}

#endif

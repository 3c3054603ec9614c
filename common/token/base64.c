#include "common/token/base64.h"

/* The six bits of a letter, or -1. */
static int bits_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Three bytes of four letters, of which the last `padding` are none. */
static bool decode_group(const char *p, size_t padding, char out[3])
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int six = i < 4 - padding ? bits_of(p[i]) : 0;

		if (six < 0)
			return false;
		bits = bits << 6 | (uint32_t)six;
	}
	out[0] = (char)(bits >> 16);
	out[1] = (char)(bits >> 8);
	out[2] = (char)bits;
	/* What the padding cuts off must be nothing. */
	return (bits & ((1u << 8 * padding) - 1)) == 0;
}

bool base64_decode(struct slice in, struct buf *out)
{
	if (in.n % 4 != 0)
		return false;
	for (size_t at = 0; at < in.n; at += 4) {
		size_t padding = 0;
		char bytes[3];

		if (at + 4 == in.n && in.p[at + 3] == '=')
			padding = in.p[at + 2] == '=' ? 2 : 1;
		if (!decode_group(in.p + at, padding, bytes))
			return false;
		buf_append(out, (struct slice){bytes, 3 - padding});
	}
	return true;
}

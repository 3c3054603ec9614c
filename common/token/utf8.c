#include "common/token/utf8.h"

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Length of the valid sequence at u[0, n), or 0. */
static size_t sequence(const unsigned char *u, size_t n)
{
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4 || n < 2 || !is_tail(u[1]))
		return 0;
	if (u[0] < 0xe0)
		return 2;
	if (n < 3 || !is_tail(u[2]))
		return 0;
	if (u[0] < 0xf0) {
		if (u[0] == 0xe0 && u[1] < 0xa0)
			return 0;
		return u[0] == 0xed && u[1] > 0x9f ? 0 : 3;
	}
	if (n < 4 || !is_tail(u[3]))
		return 0;
	if (u[0] == 0xf0 && u[1] < 0x90)
		return 0;
	return u[0] == 0xf4 && u[1] > 0x8f ? 0 : 4;
}

/* Is it one of three bytes at u[0, 4), and none of those whose second byte
 * has narrower bounds? */
static bool is_three(const unsigned char *u)
{
	uint32_t four, low;

	memcpy(&four, u, sizeof(four));
	low = four & 0x0f;
	return (four & 0xc0c0f0) == 0x8080e0 && low != 0x00 && low != 0x0d;
}

bool utf8_valid(struct slice s)
{
	const unsigned char *u = (const unsigned char *)s.p;
	size_t at = 0;

	while ((at = utf8_skip_ascii(s, at)) < s.n) {
		size_t stop = s.n - at > 8 ? at + 8 : s.n;

		/* East Asian text is made of these. */
		while (s.n - at >= 4 && is_three(u + at))
			at += 3;
		while (at < stop) {
			size_t len = sequence(u + at, s.n - at);

			if (len == 0)
				return false;
			at += len;
		}
	}
	return true;
}

size_t utf8_put(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

#include "common/json/escape.h"

#include "common/base/slice.h"

const char json_short_escape[256] = {
	['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
	['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

/* The unit of "\uXXXX" at `p`; -1 if it is none. */
static long unit_at(const char *p, const char *end)
{
	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	long unit = 0;
	for (int i = 2; i < 6; i++) {
		int digit = hex_digit(p[i]);
		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

static size_t encode(uint32_t c, char to[4])
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static size_t fault(const char **why, const char *text)
{
	*why = text;
	return 0;
}

size_t json_escape(const char **p, const char *end, char to[4],
		   const char **why)
{
	const char *at = *p;
	if (end - at < 2)
		return fault(why, "the text ends inside an escape");
	if (json_short_escape[(unsigned char)at[1]]) {
		to[0] = json_short_escape[(unsigned char)at[1]];
		*p = at + 2;
		return 1;
	}
	long unit = unit_at(at, end);
	if (unit < 0)
		return fault(why, "a malformed escape in a string");
	if (unit < 0xd800 || unit > 0xdfff) {
		*p = at + 6;
		return encode((uint32_t)unit, to);
	}
	long low = unit < 0xdc00 ? unit_at(at + 6, end) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return fault(why, "half of a surrogate pair in a string");
	*p = at + 12;
	return encode(0x10000 + ((uint32_t)(unit - 0xd800) << 10) +
			      (uint32_t)(low - 0xdc00),
		      to);
}

static int follows(const char *p)
{
	return ((unsigned char)*p & 0xc0) == 0x80;
}

size_t json_utf8_length(const char *p, const char *end)
{
	unsigned char c = (unsigned char)p[0];
	size_t left = (size_t)(end - p);
	if (c < 0xc2)
		return 0;
	if (c < 0xe0)
		return left >= 2 && follows(p + 1) ? 2 : 0;
	if (left < 3 || !follows(p + 1) || !follows(p + 2))
		return 0;
	unsigned char second = (unsigned char)p[1];
	if (c < 0xf0) {
		bool overlong = c == 0xe0 && second < 0xa0;
		bool surrogate = c == 0xed && second >= 0xa0;
		return overlong || surrogate ? 0 : 3;
	}
	if (c > 0xf4 || left < 4 || !follows(p + 3))
		return 0;
	bool overlong = c == 0xf0 && second < 0x90;
	bool beyond = c == 0xf4 && second >= 0x90;
	return overlong || beyond ? 0 : 4;
}

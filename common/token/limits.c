#include "common/token/limits.h"

#include "common/token/scan.h"

/* What Unicode got behind version 9 that is a mark of some class, or joins
 * with one, up to version 16. */
static const uint32_t late[][2] = {
	{0x7fd, 0x7fd},     {0x897, 0x89f},     {0x8ca, 0x8d3},
	{0x9fe, 0x9fe},     {0xc3c, 0xc3c},     {0xcf3, 0xcf3},
	{0xd3b, 0xd3c},     {0xeba, 0xeba},     {0xece, 0xece},
	{0x1715, 0x1715},   {0x1abf, 0x1ace},   {0x1df6, 0x1dfa},
	{0xa82c, 0xa82c},   {0x105c9, 0x105e4}, {0x10d24, 0x10d27},
	{0x10d69, 0x10d6d}, {0x10eab, 0x10eac}, {0x10efc, 0x10eff},
	{0x10f46, 0x10f50}, {0x10f82, 0x10f85}, {0x11070, 0x11070},
	{0x11241, 0x11241}, {0x1133b, 0x1133b}, {0x11380, 0x113e2},
	{0x1145e, 0x1145e}, {0x11839, 0x1183a}, {0x11930, 0x11930},
	{0x11938, 0x11938}, {0x1193d, 0x1193e}, {0x11943, 0x11943},
	{0x119e0, 0x119e0}, {0x11a34, 0x11a34}, {0x11a47, 0x11a47},
	{0x11a99, 0x11a99}, {0x11d42, 0x11d42}, {0x11d44, 0x11d45},
	{0x11d97, 0x11d97}, {0x11f00, 0x11f01}, {0x11f03, 0x11f03},
	{0x11f34, 0x11f3a}, {0x11f3e, 0x11f42}, {0x11f5a, 0x11f5a},
	{0x13440, 0x13440}, {0x13447, 0x13455}, {0x1611e, 0x1612f},
	{0x16d63, 0x16d6a}, {0x16ff0, 0x16ff1}, {0x1e08f, 0x1e08f},
	{0x1e130, 0x1e136}, {0x1e2ae, 0x1e2ae}, {0x1e2ec, 0x1e2ef},
	{0x1e4ec, 0x1e4ef}, {0x1e5ee, 0x1e5ef}};

static bool is_late(uint32_t c)
{
	size_t low = 0, high = ARRAY_LEN(late);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c > late[mid][1])
			low = mid + 1;
		else
			high = mid;
	}
	return low < ARRAY_LEN(late) && late[low][0] <= c;
}

static bool forms_agree(struct slice text)
{
	size_t len;

	for (size_t at = 0; at < text.n; at += len) {
		len = 1;
		if ((unsigned char)text.p[at] >= 0x80 &&
		    is_late(utf8_get(text.p + at, &len)))
			return false;
	}
	return true;
}

/* Python's idea of it. */
static bool is_space(const char *p, size_t at, size_t *len)
{
	unsigned class = scan_class(p, at, len);

	return (class & CLASS_SPACE) || (p[at] >= 0x1c && p[at] <= 0x1f);
}

static bool is_short(struct slice text)
{
	size_t n = 0, run = 0, len;
	bool space = false;

	if (text.n <= LIMITS_MAX_RUN)
		return true;
	for (size_t at = 0; at < text.n; at += len, n++) {
		bool now = is_space(text.p, at, &len);

		run = now == space ? run + 1 : 1;
		space = now;
		if (run > LIMITS_MAX_RUN || n == LIMITS_MAX_CHARS)
			return false;
	}
	return true;
}

bool limits_hold(unsigned limits, struct slice text)
{
	if ((limits & LIMIT_LENGTH) && !is_short(text))
		return false;
	return !(limits & LIMIT_FORMS) || forms_agree(text);
}

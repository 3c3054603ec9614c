#include "common/token/scan.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

size_t scan_contraction(const char *p, size_t n, size_t at)
{
	char a, b;

	if (n - at < 2)
		return at;
	a = lower(p[at + 1]);
	b = n - at > 2 ? lower(p[at + 2]) : '\0';
	if (a == 's' || a == 't' || a == 'm' || a == 'd')
		return at + 2;
	if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') ||
	    (a == 'l' && b == 'l'))
		return at + 3;
	if (a == '\xc5' && b == '\xbf')
		return at + 3;
	return at;
}

/* (?!\S): the last blank before a word belongs to what follows, unless it
 * is the only one. */
static size_t leave_last(const char *p, size_t n, size_t at, size_t end)
{
	size_t last;

	if (end == n)
		return end;
	last = at + utf8_last(p + at, end - at);
	return last > at ? last : end;
}

size_t scan_blank(const char *p, size_t n, size_t at)
{
	return leave_last(p, n, at, scan_run(p, n, at, CLASS_SPACE));
}

size_t scan_blank_lines(const char *p, size_t n, size_t at)
{
	size_t end = scan_run(p, n, at, CLASS_SPACE);

	for (size_t i = end; i > at; i--)
		if (scan_is_newline(p[i - 1]))
			return i;
	return leave_last(p, n, at, end);
}

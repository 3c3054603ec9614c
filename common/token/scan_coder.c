/* The five steps of deepseek-coder: each takes its matches out of the
 * pieces of the one before, and leaves what lies between them. */
#include "common/token/scan.h"

/* \s?X+ at `at`: its end, or `at`. */
static inline size_t match(const char *p, size_t n, size_t at, unsigned classes)
{
	size_t len, next;
	unsigned class = scan_class(p, at, &len);

	next = at + len;
	if (class & classes)
		return scan_run(p, n, next, classes);
	if ((class & CLASS_SPACE) && next < n &&
	    (scan_class(p, next, &len) & classes))
		return scan_run(p, n, next + len, classes);
	return at;
}

static inline size_t scan(const char *p, size_t n, size_t at, unsigned classes)
{
	size_t len, end = match(p, n, at, classes);

	if (end > at)
		return end;
	do {
		(void)scan_class(p, at, &len);
		at += len;
	} while (at < n && match(p, n, at, classes) == at);
	return at;
}

size_t scan_coder_lines(const char *p, size_t n, size_t at)
{
	if (scan_is_newline(p[at]))
		return at + 1;
	while (at < n && !scan_is_newline(p[at]))
		at++;
	return at;
}

size_t scan_coder_letters(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, CLASS_LETTER);
}

size_t scan_coder_signs(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, CLASS_PUNCTUATION);
}

/* [一-龥ࠀ-一가-퟿] */
static bool is_east(uint32_t c)
{
	return (c >= 0x800 && c <= 0x9fa5) || (c >= 0xac00 && c <= 0xd7ff);
}

size_t scan_coder_east(const char *p, size_t n, size_t at)
{
	size_t len;
	bool in = is_east(utf8_get(p + at, &len));

	for (at += len; at < n; at += len)
		if (is_east(utf8_get(p + at, &len)) != in)
			break;
	return at;
}

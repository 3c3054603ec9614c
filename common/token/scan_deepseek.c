#include "common/token/scan.h"

#define LETTERS (CLASS_LETTER | CLASS_MARK)
#define SIGNS   (CLASS_PUNCTUATION | CLASS_SYMBOL)

static bool is_ascii_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_ascii_sign(char c)
{
	return c > ' ' && c < 0x7f && !is_ascii_letter(c) &&
	       !(c >= '0' && c <= '9');
}

/* [一-龥぀-ゟ゠-ヿ] */
static bool is_cjk(uint32_t c)
{
	return (c >= 0x4e00 && c <= 0x9fa5) || (c >= 0x3040 && c <= 0x30ff);
}

size_t scan_deepseek_cjk(const char *p, size_t n, size_t at)
{
	size_t len;
	bool in = is_cjk(utf8_get(p + at, &len));

	for (at += len; at < n; at += len)
		if (is_cjk(utf8_get(p + at, &len)) != in)
			break;
	return at;
}

/* [!-~, no letter or digit][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|
 *  ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
 * Its end, or `at` if nothing matches there. */
static inline size_t match(const char *p, size_t n, size_t at)
{
	size_t len, next;
	unsigned class = scan_class(p, at, &len), following;

	if (class & LETTERS)
		return scan_run(p, n, at + len, LETTERS);
	next = at + len;
	if (is_ascii_sign(p[at]) && next < n && is_ascii_letter(p[next])) {
		while (next < n && is_ascii_letter(p[next]))
			next++;
		return next;
	}
	if (class & SIGNS)
		return scan_newlines(p, n, scan_run(p, n, next, SIGNS));
	following = next < n ? scan_class(p, next, &len) : 0;
	if ((following & LETTERS) && !scan_is_newline(p[at]))
		return scan_run(p, n, next + len, LETTERS);
	if (p[at] == ' ' && (following & SIGNS))
		return scan_newlines(p, n, scan_run(p, n, next, SIGNS));
	return class & CLASS_SPACE ? scan_blank_lines(p, n, at) : at;
}

size_t scan_deepseek(const char *p, size_t n, size_t at)
{
	size_t len, end = match(p, n, at);

	if (end > at)
		return end;
	/* Text that no alternative wants stays in one piece. */
	do {
		(void)scan_class(p, at, &len);
		at += len;
	} while (at < n && match(p, n, at) == at);
	return at;
}

#include "common/token/scan.h"

#define WORD (CLASS_LETTER | CLASS_NUMBER | CLASS_SPACE)

static size_t digits(const char *p, size_t n, size_t at, size_t most)
{
	size_t len;

	for (; most > 0 && at < n; most--) {
		if (!(scan_class(p, at, &len) & CLASS_NUMBER))
			break;
		at += len;
	}
	return at;
}

/* (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,MOST}|
 *  ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+ */
static inline size_t scan(const char *p, size_t n, size_t at, size_t most)
{
	size_t len, next, end;
	unsigned class = scan_class(p, at, &len), following;

	if (class & CLASS_LETTER)
		return scan_run(p, n, at + len, CLASS_LETTER);
	if (class & CLASS_NUMBER)
		return digits(p, n, at, most);
	if (p[at] == '\'' && (end = scan_contraction(p, n, at)) > at)
		return end;
	next = at + len;
	following = next < n ? scan_class(p, next, &len) : CLASS_SPACE;
	if ((following & CLASS_LETTER) && !scan_is_newline(p[at]))
		return scan_run(p, n, next + len, CLASS_LETTER);
	if (!(class & CLASS_SPACE) || (p[at] == ' ' && !(following & WORD))) {
		end = scan_run_not(p, n, next, WORD);
		return scan_newlines(p, n, end);
	}
	return scan_blank_lines(p, n, at);
}

size_t scan_llama3(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, 3);
}

size_t scan_qwen2(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, 1);
}

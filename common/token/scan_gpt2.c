#include "common/token/scan.h"

#define WORD (CLASS_LETTER | CLASS_NUMBER | CLASS_SPACE)

/* 's|'t|'re|'ve|'m|'ll|'d, in lower case only. */
static size_t contraction(const char *p, size_t n, size_t at)
{
	size_t end = scan_contraction(p, n, at);

	for (size_t i = at + 1; i < end; i++)
		if (p[i] < 'a' || p[i] > 'z')
			return at;
	return end;
}

/* 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
size_t scan_gpt2(const char *p, size_t n, size_t at)
{
	size_t len, start = at, end;
	unsigned class;

	if (p[at] == '\'' && (end = contraction(p, n, at)) > at)
		return end;
	if (p[at] == ' ' && at + 1 < n)
		start = at + 1;
	class = scan_class(p, start, &len);
	if (class & CLASS_LETTER)
		return scan_run(p, n, start + len, CLASS_LETTER);
	if (class & CLASS_NUMBER)
		return scan_run(p, n, start + len, CLASS_NUMBER);
	if (!(class & CLASS_SPACE))
		return scan_run_not(p, n, start + len, WORD);
	return scan_blank(p, n, at);
}

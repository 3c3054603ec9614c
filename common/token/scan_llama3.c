#include "common/token/scan.h"

/* C|[^\r\n\p{L}\p{N}]?L+|\p{N}{1,MOST}| ?[^\sL\p{N}]+[\r\n]*|
 * \s*[\r\n]+|\s+(?!\S)|\s+
 * with C = (?i:'s|'t|'re|'ve|'m|'ll|'d), and L = \p{L} or [\p{L}\p{M}].
 *
 * A mark before letters may be either the prefix or the first of the L:
 * the match is the same. So is \s*[\r\n] without the last +, since \s* has
 * taken every line end but one. */
static inline size_t scan(const char *p, size_t n, size_t at, unsigned letter,
			  size_t most, bool line_ends)
{
	unsigned word = letter | CLASS_NUMBER | CLASS_SPACE;
	size_t len, next, end;
	unsigned class = scan_class(p, at, &len), following;

	if (class & letter)
		return scan_run(p, n, at + len, letter);
	if (class & CLASS_NUMBER)
		return scan_some(p, n, at, CLASS_NUMBER, most);
	if (p[at] == '\'' && (end = scan_contraction(p, n, at)) > at)
		return end;
	next = at + len;
	following = next < n ? scan_class(p, next, &len) : CLASS_SPACE;
	if ((following & letter) && !scan_is_newline(p[at]))
		return scan_run(p, n, next + len, letter);
	if (!(class & CLASS_SPACE) || (p[at] == ' ' && !(following & word))) {
		end = scan_run_not(p, n, next, word);
		return line_ends ? scan_newlines(p, n, end) : end;
	}
	return scan_blank_lines(p, n, at);
}

size_t scan_llama3(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, CLASS_LETTER, 3, true);
}

/* \s++$ stands before the lines here: blanks at the end are one piece. */
size_t scan_cl100k(const char *p, size_t n, size_t at)
{
	size_t end = scan_run(p, n, at, CLASS_SPACE);

	return end == n && end > at
		       ? end
		       : scan(p, n, at, CLASS_LETTER, SIZE_MAX, true);
}

size_t scan_qwen2(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, CLASS_LETTER, 1, true);
}

size_t scan_qwen35(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, CLASS_LETTER | CLASS_MARK, 1, true);
}

size_t scan_seed(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, CLASS_LETTER, 1, false);
}

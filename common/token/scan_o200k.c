#include "common/token/scan.h"

/* P?U*D+C?|P?U+D*C?|\p{N}{1,MOST}| ?[^\s\p{L}\p{N}]+[\r\n/]*|
 * \s*[\r\n]+|\s+(?!\S)|\s+
 * with P = [^\r\n\p{L}\p{N}], U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}],
 * D = [\p{Ll}\p{Lm}\p{Lo}\p{M}], C as in scan_contraction().
 *
 * Letters without case and marks are both U and D, and marks are P too,
 * so the order in which an engine backs up decides. */
struct family {
	size_t digits;
	bool contraction, slash;
	bool han; /* [\p{Han}]+ goes first, and is neither U nor D */
};

#define WORD (CLASS_LETTER | CLASS_NUMBER | CLASS_SPACE)

static inline bool is_upper(const struct family *f, unsigned class)
{
	if (f->han && (class & CLASS_HAN))
		return false;
	return (class & (CLASS_LETTER | CLASS_MARK)) && !(class & CLASS_LOWER);
}

static inline bool is_lower(const struct family *f, unsigned class)
{
	if (f->han && (class & CLASS_HAN))
		return false;
	return (class & (CLASS_LETTER | CLASS_MARK)) && !(class & CLASS_UPPER);
}

/* U*D+: its end, or `at`. `upper_end` becomes the end of the U* alone. */
static inline size_t match_lower(const struct family *f, const char *p,
				 size_t n, size_t at, size_t *upper_end)
{
	size_t len = 0, last = at;
	unsigned class = 0;

	for (; at < n; at += len) {
		class = scan_class(p, at, &len);
		if (!is_upper(f, class))
			break;
		if (!(class & CLASS_UPPER))
			last = at + len;
	}
	*upper_end = at;
	if (at == n || !is_lower(f, class))
		return last; /* U* backs up to what may be a D as well */
	for (at += len; at < n; at += len)
		if (!is_lower(f, scan_class(p, at, &len)))
			break;
	return at;
}

/* The first two alternatives at `at`: their end, or `at`. `class` and
 * `len` are of the character there. */
static inline size_t match_word(const struct family *f, const char *p, size_t n,
				size_t at, unsigned class, size_t len)
{
	bool prefix = !(class & (CLASS_LETTER | CLASS_NUMBER)) &&
		      !scan_is_newline(p[at]);
	size_t upper = at, bare_upper = at, end = at;

	if (prefix && (end = match_lower(f, p, n, at + len, &upper)) > at + len)
		return end;
	if (!prefix || (class & CLASS_MARK)) {
		end = match_lower(f, p, n, at, &bare_upper);
		if (end > at)
			return end;
	}
	if (prefix && upper > at + len)
		return upper;
	return bare_upper;
}

static inline size_t signs_end(const struct family *f, const char *p, size_t n,
			       size_t at)
{
	at = scan_run_not(p, n, at, WORD);
	while (at < n && (scan_is_newline(p[at]) || (f->slash && p[at] == '/')))
		at++;
	return at;
}

static inline size_t scan(const struct family *f, const char *p, size_t n,
			  size_t at)
{
	size_t len, end, after;
	unsigned class = scan_class(p, at, &len);

	if (f->han && (class & CLASS_HAN))
		return scan_run(p, n, at + len, CLASS_HAN);
	if (class & CLASS_NUMBER)
		return scan_some(p, n, at, CLASS_NUMBER, f->digits);
	end = match_word(f, p, n, at, class, len);
	if (end > at) {
		if (f->contraction && end < n && p[end] == '\'')
			end = scan_contraction(p, n, end);
		return end;
	}
	if (!(class & CLASS_SPACE))
		return signs_end(f, p, n, at + len);
	if (p[at] == ' ' && at + 1 < n &&
	    !(scan_class(p, at + 1, &after) & WORD))
		return signs_end(f, p, n, at + 1);
	return scan_blank_lines(p, n, at);
}

size_t scan_o200k(const char *p, size_t n, size_t at)
{
	static const struct family f = {
		.digits = 3, .contraction = true, .slash = true};

	return scan(&f, p, n, at);
}

size_t scan_tekken(const char *p, size_t n, size_t at)
{
	static const struct family f = {.digits = 1, .slash = true};

	return scan(&f, p, n, at);
}

size_t scan_kimi(const char *p, size_t n, size_t at)
{
	static const struct family f = {
		.digits = 3, .contraction = true, .han = true};

	return scan(&f, p, n, at);
}

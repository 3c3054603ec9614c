/* Where words start in a block, family by family.
 *
 * Each function says in masks what the scanner of the same name does one
 * character after the other; `before(x)` are the places right behind those
 * of x, `behind(x)` the places right before them. */
#include "common/token/block.h"

#include "common/base/attr.h"

static inline uint64_t before(uint64_t x)
{
	return x << 1;
}

static inline uint64_t behind(uint64_t x)
{
	return x >> 1;
}

static inline uint64_t runs(uint64_t x)
{
	return x & ~before(x);
}

/* `from`, and the ones of `x` that stand in a row behind it. */
static inline uint64_t reach(uint64_t x, uint64_t from)
{
	uint64_t last = from;

	while ((last = before(last) & x & ~from) != 0)
		from |= last;
	return from;
}

/* Starts below this are sure: white space at the end may go on. */
static inline uint64_t sure(const struct block *b, unsigned n)
{
	uint64_t all = n < 64 ? ((uint64_t)1 << n) - 1 : ~(uint64_t)0;
	uint64_t other = all & ~b->space;

	if (other == 0)
		return 0;
	return ~(uint64_t)0 >> __builtin_clzll(other);
}

static inline uint64_t every_third(uint64_t digit)
{
	uint64_t at = runs(digit), all = at;
	uint64_t three = digit & digit << 1 & digit << 2 & digit << 3;

	while ((at = at << 3 & three) != 0)
		all |= at;
	return all;
}

/* Length of the contraction at p[0], an apostrophe with n > 1 characters. */
static inline unsigned contraction(const char *p, unsigned n, char fold)
{
	char a = p[1] | fold, b = n > 2 ? p[2] | fold : '\0';

	if (a == 's' || a == 't' || a == 'm' || a == 'd')
		return 2;
	if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') ||
	    (a == 'l' && b == 'l'))
		return 3;
	return 0;
}

struct family {
	unsigned digits;   /* in a word; 0: any number */
	bool line_ends;    /* signs take the line ends behind them */
	bool slashes;      /* and slashes among these */
	bool contraction;  /* a word of its own, in front of all others */
	bool suffix;       /* or at the end of a word */
	bool cases;        /* no capital behind a small letter */
	bool number_alone; /* white space does not see numbers */
};

static inline uint64_t digits(uint64_t digit, unsigned most)
{
	if (most == 1)
		return digit;
	return most == 3 ? every_third(digit) : runs(digit);
}

/* Starts behind contractions at the apostrophes `at`. */
static inline uint64_t behind_contractions(const struct block *b, uint64_t at)
{
	uint64_t start = 0;

	for (; at != 0; at &= at - 1) {
		unsigned i = (unsigned)__builtin_ctzll(at);
		unsigned n = contraction(b->p + i, b->n - i, 0x20);

		if (n > 0 && i + n < b->n)
			start |= (uint64_t)1 << (i + n) & b->letter;
	}
	return start;
}

/* Suffixes at the apostrophes `at`, which stand between letters: their own
 * starts go, and what follows starts. `known` ends where one is cut off. */
static inline void join_suffixes(const struct block *b, uint64_t at,
				 uint64_t *start, uint64_t *known)
{
	unsigned done = 0;

	for (; at != 0; at &= at - 1) {
		unsigned i = (unsigned)__builtin_ctzll(at);
		unsigned n;

		if (i + 2 >= b->n) {
			*known &= ((uint64_t)1 << i) - 1;
			return;
		}
		n = contraction(b->p + i, b->n - i, 0x20);
		if (n == 0 || (done > 0 && i == done))
			continue;
		done = i + n;
		*start &= ~((((uint64_t)1 << n) - 1) << i);
		if (done < 64)
			*start |= (uint64_t)1 << done & b->letter;
	}
}

/* Blank lines that end in blanks are left to the scanner: returns where the
 * first of them ends, or b->n. */
static inline unsigned blank_line(const struct block *b, uint64_t space)
{
	uint64_t line = b->newline & space, other = space & ~line;
	uint64_t ends = (other + (other & before(line))) & ~other & line;

	return ends ? (unsigned)__builtin_ctzll(ends) : b->n;
}

/* [^\r\n\p{L}\p{N}]?\p{L}+ and so on: prefixes, and line ends apart. */
static inline uint64_t prefixed(const struct block *b, struct family f)
{
	uint64_t taken = b->newline | (f.slashes ? b->slash : 0), sign, space;
	uint64_t line, other, joined, prefix, start, known, last, quotes;

	taken = f.line_ends ? reach(taken, b->newline & before(b->sign)) : 0;
	sign = b->sign & ~taken;
	space = b->space & ~taken;
	line = space & b->newline;
	other = space & ~line;
	known = sure(b, blank_line(b, space));
	joined = before(b->blank & space);
	prefix = runs(sign) & ~joined & behind(b->letter);
	last = other & ~behind(space);
	if (f.number_alone)
		last &= ~behind(b->digit);
	start = runs(space) | (other & before(line)) | last;
	start |= runs(b->letter) & ~before(other) & ~before(prefix);
	start |= runs(sign) & ~joined;
	start |= digits(b->digit, f.digits);
	if (f.cases)
		start |= b->upper & before(b->letter & ~b->upper);
	quotes = prefix & b->apostrophe;
	if (f.contraction && quotes)
		start |= behind_contractions(b, quotes);
	quotes = b->apostrophe & before(b->letter);
	if (f.suffix && quotes)
		join_suffixes(b, quotes, &start, &known);
	return start & known & ~(uint64_t)1;
}

static uint64_t llama3(const struct block *b)
{
	return prefixed(b, (struct family){.digits = 3,
					   .line_ends = true,
					   .contraction = true});
}

static uint64_t cl100k(const struct block *b)
{
	return prefixed(
		b, (struct family){.line_ends = true, .contraction = true});
}

static uint64_t qwen2(const struct block *b)
{
	return prefixed(b, (struct family){.digits = 1,
					   .line_ends = true,
					   .contraction = true});
}

static uint64_t o200k(const struct block *b)
{
	return prefixed(b, (struct family){.digits = 3,
					   .line_ends = true,
					   .slashes = true,
					   .suffix = true,
					   .cases = true});
}

static uint64_t kimi(const struct block *b)
{
	return prefixed(b, (struct family){.digits = 3,
					   .line_ends = true,
					   .suffix = true,
					   .cases = true});
}

static uint64_t tekken(const struct block *b)
{
	return prefixed(b, (struct family){.digits = 1,
					   .line_ends = true,
					   .slashes = true,
					   .cases = true});
}

static uint64_t deepseek(const struct block *b)
{
	return prefixed(b, (struct family){.digits = 3,
					   .line_ends = true,
					   .number_alone = true});
}

/* Only a blank is ever a prefix, and line ends are white space. */
static inline uint64_t plain(const struct block *b, bool number_alone)
{
	uint64_t joined = before(b->blank), digit = runs(b->digit) & ~joined;
	uint64_t last = b->space & ~behind(b->space), start, quotes;
	uint64_t known = sure(b, b->n);

	if (number_alone) {
		last &= ~behind(b->digit);
		digit = b->digit;
	}
	start = runs(b->space) | last | digit;
	start |= runs(b->letter) & ~joined;
	start |= runs(b->sign) & ~joined;
	quotes = runs(b->sign) & ~joined & behind(b->letter) & b->apostrophe;
	for (; quotes != 0; quotes &= quotes - 1) {
		unsigned i = (unsigned)__builtin_ctzll(quotes);
		unsigned n = contraction(b->p + i, b->n - i, 0);

		if (i + 2 >= b->n)
			known &= ((uint64_t)2 << i) - 1;
		if (n == 0)
			continue;
		start &= ~((uint64_t)1 << i << 1);
		if (i + n < b->n)
			start |= (uint64_t)1 << (i + n) & b->letter;
	}
	return start & known & ~(uint64_t)1;
}

static uint64_t gpt2(const struct block *b)
{
	return plain(b, false);
}

static uint64_t starcoder(const struct block *b)
{
	return plain(b, true);
}

#define MAX_SCANS 3

block_fn *block_of(scan_fn *const *scan, size_t n)
{
	static const struct {
		scan_fn *scan[MAX_SCANS];
		block_fn *words;
	} known[] = {
		{{scan_llama3}, llama3},
		{{scan_cl100k}, cl100k},
		{{scan_qwen2}, qwen2},
		{{scan_qwen35}, qwen2},
		{{scan_o200k}, o200k},
		{{scan_kimi}, kimi},
		{{scan_tekken}, tekken},
		{{scan_numbers3, scan_deepseek_cjk, scan_deepseek}, deepseek},
		{{scan_gpt2}, gpt2},
		{{scan_digits, scan_gpt2}, starcoder},
	};

	for (size_t i = 0; i < ARRAY_LEN(known) && n <= MAX_SCANS; i++) {
		size_t same = 0;

		while (same < n && known[i].scan[same] == scan[same])
			same++;
		if (same == n && (n == MAX_SCANS || !known[i].scan[n]))
			return known[i].words;
	}
	return NULL;
}

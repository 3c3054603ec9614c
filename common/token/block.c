#include "common/token/block.h"

#include <emmintrin.h>

/* Bytes in [first, first + n), as ones: moved to the bottom of the signed
 * range, which is where SSE2 can compare. */
static inline __m128i in_range(__m128i c, int first, int n)
{
	__m128i low = _mm_add_epi8(c, _mm_set1_epi8((char)(-128 - first)));

	return _mm_cmplt_epi8(low, _mm_set1_epi8((char)(-128 + n)));
}

static inline __m128i equal(__m128i c, char to)
{
	return _mm_cmpeq_epi8(c, _mm_set1_epi8(to));
}

static inline uint64_t bits(__m128i ones, unsigned at)
{
	return (uint64_t)(unsigned)_mm_movemask_epi8(ones) << at;
}

void block_read(const char *p, size_t n, struct block *b)
{
	uint64_t odd = 0, tab = 0, known;

	*b = (struct block){.p = p};
	for (unsigned at = 0; at < BLOCK_BYTES; at += 16) {
		__m128i c = _mm_loadu_si128((const __m128i *)(p + at));
		__m128i small = _mm_or_si128(c, _mm_set1_epi8(0x20));
		__m128i line = _mm_or_si128(equal(c, '\n'), equal(c, '\r'));

		b->letter |= bits(in_range(small, 'a', 26), at);
		b->upper |= bits(in_range(c, 'A', 26), at);
		b->digit |= bits(in_range(c, '0', 10), at);
		b->blank |= bits(equal(c, ' '), at);
		b->newline |= bits(line, at);
		b->slash |= bits(equal(c, '/'), at);
		b->apostrophe |= bits(equal(c, '\''), at);
		tab |= bits(equal(c, '\t'), at);
		/* Bytes from 0x80 on are negative. */
		odd |= bits(_mm_cmplt_epi8(c, _mm_set1_epi8(' ')), at);
		odd |= bits(equal(c, 0x7f), at);
	}
	odd &= ~(b->newline | tab);
	if (n < BLOCK_BYTES)
		odd |= ~(uint64_t)0 << n;
	b->n = odd ? (unsigned)__builtin_ctzll(odd) : BLOCK_BYTES;
	known = b->n < BLOCK_BYTES ? ((uint64_t)1 << b->n) - 1 : ~(uint64_t)0;
	b->letter &= known;
	b->upper &= known;
	b->digit &= known;
	b->blank &= known;
	b->newline &= known;
	b->slash &= known;
	b->apostrophe &= known;
	b->space = (b->blank | b->newline | tab) & known;
	b->sign = known & ~(b->letter | b->digit | b->space);
}

static int is_letter(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

/* No pattern has letters and a blank behind them in one word, nor looks
 * across that place from either side. */
size_t block_sync(const char *p, size_t n, size_t at)
{
	for (at++; at < n; at++)
		if (p[at] == ' ' && is_letter(p[at - 1]))
			return at;
	return n;
}

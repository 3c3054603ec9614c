#include "common/token/block.h"

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/* Bytes in [first, first + n), as ones: moved to the bottom of the signed
 * range, which is where these processors can compare. */
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

/* Everything but `n`, `space` and `sign`; returns what is not visible. */
static uint64_t classify(const char *p, struct block *b)
{
	struct block got = {.p = p};
	uint64_t hidden = 0;

#pragma GCC unroll 4
	for (unsigned at = 0; at < BLOCK_BYTES; at += 16) {
		__m128i c = _mm_loadu_si128((const __m128i *)(p + at));
		__m128i small = _mm_or_si128(c, _mm_set1_epi8(0x20));
		__m128i line = _mm_or_si128(equal(c, '\n'), equal(c, '\r'));

		got.letter |= bits(in_range(small, 'a', 26), at);
		got.upper |= bits(in_range(c, 'A', 26), at);
		got.digit |= bits(in_range(c, '0', 10), at);
		got.blank |= bits(equal(c, ' '), at);
		got.newline |= bits(line, at);
		got.tab |= bits(equal(c, '\t'), at);
		got.slash |= bits(equal(c, '/'), at);
		got.apostrophe |= bits(equal(c, '\''), at);
		/* Bytes from 0x80 on are negative. */
		hidden |= bits(_mm_cmplt_epi8(c, _mm_set1_epi8(' ')), at);
		hidden |= bits(equal(c, 0x7f), at);
	}
	*b = got;
	return hidden;
}

AVX2 static inline __m256i in_range_avx2(__m256i c, int first, int n)
{
	__m256i low = _mm256_add_epi8(c,
				      _mm256_set1_epi8((char)(-128 - first)));

	return _mm256_cmpgt_epi8(_mm256_set1_epi8((char)(-128 + n)), low);
}

AVX2 static inline __m256i equal_avx2(__m256i c, char to)
{
	return _mm256_cmpeq_epi8(c, _mm256_set1_epi8(to));
}

AVX2 static inline uint64_t bits_avx2(__m256i ones, unsigned at)
{
	return (uint64_t)(unsigned)_mm256_movemask_epi8(ones) << at;
}

AVX2 static uint64_t classify_avx2(const char *p, struct block *b)
{
	struct block got = {.p = p};
	uint64_t hidden = 0;

#pragma GCC unroll 2
	for (unsigned at = 0; at < BLOCK_BYTES; at += 32) {
		__m256i c = _mm256_loadu_si256((const __m256i *)(p + at));
		__m256i small = _mm256_or_si256(c, _mm256_set1_epi8(0x20));
		__m256i line = _mm256_or_si256(equal_avx2(c, '\n'),
					       equal_avx2(c, '\r'));
		__m256i low = _mm256_cmpgt_epi8(_mm256_set1_epi8(' '), c);

		got.letter |= bits_avx2(in_range_avx2(small, 'a', 26), at);
		got.upper |= bits_avx2(in_range_avx2(c, 'A', 26), at);
		got.digit |= bits_avx2(in_range_avx2(c, '0', 10), at);
		got.blank |= bits_avx2(equal_avx2(c, ' '), at);
		got.newline |= bits_avx2(line, at);
		got.tab |= bits_avx2(equal_avx2(c, '\t'), at);
		got.slash |= bits_avx2(equal_avx2(c, '/'), at);
		got.apostrophe |= bits_avx2(equal_avx2(c, '\''), at);
		low = _mm256_or_si256(low, equal_avx2(c, 0x7f));
		hidden |= bits_avx2(low, at);
	}
	*b = got;
	return hidden;
}

void block_read(const char *p, size_t n, struct block *b)
{
	uint64_t odd, known;

	odd = __builtin_cpu_supports("avx2") ? classify_avx2(p, b)
					     : classify(p, b);
	odd &= ~(b->newline | b->tab);
	if (n < BLOCK_BYTES)
		odd |= ~(uint64_t)0 << n;
	/* All below the lowest. */
	known = odd ? (odd & -odd) - 1 : ~(uint64_t)0;
	b->n = odd ? (unsigned)__builtin_ctzll(odd) : BLOCK_BYTES;
	b->letter &= known;
	b->upper &= known;
	b->digit &= known;
	b->blank &= known;
	b->newline &= known;
	b->tab &= known;
	b->slash &= known;
	b->apostrophe &= known;
	b->space = b->blank | b->newline | b->tab;
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

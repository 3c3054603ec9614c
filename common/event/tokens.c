#include "common/event/tokens.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Where an integer's form is only known from its tag, each must be waited
 * for to find the next; and which form comes is past any prediction. So
 * the lengths of what may begin at each of 16 bytes are worked out at
 * once, four bits each, and then only shifted through. */
#define WINDOW 16
#define USUAL  6

/* By length, tag included: how to shift it out of its 8 bytes. */
static const uint8_t left_bits[8] = {0, 0, 8, 8, 0, 8};
static const uint8_t right_bits[8] = {0, 56, 56, 48, 0, 32};

static uint32_t value_at(const uint8_t *p, unsigned length)
{
	return (uint32_t)(walk_be64(p) << left_bits[length] >>
			  right_bits[length]);
}

#ifdef __SSE2__
/* 0 stands for what is no such integer. */
static uint64_t lengths_at(const uint8_t *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)p);
	__m128i fix = _mm_cmpgt_epi8(v, _mm_set1_epi8(-1));
	__m128i one = _mm_cmpeq_epi8(v, _mm_set1_epi8((char)0xcc));
	__m128i two = _mm_cmpeq_epi8(v, _mm_set1_epi8((char)0xcd));
	__m128i four = _mm_cmpeq_epi8(v, _mm_set1_epi8((char)0xce));
	__m128i n = _mm_or_si128(
		_mm_or_si128(_mm_and_si128(fix, _mm_set1_epi8(1)),
			     _mm_and_si128(one, _mm_set1_epi8(2))),
		_mm_or_si128(_mm_and_si128(two, _mm_set1_epi8(3)),
			     _mm_and_si128(four, _mm_set1_epi8(5))));

	n = _mm_or_si128(n, _mm_srli_epi16(n, 4));
	n = _mm_and_si128(n, _mm_set1_epi16(0xff));
	return (uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(n, n));
}
#else
static uint64_t lengths_at(const uint8_t *p)
{
	uint64_t all = 0;

	for (unsigned i = WINDOW; i-- > 0;) {
		unsigned wide = p[i] - 0xccu;
		uint64_t n = wide < 3 ? 1 + (1u << wide) : p[i] < 0x80;

		all = all << 4 | n;
	}
	return all;
}
#endif

size_t tokens_read(struct walk *w, uint32_t *out, size_t n)
{
	const uint8_t *p = w->p;
	size_t i = 0;
	unsigned at = 0;

	/* A window, what begins in it, and the 8 bytes of a value. */
	while (n - i >= WINDOW && w->end - p >= WINDOW + 16) {
		uint64_t lengths = lengths_at(p) >> 4 * at;
		unsigned length;

		/* As many as there mostly are, without a branch that goes
		 * wrong when there are fewer: those change nothing. */
		for (int j = 0; j < USUAL; j++) {
			length = lengths & 15;
			out[i] = value_at(p + at, length);
			i += length != 0;
			at += length;
			lengths >>= 4 * length;
		}
		while ((length = lengths & 15) != 0) {
			out[i++] = value_at(p + at, length);
			at += length;
			lengths >>= 4 * length;
		}
		if (at < WINDOW)
			break;
		p += WINDOW;
		at -= WINDOW;
	}
	w->p = p + at;
	return i;
}

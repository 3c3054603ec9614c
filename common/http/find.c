#include "common/http/find.h"

#include <string.h>

#include "common/base/assert.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static size_t find_plainly(struct slice s, size_t at, struct slice word)
{
	while (s.n - at >= word.n) {
		const char *p = memchr(s.p + at, word.p[0],
				       s.n - at - word.n + 1);
		if (!p)
			break;
		at = (size_t)(p - s.p);
		if (memcmp(p, word.p, word.n) == 0)
			return at;
		at++;
	}
	return s.n;
}

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i equal(const char *p, char c)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
	return _mm256_cmpeq_epi8(v, _mm256_set1_epi8(c));
}

/* Places in p[0, 32) where the word may begin, a bit each. */
AVX2 static inline unsigned candidates(const char *p, struct slice word)
{
	__m256i first = equal(p, '"');
	__m256i second = equal(p + 1, word.p[1]);
	__m256i last = equal(p + word.n - 1, '"');
	return (unsigned)_mm256_movemask_epi8(
		_mm256_and_si256(_mm256_and_si256(first, second), last));
}

AVX2 static size_t find_avx2(struct slice s, struct slice word)
{
	size_t at = 0;
	/* The last block overlaps the one before it. */
	const size_t last = s.n - 31 - word.n;
	for (;; at = at + 32 < last ? at + 32 : last) {
		unsigned mask = candidates(s.p + at, word);
		for (; mask; mask &= mask - 1) {
			size_t i = at + (size_t)__builtin_ctz(mask);
			if (memcmp(s.p + i, word.p, word.n) == 0)
				return i;
		}
		if (at == last)
			return s.n;
	}
}

AVX2 static size_t find_last_avx2(struct slice s, struct slice word)
{
	/* The block at the front overlaps the one behind it. */
	size_t at = s.n - 31 - word.n;
	for (;; at = at > 32 ? at - 32 : 0) {
		unsigned mask = candidates(s.p + at, word);
		while (mask) {
			unsigned bit = 31 - (unsigned)__builtin_clz(mask);
			if (memcmp(s.p + at + bit, word.p, word.n) == 0)
				return at + bit;
			mask &= ~(1u << bit);
		}
		if (at == 0)
			return s.n;
	}
}

/* `at` is behind what was noted before. */
AVX2 static inline void note(struct http_places *out, size_t n, size_t at,
			     unsigned lf, unsigned cr)
{
	if (lf && out->lf == n)
		out->lf = at + (size_t)__builtin_ctz(lf);
	if (cr && out->cr == n)
		out->cr = at + (size_t)__builtin_ctz(cr);
}

AVX2 static void places_avx2(struct slice s, struct slice word,
			     struct http_places *out)
{
	const size_t last = s.n - 33;
	for (size_t at = 0;; at = at + 32 < last ? at + 32 : last) {
		__m256i lf = equal(s.p + at, '\n'), cr = equal(s.p + at, '\r');
		__m256i begin = _mm256_and_si256(
			equal(s.p + at, '"'), equal(s.p + at + 1, word.p[1]));
		__m256i some = _mm256_or_si256(_mm256_or_si256(lf, cr), begin);
		if (_mm256_movemask_epi8(some) != 0) {
			note(out, s.n, at, (unsigned)_mm256_movemask_epi8(lf),
			     (unsigned)_mm256_movemask_epi8(cr));
			if (_mm256_movemask_epi8(begin) != 0 &&
			    out->word == s.n)
				out->word = at;
		}
		if (at == last)
			break;
	}
	/* All but the last byte were looked at. */
	note(out, s.n, s.n - 1, s.p[s.n - 1] == '\n', s.p[s.n - 1] == '\r');
	if (out->word < s.n)
		out->word += http_find_quoted(slice_from(s, out->word), word);
}

#endif

size_t http_find_quoted(struct slice s, struct slice word)
{
	ASSERT(word.n >= 3 && word.n <= 32);
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2") && s.n >= 31 + word.n)
		return find_avx2(s, word);
#endif
	return find_plainly(s, 0, word);
}

static size_t find_last_plainly(struct slice s, struct slice word)
{
	for (size_t at = s.n - word.n + 1; at-- > 0;) {
		if (memcmp(s.p + at, word.p, word.n) == 0)
			return at;
	}
	return s.n;
}

size_t http_find_last_quoted(struct slice s, struct slice word)
{
	ASSERT(word.n >= 3 && word.n <= 32);
	if (s.n < word.n)
		return s.n;
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2") && s.n >= 31 + word.n)
		return find_last_avx2(s, word);
#endif
	return find_last_plainly(s, word);
}

void http_find_places(struct slice s, struct slice word,
		      struct http_places *out)
{
	*out = (struct http_places){s.n, s.n, s.n};
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2") && s.n >= 33) {
		places_avx2(s, word, out);
		return;
	}
#endif
	out->lf = slice_find(s, '\n');
	out->cr = slice_find(s, '\r');
	out->word = http_find_quoted(s, word);
}

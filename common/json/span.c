#include "common/json/span.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/json/escape.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static char short_escape(const char *p)
{
	return json_short_escape[(unsigned char)p[1]];
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static const char *skip_bytes(const char *p, const char *end)
{
	while (p < end) {
		if (is_plain((unsigned char)*p))
			p++;
		else if (*p == '\\' && end - p >= 2 && short_escape(p))
			p += 2;
		else
			break;
	}
	return p;
}

static const char *copy_bytes(const char *p, const char *end, char **to)
{
	char *at = *to;
	while (p < end) {
		if (*p != '\\') {
			*at++ = *p++;
		} else if (end - p >= 2 && short_escape(p)) {
			*at++ = short_escape(p);
			p += 2;
		} else {
			break;
		}
	}
	*to = at;
	return p;
}

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i load(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

AVX2 static inline void store(char *p, __m256i v)
{
	_mm256_storeu_si256((__m256i *)(void *)p, v);
}

/* As signed bytes, those below 0x20 are the controls and all of 0x80 and
 * above. */
AVX2 static inline __m256i not_text(__m256i v)
{
	return _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), v);
}

AVX2 static inline __m256i equal(__m256i v, char c)
{
	return _mm256_cmpeq_epi8(v, _mm256_set1_epi8(c));
}

AVX2 static inline __m256i special(__m256i v)
{
	return _mm256_or_si256(_mm256_or_si256(equal(v, '"'), equal(v, '\\')),
			       not_text(v));
}

/* Past all blocks without a special byte. */
AVX2 static const char *skip_blocks(const char *p, const char *end)
{
	for (; end - p >= 128; p += 128) {
		__m256i a = special(load(p)), b = special(load(p + 32));
		__m256i c = special(load(p + 64)), d = special(load(p + 96));
		__m256i any = _mm256_or_si256(_mm256_or_si256(a, b),
					      _mm256_or_si256(c, d));
		if (!_mm256_testz_si256(any, any))
			break;
	}
	return p;
}

/* The letters of short escapes, by the halves of their bytes: each low half
 * names, as bits, the high halves that it may stand with. */
AVX2 static inline __m256i may_follow(__m256i v)
{
	enum { H2 = 1, H5 = 2, H6 = 4, H7 = 8 };
	const __m128i low = _mm_setr_epi8(0, 0, H2 | H6 | H7, 0, H7, 0, H6, 0,
					  0, 0, 0, 0, H5, 0, H6, H2);
	const __m128i high = _mm_setr_epi8(0, 0, H2, 0, 0, H5, H6, H7, 0, 0, 0,
					   0, 0, 0, 0, 0);
	__m256i half = _mm256_and_si256(_mm256_srli_epi16(v, 4),
					_mm256_set1_epi8(15));
	__m256i a = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(low), v);
	__m256i b = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(high),
					half);
	return _mm256_cmpgt_epi8(_mm256_and_si256(a, b),
				 _mm256_setzero_si256());
}

AVX2 static inline uint64_t bits(__m256i a, __m256i b)
{
	return (uint32_t)_mm256_movemask_epi8(a) |
	       (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

/* Of 64 bytes those that stand behind a backslash which itself stands
 * behind none. `carry`: the first byte does; then: the next block's first
 * does. A run of backslashes is added to a bit at its start, so that the
 * sum's carry tells whether its length is odd. */
static inline uint64_t escaped_bits(uint64_t backslash, bool *carry)
{
	const uint64_t even = 0x5555555555555555;
	uint64_t sum;
	backslash &= ~(uint64_t)*carry;
	uint64_t follows = backslash << 1 | *carry;
	uint64_t odd_starts = backslash & ~even & ~follows;
	*carry = __builtin_add_overflow(odd_starts, backslash, &sum);
	return (even ^ sum << 1) & follows;
}

/* First of 64 bytes that is not passed, or `p` + 64. `carry` as above. */
AVX2 static inline const char *skip_block(const char *p, bool *carry)
{
	__m256i a = load(p), b = load(p + 32);
	uint64_t back = bits(equal(a, '\\'), equal(b, '\\'));
	uint64_t quote = bits(equal(a, '"'), equal(b, '"'));
	uint64_t other = bits(not_text(a), not_text(b));
	uint64_t letter = bits(may_follow(a), may_follow(b));
	uint64_t escaped = escaped_bits(back, carry);
	uint64_t stop = (quote & ~escaped) | (escaped & ~letter) | other;
	if (stop == 0)
		return p + 64;
	unsigned i = (unsigned)__builtin_ctzll(stop);
	return p + i - (escaped >> i & 1);
}

/* The last bytes, fewer than a block: the zeros behind them stop it. */
AVX2 static const char *skip_tail(const char *p, const char *end, bool carry)
{
	char block[64] = {0};
	memcpy(block, p, (size_t)(end - p));
	return p + (skip_block(block, &carry) - block);
}

AVX2 static const char *skip_avx2(const char *p, const char *end)
{
	bool carry = false;
	/* Most strings are names and short values. */
	if (end - p >= 32) {
		unsigned mask = (unsigned)_mm256_movemask_epi8(
			special(load(p)));
		unsigned i = mask ? (unsigned)__builtin_ctz(mask) : 0;
		if (mask && p[i] != '\\')
			return p + i;
	}
	p = skip_blocks(p, end);
	for (; end - p >= 64; p += 64) {
		const char *at = skip_block(p, &carry);
		if (at != p + 64)
			return at;
	}
	return skip_tail(p, end, carry);
}

/* Without both bytes of the escape at bit `i`. */
static unsigned without_escape(unsigned mask, unsigned i)
{
	return mask & ~(3u << i);
}

/* One block whose backslashes are `mask`. Each run between them is written
 * as a whole block; what is too much of it is overwritten by the next. */
AVX2 static inline const char *copy_block(const char *p, unsigned mask,
					  char **to, bool *stop)
{
	unsigned from = 0;
	char *at = *to;
	do {
		unsigned i = (unsigned)__builtin_ctz(mask);
		store(at, load(p + from));
		at += i - from;
		*stop = !short_escape(p + i);
		if (*stop) {
			*to = at;
			return p + i;
		}
		*at++ = short_escape(p + i);
		from = i + 2;
		mask = without_escape(mask, i);
	} while (mask);
	if (from < 32) {
		store(at, load(p + from));
		at += 32 - from;
		from = 32;
	}
	*to = at;
	return p + from;
}

/* A run begins up to 33 bytes into its block and is read and written as
 * 32: what copy_blocks() may touch behind its end. */
#define COPY_SLACK 65

/* All blocks that begin before `last`. */
AVX2 static inline const char *copy_blocks(const char *p, const char *last,
					   char **to, bool *stop)
{
	*stop = false;
	while (p < last && !*stop) {
		__m256i v = load(p);
		unsigned mask = (unsigned)_mm256_movemask_epi8(equal(v, '\\'));
		if (mask != 0) {
			p = copy_block(p, mask, to, stop);
			continue;
		}
		store(*to, v);
		*to += 32;
		p += 32;
	}
	return p;
}

/* The last bytes, by way of memory that may be touched behind them, where
 * there are zeros. */
AVX2 static const char *copy_tail(const char *p, const char *end, char **to)
{
	char in[2 * COPY_SLACK] = {0}, out[2 * COPY_SLACK], *at = out;
	size_t n = (size_t)(end - p);
	bool stop;
	memcpy(in, p, n);
	size_t took = (size_t)(copy_blocks(in, in + n, &at, &stop) - in);
	if (took > n) {
		at -= took - n;
		took = n;
	}
	memcpy(*to, out, (size_t)(at - out));
	*to += at - out;
	return p + took;
}

AVX2 static const char *copy_avx2(const char *p, const char *end, char **to)
{
	bool stop = false;
	if (end - p >= COPY_SLACK)
		p = copy_blocks(p, end - COPY_SLACK + 1, to, &stop);
	return stop ? p : copy_tail(p, end, to);
}

const char *json_skip_plain(const char *p, const char *end)
{
	if (__builtin_cpu_supports("avx2"))
		return skip_avx2(p, end);
	return skip_bytes(p, end);
}

const char *json_copy_plain(const char *p, const char *end, char **to)
{
	if (__builtin_cpu_supports("avx2"))
		return copy_avx2(p, end, to);
	return copy_bytes(p, end, to);
}

#else

const char *json_skip_plain(const char *p, const char *end)
{
	return skip_bytes(p, end);
}

const char *json_copy_plain(const char *p, const char *end, char **to)
{
	return copy_bytes(p, end, to);
}

#endif

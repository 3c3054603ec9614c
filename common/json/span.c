#include "common/json/span.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static const char *skip_bytes(const char *p, const char *end)
{
	while (p < end && is_plain((unsigned char)*p))
		p++;
	return p;
}

static const char *copy_bytes(const char *p, const char *end, char *to)
{
	const char *stop = memchr(p, '\\', (size_t)(end - p));
	if (!stop)
		stop = end;
	memcpy(to, p, (size_t)(stop - p));
	return stop;
}

#if defined(__x86_64__)

/* As signed bytes, those below 0x20 are the controls and all of 0x80 and
 * above. */
__attribute__((target("avx2"))) static inline __m256i special(__m256i v)
{
	__m256i quote = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"'));
	__m256i back = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\'));
	__m256i low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), v);
	return _mm256_or_si256(_mm256_or_si256(quote, back), low);
}

__attribute__((target("avx2"))) static inline __m256i load(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

__attribute__((target("avx2"))) static const char *skip_avx2(const char *p,
							     const char *end)
{
	while (end - p >= 128) {
		__m256i a = special(load(p)), b = special(load(p + 32));
		__m256i c = special(load(p + 64)), d = special(load(p + 96));
		__m256i any = _mm256_or_si256(_mm256_or_si256(a, b),
					      _mm256_or_si256(c, d));
		if (!_mm256_testz_si256(any, any))
			break;
		p += 128;
	}
	for (; end - p >= 32; p += 32) {
		unsigned mask = (unsigned)_mm256_movemask_epi8(
			special(load(p)));
		if (mask)
			return p + __builtin_ctz(mask);
	}
	return skip_bytes(p, end);
}

__attribute__((target("avx2"))) static const char *copy_avx2(const char *p,
							     const char *end,
							     char *to)
{
	const __m256i back = _mm256_set1_epi8('\\');
	for (; end - p >= 32; p += 32, to += 32) {
		__m256i v = load(p);
		_mm256_storeu_si256((__m256i *)(void *)to, v);
		unsigned mask = (unsigned)_mm256_movemask_epi8(
			_mm256_cmpeq_epi8(v, back));
		if (mask)
			return p + __builtin_ctz(mask);
	}
	return copy_bytes(p, end, to);
}

const char *json_skip_plain(const char *p, const char *end)
{
	if (__builtin_cpu_supports("avx2"))
		return skip_avx2(p, end);
	return skip_bytes(p, end);
}

const char *json_copy_plain(const char *p, const char *end, char *to)
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

const char *json_copy_plain(const char *p, const char *end, char *to)
{
	return copy_bytes(p, end, to);
}

#endif

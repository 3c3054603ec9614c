#include "common/json/span.h"

#include <stdbool.h>
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
AVX2 static inline __m256i special(__m256i v)
{
	__m256i quote = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"'));
	__m256i back = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\'));
	__m256i low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), v);
	return _mm256_or_si256(_mm256_or_si256(quote, back), low);
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

/* Of an escape at bit `i` both bytes: the second may be a backslash. */
static unsigned without_escape(unsigned mask, unsigned i)
{
	return mask & ~(3u << i);
}

AVX2 static const char *skip_avx2(const char *p, const char *end)
{
	p = skip_blocks(p, end);
	while (end - p > 32) {
		unsigned mask = (unsigned)_mm256_movemask_epi8(
			special(load(p)));
		unsigned taken = 32;
		while (mask) {
			unsigned i = (unsigned)__builtin_ctz(mask);
			if (p[i] != '\\' || !short_escape(p + i))
				return p + i;
			mask = without_escape(mask, i);
			taken = i == 31 ? 33 : 32;
		}
		p += taken;
	}
	return skip_bytes(p, end);
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

AVX2 static const char *copy_avx2(const char *p, const char *end, char **to)
{
	const __m256i back = _mm256_set1_epi8('\\');
	/* A run begins up to 33 bytes into its block and is read and written
	 * as 32. */
	while (end - p >= 65) {
		__m256i v = load(p);
		unsigned mask = (unsigned)_mm256_movemask_epi8(
			_mm256_cmpeq_epi8(v, back));
		bool stop = false;
		if (mask == 0) {
			store(*to, v);
			*to += 32;
			p += 32;
			continue;
		}
		p = copy_block(p, mask, to, &stop);
		if (stop)
			return p;
	}
	return copy_bytes(p, end, to);
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

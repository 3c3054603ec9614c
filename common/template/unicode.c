#include "common/template/unicode.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wctype.h>

#include "common/base/assert.h"
#include "common/json/escape.h"
#include "common/template/unicode_tables.h"

static locale_t utf8_locale;
static pthread_once_t utf8_once = PTHREAD_ONCE_INIT;

static void make_locale(void)
{
	utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
	ASSERT(utf8_locale);
}

static locale_t locale(void)
{
	pthread_once(&utf8_once, make_locale);
	return utf8_locale;
}

static size_t width(const char *p, const char *end)
{
	if ((unsigned char)*p < 0x80)
		return 1;
	size_t n = json_utf8_length(p, end);
	return n ? n : 1;
}

uint32_t text_next(const char **p, const char *end)
{
	const unsigned char *c = (const unsigned char *)*p;
	size_t n = width(*p, end);
	*p += n;
	switch (n) {
	case 2: return (uint32_t)(c[0] & 0x1f) << 6 | (c[1] & 0x3f);
	case 3:
		return (uint32_t)(c[0] & 0x0f) << 12 |
		       (uint32_t)(c[1] & 0x3f) << 6 | (c[2] & 0x3f);
	case 4:
		return (uint32_t)(c[0] & 0x07) << 18 |
		       (uint32_t)(c[1] & 0x3f) << 12 |
		       (uint32_t)(c[2] & 0x3f) << 6 | (c[3] & 0x3f);
	default: return c[0] < 0x80 ? c[0] : 0xfffd;
	}
}

void text_put(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_putc(out, (char)c);
		return;
	}
	if (c >= 0x10000) {
		buf_putc(out, (char)(0xf0 | c >> 18));
		buf_putc(out, (char)(0x80 | (c >> 12 & 0x3f)));
	} else if (c >= 0x800) {
		buf_putc(out, (char)(0xe0 | c >> 12));
	} else {
		buf_putc(out, (char)(0xc0 | c >> 6));
	}
	if (c >= 0x800)
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
	buf_putc(out, (char)(0x80 | (c & 0x3f)));
}

static bool goes_on(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Counts of bytes that begin no character, in eight lanes of a byte: so many
 * words make no more than a byte has room for, all lanes together. */
#define WORDS 31
#define BATCH (WORDS * 8)

/* How many of so many bytes, up to BATCH of them by eights, begin one. */
static size_t begin_of(const char *p, size_t bytes)
{
	uint64_t on = 0;
	for (size_t i = 0; i < bytes; i += 8) {
		uint64_t w;
		memcpy(&w, p + i, sizeof(w));
		on += w >> 7 & ~w >> 6 & 0x0101010101010101u;
	}
	return bytes - (size_t)(on * 0x0101010101010101u >> 56);
}

size_t text_length(struct slice s)
{
	const char *p = s.p, *end = s.p + s.n;
	size_t n = 0;
	for (; end - p >= BATCH; p += BATCH)
		n += begin_of(p, BATCH);
	for (; end - p >= 8; p += 8)
		n += begin_of(p, 8);
	for (; p < end; p++)
		n += !goes_on(*p);
	return n;
}

size_t text_offset(struct slice s, size_t index)
{
	const char *p = s.p, *end = s.p + s.n;
	for (; index >= BATCH && end - p >= BATCH; p += BATCH)
		index -= begin_of(p, BATCH);
	for (; index >= 8 && end - p >= 8; p += 8)
		index -= begin_of(p, 8);
	while (p > s.p && p < end && goes_on(*p))
		p++;
	for (; index > 0 && p < end; index--)
		p += width(p, end);
	return (size_t)(p - s.p);
}

bool text_is_space(uint32_t c)
{
	if (c < 0x80)
		return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20);
	return c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	       c == 0x202f || c == 0x205f || c == 0x3000;
}

bool text_is_printable(uint32_t c)
{
	if (c < 0x7f)
		return c >= 0x20;
	size_t low = 0, high = text_n_unprintable;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (c < text_unprintable[mid][0])
			high = mid;
		else if (c > text_unprintable[mid][1])
			low = mid + 1;
		else
			return false;
	}
	return true;
}

bool text_is_alpha(uint32_t c)
{
	if (c < 0x80)
		return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
	return iswalpha_l((wint_t)c, locale());
}

bool text_is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

static bool strips(const char *p, const char *end, const struct slice *set)
{
	const char *at = p;
	uint32_t c = text_next(&at, end);
	if (!set)
		return text_is_space(c);
	return memmem(set->p, set->n, p, (size_t)(at - p)) != NULL;
}

const char *text_previous(const char *start, const char *end)
{
	const char *p = end - 1;
	while (p > start && end - p < 4 && ((unsigned char)*p & 0xc0) == 0x80)
		p--;
	return p + width(p, end) == end ? p : end - 1;
}

struct slice text_strip(struct slice s, const struct slice *set, bool left,
			bool right)
{
	const char *p = s.p, *end = s.p + s.n;
	while (left && p < end && strips(p, end, set))
		p += width(p, end);
	while (right && p < end && strips(text_previous(p, end), end, set))
		end = text_previous(p, end);
	return (struct slice){p, (size_t)(end - p)};
}

/* The row of one whose upper case is longer, or NULL. */
static const uint16_t *long_upper(uint32_t c)
{
	size_t low = 0, high = text_n_long_upper;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (text_long_upper[mid][0] == c)
			return text_long_upper[mid];
		if (text_long_upper[mid][0] < c)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

void text_upper(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_putc(out, (char)(c >= 'a' && c <= 'z' ? c - 32 : c));
		return;
	}
	const uint16_t *row = long_upper(c);
	for (size_t k = 1; row && k < 4 && row[k] != 0; k++)
		text_put(out, row[k]);
	if (row)
		return;
	text_put(out, (uint32_t)towupper_l((wint_t)c, locale()));
}

void text_lower(struct buf *out, uint32_t c)
{
	if (c < 0x80)
		buf_putc(out, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
	else if (c == 0x130)
		buf_puts(out, "i\xcc\x87");
	else
		text_put(out, (uint32_t)towlower_l((wint_t)c, locale()));
}

#include "common/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/digits.h"
#include "common/base/mem.h"

#define FIRST_BYTES 512

static void free_block(struct buf *b)
{
	if (!b->lent)
		mem_free(b->p);
}

void buf_free(struct buf *b)
{
	free_block(b);
	*b = (struct buf){0};
}

void buf_trim(struct buf *b)
{
	size_t len = buf_len(b);

	if (b->lent || len == b->size)
		return;
	if (len == 0) {
		buf_fini(b);
		return;
	}
	memmove(b->p, b->p + b->start, len);
	*b = (struct buf){
		.p = mem_realloc(b->p, len),
		.end = (uint32_t)len,
		.size = (uint32_t)len,
	};
}

/* A block of at least twice the size, with the bytes at its front. */
static void grow(struct buf *b, size_t need)
{
	size_t size = b->size ? (size_t)b->size * 2 : FIRST_BYTES;
	uint32_t len = (uint32_t)buf_len(b);
	bool in_place = b->start == 0 && !b->lent;
	char *p;

	ASSERT(need <= BUF_MAX_BYTES);
	while (size < need)
		size *= 2;
	if (size > BUF_MAX_BYTES)
		size = BUF_MAX_BYTES;
	p = in_place ? mem_realloc(b->p, size) : mem_alloc(size);
	if (!in_place && len > 0)
		memcpy(p, b->p + b->start, len);
	if (!in_place)
		free_block(b);
	*b = (struct buf){.p = p, .end = len, .size = (uint32_t)size};
}

void buf_own(struct buf *b)
{
	if (!b->lent)
		return;
	if (buf_len(b) > 0)
		grow(b, buf_len(b));
	else
		buf_free(b);
}

char *buf_make_room(struct buf *b, size_t n)
{
	size_t len = buf_len(b);

	ASSERT(n < SIZE_MAX / 4);
	/* Moving the bytes down is paid for by as many taken before. */
	if (b->start >= len && b->start > 0 && b->size - len >= n) {
		memcpy(b->p, b->p + b->start, len);
		b->start = 0;
		b->end = (uint32_t)len;
		return b->p + b->end;
	}
	grow(b, len + n);
	return b->p + b->end;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	char *at = buf_reserve(b, 128);
	int n;

	va_start(args, fmt);
	n = vsnprintf(at, buf_room(b), fmt, args);
	va_end(args);
	ASSERT(n >= 0);
	if ((size_t)n >= buf_room(b)) {
		at = buf_reserve(b, (size_t)n + 1);
		va_start(args, fmt);
		vsnprintf(at, (size_t)n + 1, fmt, args);
		va_end(args);
	}
	b->end += (uint32_t)n;
}

void buf_u64(struct buf *b, uint64_t value)
{
	buf_commit(b, digits_write(buf_reserve(b, DIGITS_MAX), value));
}

void buf_fixed(struct buf *b, uint64_t value, unsigned decimals)
{
	char room[DIGITS_MAX + 10], *end = room + sizeof(room), *first;

	ASSERT(decimals >= 1 && decimals <= 9);
	value = digits_fixed_before(end, value, decimals);
	first = end - decimals - 1;
	*first = '.';
	first = digits_before(first, value);
	buf_append(b, (struct slice){first, (size_t)(end - first)});
}

/* Length of the valid UTF-8 sequence at `p`, or 0. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	size_t want = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n < want)
		return 0;
	for (size_t i = 1; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return want;
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* Whether a byte of eight is 0. */
static bool has_zero(uint64_t v)
{
	return ((v - EACH(1)) & ~v & EACH(0x80)) != 0;
}

/* Whether all of eight bytes stand in a string as they are. */
static bool are_plain(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	/* Below 0x20 a byte less that much borrows, or is above 0x7f. */
	return (((v - EACH(0x20)) | v) & EACH(0x80)) == 0 &&
	       !has_zero(v ^ EACH('"')) && !has_zero(v ^ EACH('\\')) &&
	       !has_zero(v ^ EACH(0x7f));
}

/* Bytes at the start that stand in a string as they are. */
static size_t plain_length(struct slice s)
{
	size_t n = 0;

	while (s.n - n >= 8 && are_plain(s.p + n))
		n += 8;
	while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x7f && s.p[n] != '"' &&
	       s.p[n] != '\\')
		n++;
	return n;
}

static void json_escape(struct buf *b, unsigned char c)
{
	switch (c) {
	case '"': buf_puts(b, "\\\""); return;
	case '\\': buf_puts(b, "\\\\"); return;
	case '\n': buf_puts(b, "\\n"); return;
	case '\r': buf_puts(b, "\\r"); return;
	case '\t': buf_puts(b, "\\t"); return;
	default: buf_printf(b, "\\u%04x", c); return;
	}
}

/* Code points that some readers refuse or act upon when they stand bare:
 * the second set of controls, and the two that are no characters. */
static unsigned unwelcome(const unsigned char *p, size_t n)
{
	if (n == 2 && p[0] == 0xc2 && p[1] < 0xa0)
		return p[1];
	if (n == 3 && p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe)
		return 0xff00u | (p[2] | 0x40u);
	return 0;
}

void buf_json_string(struct buf *b, struct slice s)
{
	char *at = buf_reserve(b, s.n + 2);

	/* Mostly that is all of it. */
	*at = '"';
	if (s.n > 0)
		memcpy(at + 1, s.p, s.n);
	b->end++;
	for (size_t i = 0; i < s.n;) {
		size_t n = plain_length(slice_from(s, i));

		if (i == 0)
			buf_commit(b, n);
		else
			buf_append(b, (struct slice){s.p + i, n});
		i += n;
		if (i == s.n)
			break;
		const unsigned char *p = (const unsigned char *)s.p + i;

		n = utf8_length(p, s.n - i);
		if (n == 0) {
			buf_puts(b, "\xef\xbf\xbd");
			i++;
		} else if (n == 1) {
			json_escape(b, *p);
			i++;
		} else if (unwelcome(p, n) != 0) {
			buf_printf(b, "\\u%04x", unwelcome(p, n));
			i += n;
		} else {
			buf_append(b, (struct slice){(const char *)p, n});
			i += n;
		}
	}
	buf_putc(b, '"');
}

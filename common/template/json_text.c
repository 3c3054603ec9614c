#include "common/template/json_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/template/eval.h"
#include "common/template/unicode.h"

const struct json_style json_style_python = {.item = ", ", .key = ": "};
const struct json_style json_style_rust = {
	.item = ",", .key = ":", .rust = true};

static void put_unit(struct buf *to, uint32_t unit)
{
	static const char digit[] = "0123456789abcdef";
	const char text[] = {
		'\\',
		'u',
		digit[unit >> 12],
		digit[unit >> 8 & 15],
		digit[unit >> 4 & 15],
		digit[unit & 15],
	};
	buf_append(to, (struct slice){text, sizeof(text)});
}

static void put_char(struct buf *to, uint32_t c, bool ascii)
{
	static const char from[] = "\"\\\n\r\t\f\b", name[] = "\"\\nrtfb";
	const char *known = c < 0x80 && c
				    ? memchr(from, (int)c, sizeof(from) - 1)
				    : NULL;
	if (known) {
		buf_putc(to, '\\');
		buf_putc(to, name[known - from]);
	} else if (c < 0x20) {
		put_unit(to, c);
	} else if (c < 0x7f || !ascii) {
		text_put(to, c);
	} else if (c < 0x10000) {
		put_unit(to, c);
	} else {
		put_unit(to, 0xd800 + ((c - 0x10000) >> 10));
		put_unit(to, 0xdc00 + ((c - 0x10000) & 0x3ff));
	}
}

static bool is_plain(unsigned char c, bool ascii)
{
	return c >= 0x20 && c != '"' && c != '\\' && (c < 0x7f || !ascii);
}

void json_text_inside(struct buf *to, struct slice s, bool ascii)
{
	const char *end = s.n ? s.p + s.n : s.p;
	for (const char *p = s.p; p < end;) {
		const char *from = p;
		while (p < end && is_plain((unsigned char)*p, ascii))
			p++;
		buf_append(to, (struct slice){from, (size_t)(p - from)});
		if (p < end)
			put_char(to, text_next(&p, end), ascii);
	}
}

void json_text_string(struct buf *to, struct slice s, bool ascii)
{
	buf_putc(to, '"');
	json_text_inside(to, s, ascii);
	buf_putc(to, '"');
}

/* Python's repr() but for the exponent, which has neither plus nor zeros
 * in front and begins a digit later. */
static void put_rust_float(struct buf *to, const char *python)
{
	const char *e = strchr(python, 'e');
	if (!e) {
		buf_puts(to, python);
		return;
	}
	struct slice digits = {python, (size_t)(e - python)};
	int exponent = atoi(e + 1);
	if (exponent != -5) {
		buf_append(to, digits);
		buf_printf(to, "e%d", exponent);
		return;
	}
	if (*python == '-')
		buf_putc(to, '-');
	buf_puts(to, "0.0000");
	for (size_t i = 0; i < digits.n; i++)
		if (digits.p[i] != '.' && digits.p[i] != '-')
			buf_putc(to, digits.p[i]);
}

static void put_float(struct buf *to, double f, const struct json_style *style)
{
	char text[REPR_FLOAT_BYTES];
	if (isnan(f) || isinf(f)) {
		buf_puts(to, isnan(f) ? "NaN"
			     : f < 0  ? "-Infinity"
				      : "Infinity");
		return;
	}
	repr_float(f, text);
	if (style->rust)
		put_rust_float(to, text);
	else
		buf_puts(to, text);
}

static void put_list(struct buf *to, struct value v,
		     const struct json_style *style)
{
	buf_putc(to, '[');
	for (uint32_t i = 0; i < v.n; i++) {
		if (i > 0)
			buf_puts(to, style->item);
		json_text_value(to, v.item[i], style);
	}
	buf_putc(to, ']');
}

static void put_dict(struct buf *to, const struct dict *d,
		     const struct json_style *style)
{
	buf_putc(to, '{');
	for (uint32_t i = 0; i < d->n; i++) {
		if (i > 0)
			buf_puts(to, style->item);
		json_text_string(to, value_slice(d->entry[i].key),
				 style->ascii);
		buf_puts(to, style->key);
		json_text_value(to, d->entry[i].value, style);
	}
	buf_putc(to, '}');
}

/* Rust has no ints beyond 64 bits: they are read as floats. */
static void put_big(struct buf *to, struct slice digits,
		    const struct json_style *style)
{
	char text[32];
	bool negative = digits.p[0] == '-';
	/* 2^63 to 2^64 fit, as unsigned. */
	if (!style->rust ||
	    (!negative && digits.n <= 20 &&
	     slice_to_u64(digits, UINT64_MAX, &(uint64_t){0}) == OK)) {
		buf_append(to, digits);
		return;
	}
	if (digits.n < sizeof(text)) {
		memcpy(text, digits.p, digits.n);
		text[digits.n] = '\0';
		put_float(to, strtod(text, NULL), style);
		return;
	}
	char *copy = strndup(digits.p, digits.n);
	ASSERT(copy);
	put_float(to, strtod(copy, NULL), style);
	free(copy);
}

void json_text_value(struct buf *to, struct value v,
		     const struct json_style *style)
{
	switch ((enum value_type)v.type) {
	case VALUE_NONE: buf_puts(to, "null"); return;
	case VALUE_BOOL: buf_puts(to, v.truth ? "true" : "false"); return;
	case VALUE_INT: buf_printf(to, "%lld", (long long)v.i); return;
	case VALUE_BIG: put_big(to, value_slice(v), style); return;
	case VALUE_FLOAT: put_float(to, v.f, style); return;
	case VALUE_STRING:
		json_text_string(to, value_slice(v), style->ascii);
		return;
	case VALUE_LIST:
	case VALUE_TUPLE: put_list(to, v, style); return;
	case VALUE_DICT: put_dict(to, v.dict, style); return;
	default: ASSERT(!"a value that JSON does not have");
	}
}

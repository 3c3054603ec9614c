/* Python's str() and repr(). */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/template/eval.h"
#include "common/template/text.h"

#define ESCAPE_BYTES 16 /* as many to look at take as long as an escape */
#define INT_STEPS    4
#define FLOAT_STEPS  150
#define TINY_STEPS   2000 /* of those with few digits left */

/* The fewest digits that read back as the same number, as "d.ddde[+-]xx". */
static void shortest(double f, char out[REPR_FLOAT_BYTES])
{
	/* 15 digits say what fewer would, where all of a number's bits are
	 * there. */
	int first = fabs(f) < DBL_MIN ? 0 : 14;
	for (int digits = first; digits <= 16; digits++) {
		snprintf(out, REPR_FLOAT_BYTES, "%.*e", digits, f);
		if (strtod(out, NULL) == f)
			return;
	}
}

/* Digits without the point and without zeros at the end. */
static size_t mantissa(const char *text, char digit[REPR_FLOAT_BYTES])
{
	size_t n = 0;
	for (; *text && *text != 'e'; text++)
		if (*text >= '0' && *text <= '9')
			digit[n++] = *text;
	while (n > 1 && digit[n - 1] == '0')
		n--;
	digit[n] = '\0';
	return n;
}

size_t repr_float(double f, char out[REPR_FLOAT_BYTES])
{
	char text[REPR_FLOAT_BYTES], digit[REPR_FLOAT_BYTES];
	const char *sign = signbit(f) ? "-" : "";
	if (isnan(f))
		return (size_t)snprintf(out, REPR_FLOAT_BYTES, "nan");
	if (isinf(f))
		return (size_t)snprintf(out, REPR_FLOAT_BYTES, "%sinf", sign);
	shortest(fabs(f), text);
	int n = (int)mantissa(text, digit);
	int exponent = atoi(strchr(text, 'e') + 1);
	if (exponent < -4 || exponent >= 16)
		return (size_t)snprintf(
			out, REPR_FLOAT_BYTES, "%s%c%s%se%c%02d", sign,
			digit[0], n > 1 ? "." : "", digit + 1,
			exponent < 0 ? '-' : '+', abs(exponent));
	if (exponent < 0)
		return (size_t)snprintf(out, REPR_FLOAT_BYTES, "%s0.%.*s%s",
					sign, -exponent - 1, "000", digit);
	if (n <= exponent + 1)
		return (size_t)snprintf(out, REPR_FLOAT_BYTES, "%s%s%.*s.0",
					sign, digit, exponent + 1 - n,
					"0000000000000000");
	return (size_t)snprintf(out, REPR_FLOAT_BYTES, "%s%.*s.%s", sign,
				exponent + 1, digit, digit + exponent + 1);
}

uint64_t repr_float_steps(double f)
{
	return fabs(f) < DBL_MIN && f != 0 ? TINY_STEPS : FLOAT_STEPS;
}

static void put_escaped(struct buf *to, uint32_t c, char quote)
{
	if (c == (unsigned char)quote || c == '\\') {
		buf_putc(to, '\\');
		buf_putc(to, (char)c);
	} else if (c == '\n') {
		buf_puts(to, "\\n");
	} else if (c == '\r') {
		buf_puts(to, "\\r");
	} else if (c == '\t') {
		buf_puts(to, "\\t");
	} else if (text_is_printable(c)) {
		text_put(to, c);
	} else if (c < 0x100) {
		buf_printf(to, "\\x%02x", c);
	} else if (c < 0x10000) {
		buf_printf(to, "\\u%04x", c);
	} else {
		buf_printf(to, "\\U%08x", c);
	}
}

static bool put_string(struct eval *e, struct buf *to, struct slice s)
{
	bool single = memchr(s.p, '\'', s.n), twice = memchr(s.p, '"', s.n);
	char quote = single && !twice ? '"' : '\'';
	struct text_walk walk = {.e = e, .p = s.p, .end = s.p + s.n};
	uint32_t c;
	if (!eval_step(e, 2 + s.n / EVAL_BULK_BYTES) ||
	    !eval_put(e, to, SLICE("")) || s.n > e->limits->max_bytes)
		return false;
	buf_putc(to, quote);
	while (text_walk(&walk, &c)) {
		if (c < 0x20 || c == 0x7f)
			walk.unpaid += ESCAPE_BYTES;
		put_escaped(to, c, quote);
	}
	buf_putc(to, quote);
	return eval_put(e, to, SLICE(""));
}

static bool put_items(struct eval *e, struct buf *to, const struct value *item,
		      size_t n, unsigned depth)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_puts(to, ", ");
		if (!repr_put(e, to, item[i], depth))
			return false;
	}
	return true;
}

static bool put_dict(struct eval *e, struct buf *to, const struct dict *d,
		     unsigned depth)
{
	buf_putc(to, '{');
	for (size_t i = 0; i < d->n; i++) {
		if (i > 0)
			buf_puts(to, ", ");
		if (!repr_put(e, to, d->entry[i].key, depth))
			return false;
		buf_puts(to, ": ");
		if (!repr_put(e, to, d->entry[i].value, depth))
			return false;
	}
	buf_putc(to, '}');
	return true;
}

static bool put_seq(struct eval *e, struct buf *to, struct value v,
		    unsigned depth)
{
	const struct seq *s = v.seq;
	if (s->kind == SEQ_GENERATOR) {
		/* Python prints an address here: no two runs agree. */
		eval_fail(e, ERR_UNSUPPORTED, "a %s is printed", s->type);
		return false;
	}
	if (s->kind == SEQ_RANGE) {
		buf_printf(to, "range(%lld, %lld", (long long)s->start,
			   (long long)s->stop);
		if (s->step != 1)
			buf_printf(to, ", %lld", (long long)s->step);
		buf_putc(to, ')');
		return true;
	}
	buf_printf(to, "%s([", value_type_name(v));
	if (!put_items(e, to, seq_items(&v), v.n, depth))
		return false;
	buf_puts(to, "])");
	return true;
}

static bool put_other(struct eval *e, struct buf *to, struct value v,
		      unsigned depth)
{
	if (eval_noting(e))
		passes_note_opaque(e);
	switch ((enum value_type)v.type) {
	case VALUE_NAMESPACE:
		buf_puts(to, "<Namespace ");
		if (!put_dict(e, to, v.dict, depth))
			return false;
		buf_putc(to, '>');
		return true;
	case VALUE_MACRO:
		buf_puts(to, "<Macro '");
		buf_append(to, v.macro->node->text);
		buf_puts(to, "'>");
		return true;
	case VALUE_LOOP:
		buf_printf(to, "<LoopContext %zu/%zu>", v.loop->at + 1,
			   v.loop->n);
		return true;
	default:
		eval_fail(e, ERR_UNSUPPORTED, "a function is printed");
		return false;
	}
}

bool repr_put(struct eval *e, struct buf *to, struct value v, unsigned depth)
{
	char text[REPR_FLOAT_BYTES];
	if (depth == 0) {
		eval_fail(e, ERR_LIMIT, "values are nested too deep");
		return false;
	}
	if (!eval_step(e, 1) || !eval_put(e, to, SLICE("")))
		return false;
	switch ((enum value_type)v.type) {
	case VALUE_UNDEFINED: buf_puts(to, "Undefined"); return true;
	case VALUE_NONE: buf_puts(to, "None"); return true;
	case VALUE_BOOL: buf_puts(to, v.i ? "True" : "False"); return true;
	case VALUE_INT:
		buf_printf(to, "%lld", (long long)v.i);
		return eval_step(e, INT_STEPS);
	case VALUE_BIG: return eval_put(e, to, value_slice(v));
	case VALUE_FLOAT:
		if (!eval_step(e, repr_float_steps(v.f)))
			return false;
		repr_float(v.f, text);
		buf_puts(to, text);
		return true;
	case VALUE_STRING:
		if (v.markup)
			buf_puts(to, "Markup(");
		if (!put_string(e, to, value_slice(v)))
			return false;
		if (v.markup)
			buf_putc(to, ')');
		return true;
	case VALUE_LIST:
		buf_putc(to, '[');
		if (!put_items(e, to, v.item, v.n, depth - 1))
			return false;
		buf_putc(to, ']');
		return true;
	case VALUE_TUPLE:
		buf_putc(to, '(');
		if (!put_items(e, to, v.item, v.n, depth - 1))
			return false;
		buf_puts(to, v.n == 1 ? ",)" : ")");
		return true;
	case VALUE_DICT: return put_dict(e, to, v.dict, depth - 1);
	case VALUE_SEQ: return put_seq(e, to, v, depth - 1);
	default: return put_other(e, to, v, depth - 1);
	}
}

bool str_put(struct eval *e, struct buf *to, struct value v)
{
	if (v.type == VALUE_STRING)
		return eval_put(e, to, value_slice(v));
	if (v.type == VALUE_UNDEFINED)
		return !eval_failed(e);
	return repr_put(e, to, v, EVAL_VALUE_DEPTH);
}

struct value eval_string(struct eval *e, struct value v)
{
	if (v.type == VALUE_STRING)
		return v;
	str_put(e, &e->scratch, v);
	return eval_take(e);
}

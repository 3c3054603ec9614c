/* Filters over text. */
#include <string.h>

#include "common/template/filter.h"
#include "common/template/text.h"
#include "common/template/unicode.h"

/* Like soft_str: Markup stays Markup. */
static bool text_of(struct eval *e, struct value in, struct value *out)
{
	*out = eval_string(e, in);
	return eval_step(e, 1);
}

static struct value take(struct eval *e, bool markup)
{
	struct value v = eval_take(e);
	v.markup = markup;
	return v;
}

#define PUT_BYTES 2 /* as many to look at take as long as one put out */

enum casing { UPPER, LOWER, CAPITAL };

/* A small sigma is written otherwise where a word ends. */
static bool ends_word(uint32_t before, const char *next, const char *end)
{
	return text_is_alpha(before) &&
	       (next == end || !text_is_alpha(text_next(&next, end)));
}

/* The first code point in upper case for CAPITAL, the rest in lower. */
static bool put_cased(struct eval *e, struct slice s, enum casing casing)
{
	struct text_walk walk = {.e = e, .p = s.p, .end = s.p + s.n};
	bool upper = casing != LOWER;
	uint32_t c, before = 0;
	while (text_walk(&walk, &c)) {
		if (!upper && c == 0x3a3 && ends_word(before, walk.p, walk.end))
			text_put(&e->scratch, 0x3c2);
		else
			(upper ? text_upper : text_lower)(&e->scratch, c);
		upper = casing == UPPER;
		before = c;
		walk.unpaid += PUT_BYTES;
	}
	return !eval_failed(e);
}

static struct value cased(struct eval *e, struct value in, enum casing casing)
{
	struct value s;
	if (!text_of(e, in, &s) || !eval_put(e, &e->scratch, SLICE("")))
		return VALUE_NIL;
	put_cased(e, value_slice(s), casing);
	return take(e, s.markup);
}

FILTER(filter_upper)
{
	(void)arg, (void)raw;
	return cased(e, in, UPPER);
}

FILTER(filter_lower)
{
	(void)arg, (void)raw;
	return cased(e, in, LOWER);
}

FILTER(filter_capitalize)
{
	(void)arg, (void)raw;
	return cased(e, in, CAPITAL);
}

/* Words begin behind white space, a hyphen and opening brackets. */
FILTER(filter_title)
{
	struct value s;
	bool start = true;
	uint32_t c;
	(void)arg, (void)raw;
	if (!text_of(e, in, &s))
		return VALUE_NIL;
	struct text_walk walk = {.e = e, .p = s.s, .end = s.s + s.n};
	while (text_walk(&walk, &c)) {
		(start ? text_upper : text_lower)(&e->scratch, c);
		walk.unpaid += PUT_BYTES;
		start = text_is_space(c) ||
			(c < 0x80 && c > 0 && strchr("-({[<", (int)c));
	}
	return take(e, false);
}

FILTER(filter_string)
{
	(void)arg, (void)raw;
	return eval_string(e, in);
}

FILTER(filter_safe)
{
	(void)arg, (void)raw;
	struct value v = eval_string(e, in);
	v.markup = v.type == VALUE_STRING;
	return v;
}

FILTER(filter_escape)
{
	struct value s;
	(void)arg, (void)raw;
	if (!text_of(e, in, &s))
		return VALUE_NIL;
	if (!s.markup)
		s = value_string(eval_escape(e, value_slice(s)));
	s.markup = true;
	return s;
}

FILTER(filter_trim)
{
	struct value s;
	struct slice set;
	(void)raw;
	if (!text_of(e, in, &s))
		return VALUE_NIL;
	bool chars = arg_given(arg[0]) && arg[0].type != VALUE_NONE;
	if (chars && arg[0].type != VALUE_STRING)
		return eval_error(e, "strip arg must be None or str");
	if (chars)
		set = value_slice(arg[0]);
	struct value v = value_string(text_strip_some(
		e, value_slice(s), chars ? &set : NULL, true, true));
	v.markup = s.markup;
	return v;
}

FILTER(filter_join)
{
	const struct value *item;
	size_t n;
	(void)raw;
	struct value by = arg_given(arg[0]) ? eval_string(e, arg[0])
					    : value_text("");
	if (eval_failed(e) || !eval_items(e, in, &item, &n))
		return VALUE_NIL;
	bool attribute = arg_given(arg[1]) && arg[1].type != VALUE_NONE;
	struct value *part = eval_array(e, n);
	for (size_t i = 0; part && i < n && !eval_failed(e); i++)
		part[i] = attribute ? eval_path(e, item[i], arg[1]) : item[i];
	for (size_t i = 0; part && i < n && !eval_failed(e); i++) {
		if (i > 0)
			eval_put(e, &e->scratch, value_slice(by));
		eval_step(e, 1);
		str_put(e, &e->scratch, part[i]);
	}
	return eval_take(e);
}

FILTER(filter_replace)
{
	(void)raw;
	if (!arg_given(arg[0]) || !arg_given(arg[1]))
		return eval_error(e, "replace() needs what and with what");
	struct value s = eval_string(e, in), old = eval_string(e, arg[0]);
	struct value with = eval_string(e, arg[1]);
	int64_t count = -1;
	if (arg_given(arg[2]) && arg[2].type != VALUE_NONE)
		count = arg_int(e, arg[2], -1);
	if (eval_failed(e))
		return VALUE_NIL;
	text_replace(e, value_slice(s), value_slice(old), value_slice(with),
		     count);
	return eval_take(e);
}

FILTER(filter_format)
{
	(void)arg;
	struct value s = eval_string(e, in);
	if (raw->n > 0 && raw->n_kw > 0)
		return eval_error(e, "can't handle positional and keyword "
				     "arguments at the same time");
	if (raw->n_kw == 0)
		return format_percent(e, s,
				      value_items(VALUE_TUPLE, raw->v, raw->n));
	struct value d = eval_dict(e);
	for (uint32_t i = 0; i < raw->n_kw && !eval_failed(e); i++)
		eval_set(e, d.dict, value_string(raw->kw[i].name),
			 raw->kw[i].value);
	return eval_failed(e) ? VALUE_NIL : format_percent(e, s, d);
}

FILTER(filter_center)
{
	struct value s;
	(void)raw;
	if (!text_of(e, in, &s))
		return VALUE_NIL;
	int64_t width = arg_int(e, arg[0], 80);
	int64_t length = (int64_t)eval_text_length(e, value_slice(s));
	int64_t pad = width > length ? width - length : 0;
	/* As CPython does it: the odd blank goes left if the width is odd. */
	int64_t left = pad / 2 + (pad & width & 1);
	eval_put_blanks(e, &e->scratch, left);
	eval_put(e, &e->scratch, value_slice(s));
	eval_put_blanks(e, &e->scratch, pad - left);
	return take(e, s.markup);
}

static bool put_indent(struct eval *e, struct value width)
{
	int64_t n = 4;
	if (width.type == VALUE_STRING)
		return eval_put(e, &e->scratch, value_slice(width));
	n = arg_int(e, width, 4);
	return eval_put_blanks(e, &e->scratch, n);
}

FILTER(filter_indent)
{
	const struct value *line;
	struct value s;
	size_t n = 0;
	(void)raw;
	/* Two texts and a list are made, of however little. */
	if (!text_of(e, in, &s) || !eval_step(e, 2))
		return VALUE_NIL;
	eval_put(e, &e->scratch, value_slice(s));
	eval_put(e, &e->scratch, SLICE("\n"));
	struct value lines = text_splitlines(e, eval_take(e), false);
	if (eval_failed(e) || !eval_items(e, lines, &line, &n))
		return VALUE_NIL;
	for (size_t i = 0; i < n && eval_step(e, 1); i++) {
		bool wanted = i == 0 ? arg_true(arg[1], false)
				     : arg_true(arg[2], false) || line[i].n;
		if (i > 0)
			eval_put(e, &e->scratch, SLICE("\n"));
		if (wanted)
			put_indent(e, arg[0]);
		eval_put(e, &e->scratch, value_slice(line[i]));
	}
	return take(e, s.markup);
}

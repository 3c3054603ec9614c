/* `"%s" % x` and `"{}".format(x)`. */
#include <stdio.h>
#include <string.h>

#include "common/template/eval.h"

/* Of writing a number. */
#define TEXT_STEPS   5
#define NUMBER_STEPS 10
#define FLOAT_STEPS  60 /* there may be 300 digits before the point */
#define DIGITS       2  /* behind it, a step */

struct spec {
	char flags[8], type;
	int width, precision; /* -1: none */
	const struct value *key;
};

struct percent {
	struct eval *e;
	struct value args;
	const struct value *item; /* of a tuple; else the one value */
	size_t n, at;
	bool markup;
};

static bool next_arg(struct percent *f, struct value *out)
{
	if (f->at < f->n) {
		*out = f->item[f->at++];
		return true;
	}
	eval_error(f->e, "not enough arguments for format string");
	return false;
}

static bool read_number(const char **p, const char *end, int *out)
{
	if (*p >= end || **p < '0' || **p > '9')
		return true;
	for (*out = 0; *p < end && **p >= '0' && **p <= '9'; (*p)++)
		if ((*out = *out * 10 + (**p - '0')) > 1000)
			return false;
	return true;
}

/* `%(name)`: the value of a mapping. */
static bool read_key(struct percent *f, const char **p, const char *end,
		     struct value *out)
{
	const char *close = memchr(*p, ')', (size_t)(end - *p));
	if (!close) {
		eval_error(f->e, "incomplete format key");
		return false;
	}
	struct slice name = {*p + 1, (size_t)(close - *p - 1)};
	*p = close + 1;
	if (f->args.type != VALUE_DICT) {
		eval_error(f->e, "format requires a mapping");
		return false;
	}
	struct value *v = eval_get(f->e, f->args.dict, value_string(name));
	if (!v) {
		eval_error(f->e, "'%.*s'", SLICE_ARG(name));
		return false;
	}
	f->n = f->at; /* then nothing else is counted */
	*out = *v;
	return true;
}

static void put_padded(struct eval *e, const struct spec *s, struct slice text)
{
	bool left = strchr(s->flags, '-') != NULL;
	int n = s->width - (int)(text.n > 2000 ? 2000 : text.n);
	eval_put_blanks(e, &e->scratch, left ? 0 : n);
	eval_put(e, &e->scratch, text);
	eval_put_blanks(e, &e->scratch, left ? n : 0);
}

static void put_numeric(struct eval *e, const struct spec *s, struct value v)
{
	char format[32], text[1600];
	double f;
	int64_t i;
	bool whole = strchr("dioxX", s->type) != NULL;
	if (v.type == VALUE_UNDEFINED || !value_number(v, &f)) {
		eval_error(e, "%%%c format: a real number is required, not %s",
			   s->type, value_type_name(v));
		return;
	}
	if (whole && !value_integer(v, &i)) {
		if (strchr("oxX", s->type) || f != f || f > 9e18 || f < -9e18) {
			eval_error(e,
				   "%%%c format: an integer is required, not "
				   "%s",
				   s->type, value_type_name(v));
			return;
		}
		i = (int64_t)f;
	}
	/* Of a float every digit is reckoned. */
	size_t digits = (size_t)s->width +
			(size_t)(s->precision < 0 ? 6 : s->precision);
	if (!eval_step(e, NUMBER_STEPS + (whole ? 0 : FLOAT_STEPS) +
				  digits / DIGITS))
		return;
	snprintf(format, sizeof(format), "%%%s*.*%s%c", s->flags,
		 whole ? "ll" : "", s->type == 'i' ? 'd' : s->type);
	int n = whole ? snprintf(text, sizeof(text), format, s->width,
				 s->precision, (long long)i)
		      : snprintf(text, sizeof(text), format, s->width,
				 s->precision < 0 ? 6 : s->precision, f);
	if (n > 0 && (size_t)n < sizeof(text))
		eval_put(e, &e->scratch, (struct slice){text, (size_t)n});
}

static void put_text(struct percent *f, const struct spec *s, struct value v)
{
	struct eval *e = f->e;
	struct buf held = e->scratch; /* the text so far, set aside */
	eval_step(e, TEXT_STEPS);
	buf_init(&e->scratch);
	struct value text = v.type == VALUE_STRING && s->type == 's'
				    ? v
				    : VALUE_NIL;
	if (text.type != VALUE_STRING) {
		s->type == 's' ? str_put(e, &e->scratch, v)
			       : repr_put(e, &e->scratch, v, EVAL_VALUE_DEPTH);
		text = eval_take(e);
	}
	struct slice t = {"", 0};
	if (!eval_failed(e))
		t = f->markup && !text.markup
			    ? eval_escape(e, value_slice(text))
			    : value_slice(text);
	buf_fini(&e->scratch);
	e->scratch = held;
	if (s->precision >= 0 || (s->width > 0 && memchr(t.p, 0x80, t.n)))
		eval_fail(e, ERR_UNSUPPORTED, "a cut text in a format");
	put_padded(e, s, t);
}

static const char *put_spec(struct percent *f, const char *p, const char *end)
{
	struct spec s = {.width = 0, .precision = -1};
	struct value v = {.type = EVAL_UNSET};
	size_t flags = 0;
	if (p < end && *p == '(' && !read_key(f, &p, end, &v))
		return end;
	for (; p < end && strchr("-+ #0", *p) && flags < 6; p++)
		s.flags[flags++] = *p;
	bool good = read_number(&p, end, &s.width);
	if (good && p < end && *p == '.') {
		p++;
		s.precision = 0;
		good = read_number(&p, end, &s.precision);
	}
	if (!good || p >= end) {
		eval_error(f->e, "incomplete format");
		return end;
	}
	s.type = *p++;
	if (s.type == '%') {
		eval_put(f->e, &f->e->scratch, SLICE("%"));
		return p;
	}
	if (!strchr("srdioxXeEfFgG", s.type) || s.type == '\0') {
		eval_error(f->e, "unsupported format character '%c'", s.type);
		return end;
	}
	if (v.type == EVAL_UNSET && !next_arg(f, &v))
		return end;
	if (s.type == 's' || s.type == 'r')
		put_text(f, &s, v);
	else
		put_numeric(f->e, &s, v);
	return p;
}

struct value format_percent(struct eval *e, struct value format,
			    struct value args)
{
	struct percent f = {.e = e, .args = args, .markup = format.markup};
	bool tuple = args.type == VALUE_TUPLE;
	f.item = tuple ? args.item : &args;
	f.n = tuple ? args.n : 1;
	const char *p = format.s, *end = format.s + format.n;
	if (!eval_step(e, format.n / EVAL_BULK_BYTES))
		return VALUE_NIL;
	bool mapping = args.type == VALUE_DICT || args.type == VALUE_LIST ||
		       args.type == VALUE_UNDEFINED;
	while (p < end && eval_step(e, 1)) {
		const char *at = memchr(p, '%', (size_t)(end - p));
		const char *stop = at ? at : end;
		eval_put(e, &e->scratch, (struct slice){p, (size_t)(stop - p)});
		p = at ? put_spec(&f, at + 1, end) : end;
	}
	if (f.at < f.n && !mapping)
		eval_error(e, "not all arguments converted during string "
			      "formatting");
	struct value v = eval_take(e);
	v.markup = format.markup;
	return v;
}

/* The value that "{}", "{0}" or "{name}" means. */
static struct value field(struct eval *e, struct slice name,
			  const struct args *args, uint32_t *next)
{
	uint64_t at;
	if (name.n == 0)
		at = (*next)++;
	else if (slice_to_u64(name, UINT32_MAX, &at) != OK) {
		if (!eval_step(e, args->n_kw / EVAL_WALK_BYTES +
					  name.n / EVAL_WALK_BYTES))
			return VALUE_NIL;
		for (uint32_t i = 0; i < args->n_kw; i++)
			if (slice_equal(args->kw[i].name, name))
				return args->kw[i].value;
		for (size_t i = 0; i < name.n; i++)
			if (strchr(":!.[", name.p[i]))
				return eval_fail(e, ERR_UNSUPPORTED,
						 "this field of a format");
		return eval_error(e, "'%.*s'", SLICE_ARG(name));
	}
	if (at >= args->n)
		return eval_error(e,
				  "Replacement index %llu out of range for "
				  "positional args tuple",
				  (unsigned long long)at);
	return args->v[at];
}

static const char *put_field(struct eval *e, const char *p, const char *end,
			     const struct args *args, uint32_t *next)
{
	const char *close = memchr(p, '}', (size_t)(end - p));
	if (!close) {
		eval_error(e, "expected '}' before end of string");
		return end;
	}
	struct slice name = {p, (size_t)(close - p)};
	struct value v = field(e, name, args, next);
	if (!eval_failed(e))
		str_put(e, &e->scratch, v);
	return close + 1;
}

struct value format_braces(struct eval *e, struct value format,
			   const struct args *args)
{
	const char *p = format.s, *end = format.s + format.n;
	uint32_t next = 0;
	if (format.markup)
		return eval_fail(e, ERR_UNSUPPORTED, "Markup.format()");
	while (p < end && eval_step(e, 1)) {
		bool brace = *p == '{' || *p == '}';
		bool twice = brace && p + 1 < end && p[1] == p[0];
		if (brace && !twice && *p == '{') {
			p = put_field(e, p + 1, end, args, &next);
			continue;
		}
		if (brace && !twice)
			return eval_error(e, "Single '}' encountered in format "
					     "string");
		size_t n = 1;
		while (!brace && p + n < end && p[n] != '{' && p[n] != '}')
			n++;
		eval_step(e, n / EVAL_WALK_BYTES);
		eval_put(e, &e->scratch, (struct slice){p, n});
		p += twice ? 2 : n;
	}
	return eval_take(e);
}

/* json.dumps() as Python does it. */
#include <math.h>
#include <string.h>

#include "common/template/filter.h"
#include "common/template/json_text.h"

struct dump {
	struct eval *e;
	struct buf *to;
	struct slice item, key; /* separators */
	struct slice indent;    /* of one level */
	bool pretty, ascii, sort;
};

static bool dump_value(struct dump *d, struct value v, unsigned level);

#define PART_BYTES  4096 /* of a string, before it is paid */
#define PLAIN_BYTES 9    /* without escapes, a step */
#define INT_STEPS   4

/* No character is cut. */
static struct slice first_part(struct slice s)
{
	size_t n = PART_BYTES;
	if (s.n <= n)
		return s;
	while (n > 1 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return (struct slice){s.p, n};
}

static bool dump_string(struct dump *d, struct slice s)
{
	if (!eval_step(d->e, 2))
		return false;
	buf_putc(d->to, '"');
	while (s.n > 0) {
		struct slice part = first_part(s);
		size_t before = buf_len(d->to);
		json_text_inside(d->to, part, d->ascii);
		size_t more = buf_len(d->to) - before - part.n;
		/* What is longer than it was is escaped. */
		if (!eval_step(d->e, part.n / PLAIN_BYTES + more / 2) ||
		    !eval_put(d->e, d->to, SLICE("")))
			return false;
		s = slice_from(s, part.n);
	}
	buf_putc(d->to, '"');
	return true;
}

static bool dump_float(struct dump *d, double f)
{
	char text[REPR_FLOAT_BYTES];
	if (isnan(f)) {
		buf_puts(d->to, "NaN");
	} else if (isinf(f)) {
		buf_puts(d->to, f < 0 ? "-Infinity" : "Infinity");
	} else {
		if (!eval_step(d->e, repr_float_steps(f)))
			return false;
		repr_float(f, text);
		buf_puts(d->to, text);
	}
	return true;
}

static bool new_line(struct dump *d, unsigned level)
{
	if (!d->pretty)
		return true;
	buf_putc(d->to, '\n');
	if (!eval_step(d->e, 2 + 2 * level))
		return false;
	for (unsigned i = 0; i < level; i++)
		if (!eval_put(d->e, d->to, d->indent))
			return false;
	return true;
}

static bool dump_items(struct dump *d, const struct value *item, size_t n,
		       unsigned level)
{
	if (n == 0) {
		buf_puts(d->to, "[]");
		return true;
	}
	buf_putc(d->to, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && !eval_put(d->e, d->to, d->item))
			return false;
		if (!new_line(d, level + 1) ||
		    !dump_value(d, item[i], level + 1))
			return false;
	}
	if (!new_line(d, level))
		return false;
	buf_putc(d->to, ']');
	return true;
}

static bool dump_key(struct dump *d, struct value key)
{
	if (key.type == VALUE_STRING)
		return dump_string(d, value_slice(key));
	if (key.type < VALUE_NONE || key.type > VALUE_FLOAT) {
		eval_error(d->e,
			   "keys must be str, int, float, bool or None, not %s",
			   value_type_name(key));
		return false;
	}
	buf_putc(d->to, '"');
	bool good = dump_value(d, key, 0);
	buf_putc(d->to, '"');
	return good;
}

static const struct dict *sorted(struct eval *e, const struct dict *d)
{
	struct value arg[8];
	struct value in = {.type = VALUE_DICT, .dict = (struct dict *)d};
	for (size_t i = 0; i < 8; i++)
		arg[i].type = EVAL_UNSET;
	arg[0] = value_bool(true);
	struct value pairs = filter_dictsort(e, in, arg, NULL);
	if (eval_failed(e))
		return NULL;
	struct value out = eval_dict(e);
	for (uint32_t i = 0; i < pairs.n && !eval_failed(e); i++)
		eval_set(e, out.dict, pairs.item[i].item[0],
			 pairs.item[i].item[1]);
	return eval_failed(e) ? NULL : out.dict;
}

static bool dump_dict(struct dump *d, const struct dict *dict, unsigned level)
{
	if (dict->n == 0) {
		buf_puts(d->to, "{}");
		return true;
	}
	if (d->sort && (dict = sorted(d->e, dict)) == NULL)
		return false;
	buf_putc(d->to, '{');
	for (uint32_t i = 0; i < dict->n; i++) {
		if (i > 0 && !eval_put(d->e, d->to, d->item))
			return false;
		if (!new_line(d, level + 1) ||
		    !dump_key(d, dict->entry[i].key) ||
		    !eval_put(d->e, d->to, d->key) ||
		    !dump_value(d, dict->entry[i].value, level + 1))
			return false;
	}
	if (!new_line(d, level))
		return false;
	buf_putc(d->to, '}');
	return true;
}

static bool dump_value(struct dump *d, struct value v, unsigned level)
{
	if (level >= EVAL_VALUE_DEPTH) {
		eval_fail(d->e, ERR_LIMIT, "values are nested too deep");
		return false;
	}
	if (!eval_step(d->e, 1) || !eval_put(d->e, d->to, SLICE("")))
		return false;
	switch ((enum value_type)v.type) {
	case VALUE_NONE: buf_puts(d->to, "null"); return true;
	case VALUE_BOOL: buf_puts(d->to, v.i ? "true" : "false"); return true;
	case VALUE_INT:
		buf_printf(d->to, "%lld", (long long)v.i);
		return eval_step(d->e, INT_STEPS);
	case VALUE_BIG: return eval_put(d->e, d->to, value_slice(v));
	case VALUE_FLOAT: return dump_float(d, v.f);
	case VALUE_STRING: return dump_string(d, value_slice(v));
	case VALUE_LIST:
	case VALUE_TUPLE: return dump_items(d, v.item, v.n, level);
	case VALUE_DICT: return dump_dict(d, v.dict, level);
	default:
		eval_error(d->e, "Object of type %s is not JSON serializable",
			   value_type_name(v));
		return false;
	}
}

static struct slice spaces(struct eval *e, int64_t n)
{
	if (n <= 0)
		return (struct slice){"", 0};
	char *p = n < 256 && eval_step(e, 6) ? eval_alloc(e, (size_t)n) : NULL;
	if (!p) {
		eval_fail(e, ERR_LIMIT, "an indent of more than 255");
		return (struct slice){"", 0};
	}
	memset(p, ' ', (size_t)n);
	return (struct slice){p, (size_t)n};
}

static bool separators(struct dump *d, struct value v)
{
	const struct value *two;
	size_t n;
	if (!arg_given(v) || v.type == VALUE_NONE)
		return true;
	if (!eval_items(d->e, v, &two, &n))
		return false;
	if (n != 2 || two[0].type != VALUE_STRING ||
	    two[1].type != VALUE_STRING) {
		eval_error(d->e, "separators must be two strings");
		return false;
	}
	d->item = value_slice(two[0]);
	d->key = value_slice(two[1]);
	return true;
}

FILTER(filter_tojson)
{
	struct dump d = {
		.e = e,
		.to = &e->scratch,
		.item = SLICE(", "),
		.key = SLICE(": "),
		.ascii = arg_true(arg[0], false),
		.sort = arg_true(arg[3], false),
	};
	(void)raw;
	d.pretty = arg_given(arg[1]) && arg[1].type != VALUE_NONE;
	if (d.pretty) {
		d.item = SLICE(",");
		d.indent = arg[1].type == VALUE_STRING
				   ? value_slice(arg[1])
				   : spaces(e, arg_int(e, arg[1], 0));
	}
	if (!separators(&d, arg[2]) || eval_failed(e))
		return VALUE_NIL;
	dump_value(&d, in, 0);
	return eval_take(e);
}

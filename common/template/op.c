/* Operators, as strict as Python's. */
#include "common/template/eval.h"

#include <math.h>
#include <string.h>

#define ENTITY_STEPS 2
#define POW_STEPS    4
#define FMOD_BITS    16 /* a step */

static const char *op_text(enum node_op op)
{
	static const char *const text[] = {
		[OP_ADD] = "+",        [OP_SUB] = "-", [OP_MUL] = "*",
		[OP_DIV] = "/",        [OP_MOD] = "%", [OP_POW] = "** or pow()",
		[OP_FLOOR_DIV] = "//", [OP_LT] = "<",  [OP_LE] = "<=",
		[OP_GT] = ">",         [OP_GE] = ">=",
	};
	return text[op];
}

static struct value mismatch(struct eval *e, enum node_op op, struct value a,
			     struct value b)
{
	if (a.type == VALUE_UNDEFINED)
		return eval_use_undefined(e, a);
	if (b.type == VALUE_UNDEFINED)
		return eval_use_undefined(e, b);
	if (a.type == VALUE_BIG || b.type == VALUE_BIG)
		return eval_fail(e, ERR_UNSUPPORTED,
				 "reckoning with ints over 64 bits");
	if (op == OP_ADD && !a.markup &&
	    (a.type == VALUE_STRING || a.type == VALUE_LIST ||
	     a.type == VALUE_TUPLE))
		return eval_error(e,
				  "can only concatenate %s (not \"%s\") to %s",
				  value_type_name(a), value_type_name(b),
				  value_type_name(a));
	return eval_error(e,
			  "unsupported operand type(s) for %s: '%s' and '%s'",
			  op_text(op), value_type_name(a), value_type_name(b));
}

static const char *entity_of(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '\'': return "&#39;";
	case '"': return "&#34;";
	default: return NULL;
	}
}

struct slice eval_escape(struct eval *e, struct slice s)
{
	for (size_t i = 0, n; i < s.n && !eval_failed(e); i += n + 1) {
		const char *entity = NULL;
		for (n = 0; i + n < s.n; n++)
			if ((entity = entity_of(s.p[i + n])) != NULL)
				break;
		eval_put(e, &e->scratch, (struct slice){s.p + i, n});
		if (entity)
			eval_put(e, &e->scratch, slice_of(entity));
		eval_step(e, ENTITY_STEPS + n / EVAL_WALK_BYTES);
	}
	struct value v = eval_take(e);
	return v.type == VALUE_STRING ? value_slice(v) : (struct slice){"", 0};
}

static struct value join_two(struct eval *e, struct value a, struct value b)
{
	bool markup = a.markup || b.markup;
	struct slice x = value_slice(a), y = value_slice(b);
	if (markup && !a.markup)
		x = eval_escape(e, x);
	if (markup && !b.markup)
		y = eval_escape(e, y);
	char *p = eval_alloc(e, x.n + y.n);
	if (!p)
		return VALUE_NIL;
	memcpy(p, x.p, x.n);
	memcpy(p + x.n, y.p, y.n);
	struct value v = value_string((struct slice){p, x.n + y.n});
	v.markup = markup;
	return v;
}

static struct value join_lists(struct eval *e, struct value a, struct value b)
{
	struct value *item = eval_array(e, (size_t)a.n + b.n);
	if (!item)
		return VALUE_NIL;
	if (a.n > 0)
		memcpy(item, a.item, a.n * sizeof(*item));
	if (b.n > 0)
		memcpy(item + a.n, b.item, b.n * sizeof(*item));
	return value_items(a.type, item, (size_t)a.n + b.n);
}

static struct value repeat(struct eval *e, struct value v, int64_t times)
{
	size_t size = v.type == VALUE_STRING ? 1 : sizeof(struct value);
	size_t bytes = 0;
	if (times < 0)
		times = 0;
	if (size_mul(v.n * size, (size_t)times, &bytes) != OK)
		bytes = SIZE_MAX;
	char *p = eval_alloc(e, bytes);
	if (!p)
		return VALUE_NIL;
	if (bytes > 0)
		memcpy(p, v.s, v.n * size);
	for (size_t n = v.n * size, more; n < bytes; n += more) {
		more = bytes - n < n ? bytes - n : n;
		memcpy(p + n, p, more);
	}
	struct value out = v;
	out.n = (uint32_t)(bytes / size);
	out.s = p;
	return out;
}

static struct value overflow(struct eval *e)
{
	return eval_fail(e, ERR_UNSUPPORTED, "an int grows beyond 64 bits");
}

static struct value floor_divide(struct eval *e, enum node_op op, int64_t x,
				 int64_t y)
{
	if (y == 0)
		return eval_error(e, op == OP_DIV
					     ? "division by zero"
					     : "integer division or modulo by "
					       "zero");
	if (op == OP_DIV)
		return value_float((double)x / (double)y);
	if (y == -1)
		return op == OP_MOD     ? value_int(0)
		       : x == INT64_MIN ? overflow(e)
					: value_int(-x);
	int64_t q = x / y, r = x % y;
	if (r != 0 && (r < 0) != (y < 0)) {
		q--;
		r += y;
	}
	return value_int(op == OP_MOD ? r : q);
}

static struct value power(struct eval *e, int64_t x, int64_t y)
{
	int64_t r = 1;
	if (y < 0)
		return eval_step(e, POW_STEPS)
			       ? value_float(pow((double)x, (double)y))
			       : VALUE_NIL;
	/* These do not grow. */
	if (x == 1 || (x == 0 && y > 0))
		return value_int(x);
	if (x == -1)
		return value_int(y % 2 == 0 ? 1 : -1);
	for (; y > 0; y--)
		if (__builtin_mul_overflow(r, x, &r))
			return overflow(e);
	return eval_step(e, POW_STEPS) ? value_int(r) : VALUE_NIL;
}

static struct value int_op(struct eval *e, enum node_op op, int64_t x,
			   int64_t y)
{
	int64_t r;
	bool over;
	switch (op) {
	case OP_ADD: over = __builtin_add_overflow(x, y, &r); break;
	case OP_SUB: over = __builtin_sub_overflow(x, y, &r); break;
	case OP_MUL: over = __builtin_mul_overflow(x, y, &r); break;
	case OP_POW: return power(e, x, y);
	default: return floor_divide(e, op, x, y);
	}
	return over ? overflow(e) : value_int(r);
}

static struct value float_divide(struct eval *e, enum node_op op, double x,
				 double y)
{
	/* It is done bit by bit, but of 0 and what is not finite. */
	bool has_bits = x != 0 && isfinite(x) && isfinite(y);
	int bits = has_bits ? ilogb(x) - ilogb(y) : 0;
	if (!eval_step(e, 2 + (uint64_t)(bits > 0 ? bits / FMOD_BITS : 0)))
		return VALUE_NIL;
	double mod = fmod(x, y), div = (x - mod) / y, whole = floor(div);
	if (mod != 0 && (mod < 0) != (y < 0)) {
		mod += y;
		whole = floor(div -= 1);
	}
	if (op == OP_MOD)
		return value_float(mod != 0 ? mod : copysign(0, y));
	if (div == 0)
		return value_float(copysign(0, x / y));
	/* But for rounding it is an integer. */
	return value_float(div - whole > 0.5 ? whole + 1 : whole);
}

static struct value float_op(struct eval *e, enum node_op op, double x,
			     double y)
{
	if (y == 0 && (op == OP_DIV || op == OP_FLOOR_DIV || op == OP_MOD))
		return eval_error(e, op == OP_DIV   ? "float division by zero"
				     : op == OP_MOD ? "float modulo"
						    : "float floor division by "
						      "zero");
	switch (op) {
	case OP_FLOOR_DIV:
	case OP_MOD: return float_divide(e, op, x, y);
	case OP_ADD: return value_float(x + y);
	case OP_SUB: return value_float(x - y);
	case OP_MUL: return value_float(x * y);
	case OP_DIV: return value_float(x / y);
	default:
		return eval_step(e, POW_STEPS) ? value_float(pow(x, y))
					       : VALUE_NIL;
	}
}

static bool is_sequence(struct value v)
{
	return v.type == VALUE_STRING || v.type == VALUE_LIST ||
	       v.type == VALUE_TUPLE;
}

struct value eval_binary(struct eval *e, enum node_op op, struct value a,
			 struct value b)
{
	int64_t i, k;
	double x, y;
	if (eval_failed(e))
		return VALUE_NIL;
	if (op == OP_MOD && a.type == VALUE_STRING)
		return format_percent(e, a, b);
	if (value_integer(a, &i) && value_integer(b, &k))
		return int_op(e, op, i, k);
	if (value_number(a, &x) && value_number(b, &y))
		return float_op(e, op, x, y);
	if (op == OP_ADD && a.type == b.type && a.type == VALUE_STRING)
		return join_two(e, a, b);
	if (op == OP_ADD && a.type == b.type && is_sequence(a))
		return join_lists(e, a, b);
	if (op == OP_MUL && is_sequence(a) && value_integer(b, &i))
		return repeat(e, a, i);
	if (op == OP_MUL && is_sequence(b) && value_integer(a, &i))
		return repeat(e, b, i);
	return mismatch(e, op, a, b);
}

struct value eval_negate(struct eval *e, struct value v, bool negate)
{
	int64_t i;
	if (v.type == VALUE_FLOAT)
		return value_float(negate ? -v.f : v.f);
	if (value_integer(v, &i))
		return negate && i == INT64_MIN ? overflow(e)
						: value_int(negate ? -i : i);
	if (v.type == VALUE_UNDEFINED)
		return eval_use_undefined(e, v);
	if (v.type == VALUE_BIG)
		return overflow(e);
	return eval_error(e, "bad operand type for unary %s: '%s'",
			  negate ? "-" : "+", value_type_name(v));
}

/* Comparisons and membership. */
#include <string.h>

#include "common/template/eval.h"

bool eval_equal(struct eval *e, struct value a, struct value b)
{
	bool equal = value_equal(a, b, EVAL_VALUE_DEPTH, &e->steps);
	return eval_step(e, 1) && equal;
}

static int text_order(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;
	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static bool items_order(struct eval *e, enum node_op op, struct value a,
			struct value b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	for (size_t i = 0; i < n && !eval_failed(e); i++)
		if (!eval_equal(e, a.item[i], b.item[i]))
			return eval_compare(e, op, a.item[i], b.item[i]);
	return eval_compare(e, op, value_int(a.n), value_int(b.n));
}

static bool holds(enum node_op op, int order)
{
	switch (op) {
	case OP_LT: return order < 0;
	case OP_LE: return order <= 0;
	case OP_GT: return order > 0;
	default: return order >= 0;
	}
}

static bool ordered(struct eval *e, enum node_op op, struct value a,
		    struct value b)
{
	static const char *const text[] = {
		[OP_LT] = "<", [OP_LE] = "<=", [OP_GT] = ">", [OP_GE] = ">="};
	double x, y;
	if (a.type == VALUE_INT && b.type == VALUE_INT)
		return holds(op, (a.i > b.i) - (a.i < b.i));
	if (value_number(a, &x) && value_number(b, &y))
		return x == x && y == y && holds(op, (x > y) - (x < y));
	if (a.type == VALUE_STRING && b.type == VALUE_STRING)
		return eval_step(e,
				 (a.n < b.n ? a.n : b.n) / EVAL_BULK_BYTES) &&
		       holds(op, text_order(value_slice(a), value_slice(b)));
	if ((a.type == VALUE_LIST || a.type == VALUE_TUPLE) &&
	    a.type == b.type) {
		if (e->depth >= EVAL_VALUE_DEPTH * 4) {
			eval_fail(e, ERR_LIMIT, "values are nested too deep");
			return false;
		}
		e->depth++;
		bool result = items_order(e, op, a, b);
		e->depth--;
		return result;
	}
	if (a.type == VALUE_UNDEFINED || b.type == VALUE_UNDEFINED)
		eval_use_undefined(e, a.type == VALUE_UNDEFINED ? a : b);
	else if (a.type == VALUE_BIG || b.type == VALUE_BIG)
		eval_fail(e, ERR_UNSUPPORTED, "comparing ints over 64 bits");
	else
		eval_error(e,
			   "'%s' not supported between instances of '%s' and "
			   "'%s'",
			   text[op], value_type_name(a), value_type_name(b));
	return false;
}

static bool contains(struct eval *e, struct value in, struct value what)
{
	const struct value *item;
	size_t n;
	if (in.type == VALUE_STRING && what.type != VALUE_STRING) {
		eval_error(e,
			   "'in <string>' requires string as left operand, "
			   "not %s",
			   value_type_name(what));
		return false;
	}
	if (in.type == VALUE_STRING)
		return eval_find(e, value_slice(in), value_slice(what)) != NULL;
	if (in.type == VALUE_DICT && !value_hashable(what)) {
		eval_error(e, "unhashable type: '%s'", value_type_name(what));
		return false;
	}
	if (in.type == VALUE_DICT)
		return eval_step(e, 2) && eval_get(e, in.dict, what) != NULL;
	if (in.type == VALUE_NONE || value_number(in, &(double){0}) ||
	    in.type == VALUE_NAMESPACE) {
		eval_error(e, "argument of type '%s' is not iterable",
			   value_type_name(in));
		return false;
	}
	if (!eval_items(e, in, &item, &n))
		return false;
	for (size_t i = 0; i < n && !eval_failed(e); i++)
		if (eval_equal(e, item[i], what))
			return true;
	return false;
}

bool eval_compare(struct eval *e, enum node_op op, struct value a,
		  struct value b)
{
	if (eval_failed(e))
		return false;
	switch (op) {
	case OP_EQ: return eval_equal(e, a, b);
	case OP_NE: return !eval_equal(e, a, b);
	case OP_IN: return contains(e, b, a);
	case OP_NOT_IN: return !contains(e, b, a);
	default: return ordered(e, op, a, b);
	}
}

bool eval_less(struct eval *e, struct value a, struct value b)
{
	return eval_compare(e, OP_LT, a, b);
}

/* Python's equality. */
#include <string.h>

#include "common/template/value.h"

static bool items_equal(const struct value *a, const struct value *b, size_t n,
			unsigned depth, uint64_t *steps)
{
	for (size_t i = 0; i < n; i++)
		if (!value_equal(a[i], b[i], depth, steps))
			return false;
	return true;
}

static bool take(uint64_t *steps, uint64_t n)
{
	*steps = *steps > n ? *steps - n : 0;
	return *steps > 0;
}

static bool dicts_equal(const struct dict *a, const struct dict *b,
			unsigned depth, uint64_t *steps)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!take(steps, 3 + a->entry[i].key.n / 64))
			return false;
		struct value *with = dict_find(b, a->entry[i].key);
		if (!with ||
		    !value_equal(a->entry[i].value, *with, depth, steps))
			return false;
	}
	return true;
}

bool value_equal(struct value a, struct value b, unsigned depth,
		 uint64_t *steps)
{
	double x, y;
	if (depth == 0 || !take(steps, 1))
		return false;
	if (a.type == VALUE_INT && b.type == VALUE_INT)
		return a.i == b.i;
	if (value_number(a, &x) && value_number(b, &y))
		return x == y;
	if (a.type != b.type)
		return false;
	switch ((enum value_type)a.type) {
	case VALUE_UNDEFINED:
	case VALUE_NONE: return true;
	case VALUE_STRING:
	case VALUE_BIG:
		return a.n == b.n && take(steps, 1 + a.n / 256) &&
		       memcmp(a.s, b.s, a.n) == 0;
	case VALUE_LIST:
	case VALUE_TUPLE:
		return a.n == b.n &&
		       items_equal(a.item, b.item, a.n, depth - 1, steps);
	case VALUE_DICT: return dicts_equal(a.dict, b.dict, depth - 1, steps);
	case VALUE_SEQ:
		if (a.seq->kind == SEQ_RANGE && b.seq->kind == SEQ_RANGE)
			return a.n == b.n &&
			       items_equal(seq_items(&a), seq_items(&b), a.n,
					   depth - 1, steps);
		return a.seq == b.seq;
	case VALUE_FUNCTION: return a.i == b.i;
	default: return a.dict == b.dict;
	}
}

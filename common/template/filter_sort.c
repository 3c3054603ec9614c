/* Filters that compare items with one another. */
#include <string.h>

#include "common/template/filter.h"
#include "common/template/unicode.h"

#define MAKE_STEPS 4 /* of any of these, however short */

/* What sort() compares are lists of keys, of which equal ones are never
 * asked for their order; the other filters compare keys themselves. */
struct keyed {
	bool listed;
	struct value *key; /* of several attributes: one after another */
	size_t n_keys;
	struct value item;
};

static struct value folded(struct eval *e, struct value v, bool sensitive)
{
	static const struct args none;
	return sensitive || v.type != VALUE_STRING
		       ? v
		       : filter_lower(e, v, NULL, &none);
}

static bool is_less(struct eval *e, const struct keyed *a,
		    const struct keyed *b)
{
	for (size_t i = 0; i < a->n_keys; i++)
		if (!a->listed || !eval_equal(e, a->key[i], b->key[i]))
			return eval_less(e, a->key[i], b->key[i]);
	return false;
}

/* Stable; each item is moved past those that it is less than, reversed:
 * those that are less than it. */
static void merge(struct eval *e, struct keyed *from, struct keyed *to,
		  size_t mid, size_t n, bool reverse)
{
	size_t a = 0, b = mid, out = 0;
	/* Items are moved there and back, and compared by calls. */
	if (!eval_step(e, 1 + n / 2))
		return;
	while (a < mid && b < n && eval_step(e, 2)) {
		bool second = reverse ? is_less(e, &from[a], &from[b])
				      : is_less(e, &from[b], &from[a]);
		to[out++] = second ? from[b++] : from[a++];
	}
	memcpy(to + out, from + a, (mid - a) * sizeof(*from));
	out += mid - a;
	memcpy(to + out, from + b, (n - b) * sizeof(*from));
	memcpy(from, to, n * sizeof(*from));
}

static void sort_keyed(struct eval *e, struct keyed *v, struct keyed *spare,
		       size_t n, bool reverse)
{
	if (n < 2 || eval_failed(e))
		return;
	size_t mid = n / 2;
	sort_keyed(e, v, spare, mid, reverse);
	sort_keyed(e, v + mid, spare, n - mid, reverse);
	if (!eval_failed(e))
		merge(e, v, spare, mid, n, reverse);
}

static size_t count_paths(struct value path)
{
	size_t n = 1;
	for (uint32_t i = 0; path.type == VALUE_STRING && i < path.n; i++)
		n += path.s[i] == ',';
	return n;
}

/* The keys of an item: of each attribute in "a,b.c", or itself. */
static void make_keys(struct eval *e, struct keyed *k, struct value item,
		      struct value path, bool sensitive, bool listed)
{
	k->item = item;
	k->listed = listed;
	bool whole = !arg_given(path) || path.type == VALUE_NONE;
	if (!eval_step(e, whole ? 0 : 1 + path.n / EVAL_WALK_BYTES))
		return;
	k->n_keys = whole ? 1 : count_paths(path);
	k->key = eval_array(e, k->n_keys);
	if (!k->key || !eval_step(e, k->n_keys))
		return;
	struct slice rest = path.type == VALUE_STRING && !whole
				    ? value_slice(path)
				    : (struct slice){"", 0};
	for (size_t i = 0; i < k->n_keys; i++) {
		struct value v = item;
		if (!whole)
			v = path.type == VALUE_STRING
				    ? eval_path(e, item,
						value_string(slice_split(&rest,
									 ',')))
				    : eval_item(e, item, path);
		k->key[i] = folded(e, v, sensitive);
	}
}

static struct keyed *keyed_items(struct eval *e, struct value in,
				 struct value path, bool sensitive, bool listed,
				 size_t *n)
{
	const struct value *item;
	if (!eval_items(e, in, &item, n))
		return NULL;
	if (!eval_step(e, MAKE_STEPS))
		return NULL;
	struct keyed *v = eval_alloc(e, *n * 2 * sizeof(*v));
	for (size_t i = 0; v && i < *n && eval_step(e, 1); i++)
		make_keys(e, &v[i], item[i], path, sensitive, listed);
	return eval_failed(e) ? NULL : v;
}

static struct value items_of(struct eval *e, const struct keyed *v, size_t n)
{
	struct value *item = eval_array(e, n);
	for (size_t i = 0; item && i < n; i++)
		item[i] = v[i].item;
	return value_items(VALUE_LIST, item, item ? n : 0);
}

FILTER(filter_sort)
{
	size_t n;
	(void)raw;
	struct keyed *v = keyed_items(e, in, arg[2], arg_true(arg[1], false),
				      true, &n);
	if (!v)
		return VALUE_NIL;
	sort_keyed(e, v, v + n, n, arg_true(arg[0], false));
	return items_of(e, v, n);
}

FILTER(filter_dictsort)
{
	(void)raw;
	bool by_value = arg_given(arg[1]) && value_is(arg[1], "value");
	if (arg_given(arg[1]) && !by_value && !value_is(arg[1], "key"))
		return eval_error(e, "You can only sort by either \"key\" or "
				     "\"value\"");
	if (in.type == VALUE_UNDEFINED)
		return eval_use_undefined(e, in);
	if (in.type != VALUE_DICT)
		return eval_error(e, "'%s' object has no attribute 'items'",
				  value_type_name(in));
	size_t n = in.dict->n;
	struct value *pair = pairs_of(e, in.dict);
	struct keyed *v = eval_alloc(e, n * 2 * sizeof(*v));
	struct value *key = eval_array(e, n);
	eval_step(e, n);
	for (size_t i = 0; pair && v && key && i < n; i++) {
		key[i] = folded(e, pair[i].item[by_value],
				arg_true(arg[0], false));
		v[i] = (struct keyed){false, &key[i], 1, pair[i]};
	}
	if (eval_failed(e))
		return VALUE_NIL;
	sort_keyed(e, v, v + n, n, arg_true(arg[2], false));
	return items_of(e, v, n);
}

FILTER(filter_unique)
{
	const struct value *item;
	size_t n, kept = 0;
	(void)raw;
	if (!eval_items(e, in, &item, &n))
		return VALUE_NIL;
	if (!eval_step(e, MAKE_STEPS))
		return VALUE_NIL;
	struct value seen = eval_dict(e);
	struct value *v = eval_array(e, n);
	for (size_t i = 0; v && seen.dict && i < n && eval_step(e, 1); i++) {
		struct value key = item[i];
		if (arg_given(arg[1]) && arg[1].type != VALUE_NONE)
			key = eval_path(e, key, arg[1]);
		key = folded(e, key, arg_true(arg[0], false));
		if (!value_hashable(key))
			return eval_error(e, "unhashable type: '%s'",
					  value_type_name(key));
		uint32_t before = seen.dict->n;
		if (eval_set(e, seen.dict, key, value_none()) &&
		    seen.dict->n > before)
			v[kept++] = item[i];
	}
	if (!eval_count_bytes(e, sizeof(struct seq) + kept * sizeof(*v)) ||
	    eval_failed(e))
		return VALUE_NIL;
	return value_seq(e->arena, SEQ_GENERATOR, v, kept);
}

static struct value extreme(struct eval *e, struct value in,
			    const struct value *arg, bool max)
{
	size_t n, best = 0;
	struct keyed *v = keyed_items(e, in, arg[1], arg_true(arg[0], false),
				      false, &n);
	if (!v)
		return VALUE_NIL;
	if (n == 0)
		return eval_undefined(
			e, SLICE("No aggregated item, sequence was empty."));
	for (size_t i = 1; i < n && eval_step(e, 1); i++)
		if (max ? is_less(e, &v[best], &v[i])
			: is_less(e, &v[i], &v[best]))
			best = i;
	return v[best].item;
}

FILTER(filter_min)
{
	(void)raw;
	return extreme(e, in, arg, false);
}

FILTER(filter_max)
{
	(void)raw;
	return extreme(e, in, arg, true);
}

FILTER(filter_sum)
{
	const struct value *item;
	size_t n;
	(void)raw;
	struct value total = arg_given(arg[1]) ? arg[1] : value_int(0);
	if (!eval_items(e, in, &item, &n))
		return VALUE_NIL;
	if (total.type == VALUE_STRING)
		return eval_error(e, "sum() can't sum strings");
	for (size_t i = 0; i < n && eval_step(e, 1); i++) {
		struct value v = item[i];
		if (arg_given(arg[0]) && arg[0].type != VALUE_NONE)
			v = eval_path(e, v, arg[0]);
		total = eval_binary(e, OP_ADD, total, v);
	}
	return total;
}

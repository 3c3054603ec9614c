#include "common/template/method.h"

#include <string.h>

#include "common/template/filter.h"

#define METHOD(name)                                                           \
	static struct value name(struct eval *e, struct value of,              \
				 const struct value *arg,                      \
				 const struct args *raw)

METHOD(dict_get)
{
	(void)raw;
	if (!arg_given(arg[0]))
		return eval_error(e, "get expected at least 1 argument, got 0");
	if (!value_hashable(arg[0]))
		return eval_error(e, "unhashable type: '%s'",
				  value_type_name(arg[0]));
	struct value *v = eval_get(e, of.dict, arg[0]);
	if (v)
		return *v;
	return arg_given(arg[1]) ? arg[1] : value_none();
}

static struct value view(struct eval *e, enum seq_kind kind,
			 const struct value *item, uint32_t n)
{
	if (!item ||
	    !eval_count_bytes(e, sizeof(struct seq) + n * sizeof(*item)))
		return VALUE_NIL;
	return value_seq(e->arena, kind, item, n);
}

METHOD(dict_items)
{
	(void)arg, (void)raw;
	return view(e, SEQ_ITEMS, pairs_of(e, of.dict), of.dict->n);
}

METHOD(dict_keys)
{
	const struct value *item = NULL;
	size_t n;
	(void)arg, (void)raw;
	return eval_items(e, of, &item, &n)
		       ? view(e, SEQ_KEYS, item, (uint32_t)n)
		       : VALUE_NIL;
}

METHOD(dict_values)
{
	struct value *item = eval_array(e, of.dict->n);
	(void)arg, (void)raw;
	for (uint32_t i = 0; item && i < of.dict->n; i++)
		item[i] = of.dict->entry[i].value;
	return view(e, SEQ_VALUES, item, of.dict->n);
}

METHOD(dict_copy)
{
	(void)arg, (void)raw;
	struct value d = eval_dict(e);
	for (uint32_t i = 0; i < of.dict->n && !eval_failed(e); i++)
		eval_set(e, d.dict, of.dict->entry[i].key,
			 of.dict->entry[i].value);
	return d;
}

METHOD(list_index)
{
	(void)raw;
	if (!arg_given(arg[0]))
		return eval_error(e, "index expected at least 1 argument, "
				     "got 0");
	for (uint32_t i = 0; i < of.n && !eval_failed(e); i++)
		if (eval_equal(e, of.item[i], arg[0]))
			return value_int(i);
	return eval_error(e, "the value is not in the list");
}

METHOD(list_count)
{
	int64_t n = 0;
	(void)raw;
	for (uint32_t i = 0; i < of.n && arg_given(arg[0]) && !eval_failed(e);
	     i++)
		n += eval_equal(e, of.item[i], arg[0]);
	return value_int(n);
}

METHOD(list_copy)
{
	(void)e, (void)arg, (void)raw;
	return of;
}

/* What changes its object, which the sandbox forbids: known by name, so
 * that it fails where Python's does. */
static const struct method_row of_dict[] = {
	{"get", "key default", dict_get},
	{"items", "", dict_items},
	{"keys", "", dict_keys},
	{"values", "", dict_values},
	{"copy", "", dict_copy},
	{"fromkeys", NULL, NULL},
	{0},
};

static const char *const unsafe_of_dict[] = {"clear",      "pop",    "popitem",
					     "setdefault", "update", NULL};

static const struct method_row of_list[] = {
	{"index", "value", list_index}, {"count", "value", list_count},
	{"copy", "", list_copy},        {"pop", NULL, NULL},
	{"clear", NULL, NULL},          {0},
};

static const char *const unsafe_of_list[] = {
	"append", "reverse", "insert", "sort", "extend", "remove", NULL};

static const struct method_row of_tuple[] = {
	{"index", "value", list_index},
	{"count", "value", list_count},
	{0},
};

static const struct method_row of_number[] = {
	{"real", NULL, NULL},
	{"imag", NULL, NULL},
	{"conjugate", NULL, NULL},
	{"as_integer_ratio", NULL, NULL},
	{0},
};

static const struct method_row of_nothing[] = {{0}};

static const struct method_row *rows_of(struct value of,
					const char *const **unsafe)
{
	static const char *const none[] = {NULL};
	*unsafe = none;
	switch ((enum value_type)of.type) {
	case VALUE_STRING: return method_text;
	case VALUE_TUPLE: return of_tuple;
	case VALUE_DICT: *unsafe = unsafe_of_dict; return of_dict;
	case VALUE_LIST: *unsafe = unsafe_of_list; return of_list;
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_BIG:
	case VALUE_FLOAT: return of_number;
	default: return of_nothing;
	}
}

const struct method_row *method_find(struct value of, struct slice name,
				     bool *unsafe)
{
	const char *const *forbidden;
	const struct method_row *row = rows_of(of, &forbidden);
	/* What begins so is Python's own. */
	if (slice_starts(name, SLICE("__")) && name.n > 4) {
		static const char *const own[] = {"__class__", "__len__",
						  "__init__",  "__doc__",
						  "__dict__",  NULL};
		forbidden = own;
	}
	for (; *forbidden; forbidden++)
		if (slice_is(name, *forbidden)) {
			*unsafe = true;
			return NULL;
		}
	for (; row->name; row++)
		if (slice_is(name, row->name))
			return row;
	return NULL;
}

struct value method_call(struct eval *e, const struct method *m,
			 const struct args *args)
{
	struct value arg[8];
	/* Its name was looked for, and arguments are bound. */
	if (!eval_step(e, 3))
		return VALUE_NIL;
	if (m->of.type == VALUE_LOOP)
		return loop_call(e, m->of.loop, m->name, args);
	if (!m->row->run)
		return eval_fail(e, ERR_UNSUPPORTED, "%s.%s() is not supported",
				 value_type_name(m->of), m->row->name);
	if (m->row->parameters &&
	    !eval_bind_args(e, m->row->name, m->row->parameters, args, arg))
		return VALUE_NIL;
	return m->row->run(e, m->of, arg, args);
}

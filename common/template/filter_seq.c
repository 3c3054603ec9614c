/* Filters over sequences. Those that are lazy in Python give generators,
 * made at once: nothing they could see changes in between. */
#include <string.h>

#include "common/template/filter.h"
#include "common/template/test.h"

/* Looking one of them up by its name. */
#define FIND_STEPS 4
/* Making a generator, however short. */
#define MAKE_STEPS 5

FILTER(filter_length)
{
	size_t n;
	(void)arg, (void)raw;
	return eval_length(e, in, &n) ? value_int((int64_t)n) : VALUE_NIL;
}

static struct value empty(struct eval *e, const char *sentence)
{
	struct undefined *u = eval_alloc(e, sizeof(*u));
	if (!u)
		return VALUE_NIL;
	*u = (struct undefined){.reason = sentence};
	return (struct value){.type = VALUE_UNDEFINED, .why = u};
}

FILTER(filter_first)
{
	const struct value *item;
	size_t n;
	(void)arg, (void)raw;
	if (in.type == VALUE_STRING && in.n > 0) {
		struct value v = eval_item(e, in, value_int(0));
		v.markup = false;
		return v;
	}
	if (!eval_items(e, in, &item, &n))
		return VALUE_NIL;
	return n ? item[0] : empty(e, "No first item, sequence was empty.");
}

FILTER(filter_last)
{
	const struct value *item;
	size_t n;
	(void)arg, (void)raw;
	if (in.type == VALUE_SEQ && in.seq->kind == SEQ_GENERATOR)
		return eval_error(e, "'%s' object is not reversible",
				  in.seq->type);
	if (in.type == VALUE_STRING && in.n > 0)
		return eval_item(e, in, value_int(-1));
	if (!eval_items(e, in, &item, &n))
		return VALUE_NIL;
	return n ? item[n - 1] : empty(e, "No last item, sequence was empty.");
}

FILTER(filter_list)
{
	const struct value *item;
	size_t n;
	(void)arg, (void)raw;
	return eval_items(e, in, &item, &n) ? value_items(VALUE_LIST, item, n)
					    : VALUE_NIL;
}

static struct value generator(struct eval *e, const struct value *item,
			      size_t n)
{
	if (!eval_step(e, MAKE_STEPS) ||
	    !eval_count_bytes(e, sizeof(struct seq) + n * sizeof(*item)))
		return VALUE_NIL;
	return value_seq(e->arena, SEQ_GENERATOR, item, n);
}

struct value *pairs_of(struct eval *e, const struct dict *d)
{
	struct value *pair = eval_array(e, (size_t)d->n * 3);
	eval_step(e, d->n / EVAL_WALK_BYTES);
	for (uint32_t i = 0; pair && i < d->n; i++) {
		struct value *two = pair + d->n + (size_t)2 * i;
		two[0] = d->entry[i].key;
		two[1] = d->entry[i].value;
		pair[i] = value_items(VALUE_TUPLE, two, 2);
	}
	return pair;
}

FILTER(filter_items)
{
	(void)arg, (void)raw;
	if (in.type == VALUE_UNDEFINED)
		return generator(e, NULL, 0);
	if (in.type != VALUE_DICT)
		return eval_error(e, "Can only get item pairs from a mapping.");
	struct value *pair = pairs_of(e, in.dict);
	return pair ? generator(e, pair, in.dict->n) : VALUE_NIL;
}

FILTER(filter_reverse)
{
	const struct value *item;
	size_t n;
	(void)arg, (void)raw;
	if (in.type == VALUE_STRING)
		return eval_slice(e, in, value_none(), value_none(),
				  value_int(-1));
	if (!eval_items(e, in, &item, &n))
		return VALUE_NIL;
	struct value *v = eval_array(e, n);
	for (size_t i = 0; v && i < n; i++)
		v[i] = item[n - 1 - i];
	struct value out = v ? generator(e, v, n) : VALUE_NIL;
	if (out.type == VALUE_SEQ)
		out.seq->type = in.type == VALUE_LIST ? "list_reverseiterator"
						      : "reversed";
	return out;
}

/* map(attribute=..., default=...), or map(filter, arguments...). */
struct mapping {
	const struct filter *filter;
	struct args args;
	struct value attribute, otherwise;
};

static bool mapping_read(struct eval *e, const struct args *raw,
			 struct mapping *m)
{
	*m = (struct mapping){.attribute.type = EVAL_UNSET,
			      .otherwise.type = EVAL_UNSET};
	if (raw->n == 0) {
		for (uint32_t i = 0; i < raw->n_kw; i++) {
			bool is_default = slice_equal(raw->kw[i].name,
						      SLICE("default"));
			*(is_default ? &m->otherwise
				     : &m->attribute) = raw->kw[i].value;
		}
		if (!arg_given(m->attribute))
			eval_error(e, "map requires a filter argument");
		return !eval_failed(e);
	}
	struct value name = raw->v[0];
	eval_step(e, FIND_STEPS);
	if (name.type == VALUE_STRING)
		m->filter = filter_find(value_slice(name));
	if (!m->filter) {
		eval_error(e, "No filter named '%.*s'.",
			   name.type == VALUE_STRING
				   ? (int)(name.n > 100 ? 100 : name.n)
				   : 0,
			   name.type == VALUE_STRING ? name.s : "");
		return false;
	}
	m->args = *raw;
	m->args.v++;
	m->args.n--;
	return true;
}

FILTER(filter_map)
{
	const struct value *item;
	struct mapping m;
	size_t n;
	(void)arg;
	if (!value_true(in))
		return generator(e, NULL, 0);
	if (!mapping_read(e, raw, &m) || !eval_items(e, in, &item, &n))
		return VALUE_NIL;
	struct value *v = eval_array(e, n);
	for (size_t i = 0; v && i < n && eval_step(e, 3); i++) {
		if (m.filter)
			v[i] = filter_run(e, m.filter, item[i], &m.args);
		else
			v[i] = eval_path(e, item[i], m.attribute);
		if (v[i].type == VALUE_UNDEFINED && !m.filter &&
		    arg_given(m.otherwise))
			v[i] = m.otherwise;
	}
	return v ? generator(e, v, n) : VALUE_NIL;
}

/* The four that keep or drop: by a test's name and its arguments, or by
 * truth. */
static struct value choose(struct eval *e, struct value in,
			   const struct args *raw, bool by_attribute, bool keep)
{
	const struct value *item;
	const struct test *t = NULL;
	struct args rest = *raw;
	size_t n, kept = 0;
	/* What is false is not even asked for its items. */
	if (!value_true(in))
		return generator(e, NULL, 0);
	if (by_attribute && raw->n == 0)
		return eval_error(e, "Missing parameter for attribute name");
	if (by_attribute) {
		rest.v++;
		rest.n--;
	}
	if (rest.n > 0) {
		eval_step(e, FIND_STEPS);
		if (rest.v[0].type == VALUE_STRING)
			t = test_find(value_slice(rest.v[0]));
		if (!t)
			return eval_error(e, "No test of this name.");
		rest.v++;
		rest.n--;
	}
	if (!eval_items(e, in, &item, &n))
		return VALUE_NIL;
	struct value *v = eval_array(e, n);
	for (size_t i = 0; v && i < n && eval_step(e, 1); i++) {
		struct value seen = by_attribute
					    ? eval_path(e, item[i], raw->v[0])
					    : item[i];
		bool holds = t ? test_run(e, t, seen, &rest) : value_true(seen);
		if (holds == keep)
			v[kept++] = item[i];
	}
	return v ? generator(e, v, kept) : VALUE_NIL;
}

FILTER(filter_select)
{
	(void)arg;
	return choose(e, in, raw, false, true);
}

FILTER(filter_reject)
{
	(void)arg;
	return choose(e, in, raw, false, false);
}

FILTER(filter_selectattr)
{
	(void)arg;
	return choose(e, in, raw, true, true);
}

FILTER(filter_rejectattr)
{
	(void)arg;
	return choose(e, in, raw, true, false);
}

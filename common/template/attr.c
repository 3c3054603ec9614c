/* Attributes, elements and slices: a dict's method hides a key of its name
 * behind a dot, and neither finding anything is undefined, not a fault. */
#include <string.h>

#include "common/template/eval.h"
#include "common/template/unicode.h"

#define TEXT_NEAR         64 /* characters */
#define TEXT_METHOD_STEPS 3  /* of looking up one of a text's many */
#define STRIDE_STEPS      4  /* of a slice with a step, however short */

static struct value undefined(struct eval *e, struct undefined why)
{
	struct undefined *u = eval_alloc(e, sizeof(*u));
	if (!u || !eval_step(e, 1))
		return VALUE_NIL;
	*u = why;
	return (struct value){.type = VALUE_UNDEFINED, .why = u};
}

struct value eval_undefined(struct eval *e, struct slice name)
{
	return undefined(e, (struct undefined){.name = name});
}

static struct value missing(struct eval *e, struct value of, struct slice name)
{
	return undefined(e, (struct undefined){.name = name,
					       .type = value_type_name(of)});
}

static struct value missing_element(struct eval *e, struct value of,
				    struct value key)
{
	if (key.type == VALUE_STRING)
		return missing(e, of, value_slice(key));
	repr_put(e, &e->scratch, key, EVAL_VALUE_DEPTH);
	struct value text = eval_take(e);
	if (eval_failed(e))
		return VALUE_NIL;
	return undefined(e, (struct undefined){.name = value_slice(text),
					       .type = value_type_name(of),
					       .element = true});
}

/* What getattr() finds; EVAL_UNSET if nothing. */
static struct value own_attr(struct eval *e, struct value of, struct slice name)
{
	bool unsafe = false;
	struct value unset = {.type = EVAL_UNSET};
	if (of.type == VALUE_NAMESPACE) {
		struct value *v = dict_find_text(of.dict, name);
		if (eval_noting(e))
			passes_note_attr(e, of.dict, name);
		return v ? *v : unset;
	}
	if (of.type == VALUE_LOOP) {
		if (eval_noting(e))
			passes_note_loop(e, of.loop, name);
		return loop_attr(e, of.loop, name);
	}
	if (of.type == VALUE_MACRO && slice_equal(name, SLICE("name")))
		return value_string(of.macro->node->text);
	if (!eval_step(e, of.type == VALUE_STRING ? TEXT_METHOD_STEPS : 1))
		return unset;
	const struct method_row *row = method_find(of, name, &unsafe);
	if (unsafe)
		return undefined(e,
				 (struct undefined){.name = name,
						    .type = value_type_name(of),
						    .unsafe = true});
	if (!row)
		return unset;
	struct method *m = eval_alloc(e, sizeof(*m));
	if (!m)
		return VALUE_NIL;
	*m = (struct method){of, name, row};
	return (struct value){
		.type = VALUE_METHOD, .told = of.told, .method = m};
}

struct value eval_attr(struct eval *e, struct value of, struct slice name)
{
	if (of.type == VALUE_UNDEFINED)
		return eval_use_undefined(e, of);
	struct value v = own_attr(e, of, name);
	if (v.type != EVAL_UNSET)
		return v;
	struct value *found = of.type == VALUE_DICT
				      ? dict_find_text(of.dict, name)
				      : NULL;
	return found ? *found : missing(e, of, name);
}

/* From the start no more is looked at than lies before it. */
static bool text_at(struct eval *e, struct value of, int64_t at,
		    struct value *out)
{
	struct slice s = value_slice(of);
	if (at < 0)
		at += (int64_t)eval_text_length(e, s);
	if (at < 0 || eval_failed(e))
		return false;
	size_t from = at < TEXT_NEAR ? text_offset(s, (size_t)at)
				     : eval_text_offset(e, s, (size_t)at);
	if (from >= s.n)
		return false;
	struct slice rest = slice_from(s, from);
	*out = value_string((struct slice){rest.p, text_offset(rest, 1)});
	out->markup = of.markup;
	return true;
}

static bool nth(struct eval *e, struct value of, int64_t at, struct value *out)
{
	size_t n;
	if (of.type == VALUE_SEQ && of.seq->kind != SEQ_RANGE)
		return false;
	if (of.type == VALUE_STRING)
		return text_at(e, of, at, out);
	if (!eval_length(e, of, &n))
		return false;
	if (at < 0)
		at += (int64_t)n;
	if (at < 0 || at >= (int64_t)n)
		return false;
	*out = (of.type == VALUE_SEQ ? seq_items(&of) : of.item)[at];
	return true;
}

struct value eval_item(struct eval *e, struct value of, struct value key)
{
	struct value v;
	int64_t at;
	if (of.type == VALUE_UNDEFINED)
		return eval_use_undefined(e, of);
	if (eval_failed(e))
		return VALUE_NIL;
	if (of.type == VALUE_DICT && value_hashable(key)) {
		struct value *found = eval_get(e, of.dict, key);
		if (found)
			return *found;
		if (eval_failed(e))
			return VALUE_NIL;
	}
	bool ordered = of.type == VALUE_LIST || of.type == VALUE_TUPLE ||
		       of.type == VALUE_STRING || of.type == VALUE_SEQ;
	if (ordered && value_integer(key, &at) && nth(e, of, at, &v))
		return v;
	if (key.type != VALUE_STRING)
		return missing_element(e, of, key);
	v = own_attr(e, of, value_slice(key));
	return v.type == EVAL_UNSET ? missing_element(e, of, key) : v;
}

/* Python's slice.indices(). */
static bool bounds(struct eval *e, struct value v, int64_t n, int64_t step,
		   bool start, int64_t *out)
{
	int64_t low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n;
	if (v.type == VALUE_NONE) {
		*out = start == (step > 0) ? low : high;
		return true;
	}
	if (!value_integer(v, out)) {
		eval_error(e, "slice indices must be integers or None or have "
			      "an __index__ method");
		return false;
	}
	if (*out < 0)
		*out = *out < -n ? -1 : *out + n;
	*out = *out < low ? low : *out > high ? high : *out;
	return true;
}

static struct value slice_text(struct eval *e, struct value of, int64_t start,
			       int64_t stop)
{
	struct slice s = value_slice(of);
	size_t from = eval_text_offset(e, s, (size_t)start);
	size_t to = stop > start ? eval_text_offset(e, s, (size_t)stop) : from;
	struct value v = value_string((struct slice){s.p + from, to - from});
	v.markup = of.markup;
	return v;
}

static struct value rejoin(struct eval *e, struct value of,
			   const struct value *item, size_t n)
{
	if (of.type != VALUE_STRING)
		return value_items(of.type == VALUE_TUPLE ? VALUE_TUPLE
							  : VALUE_LIST,
				   item, n);
	for (size_t i = 0; i < n; i++)
		buf_append(&e->scratch, value_slice(item[i]));
	struct value v = eval_take(e);
	v.markup = of.markup;
	return v;
}

struct value eval_slice(struct eval *e, struct value of, struct value start,
			struct value stop, struct value step)
{
	const struct value *item;
	size_t length, n;
	int64_t from, to, by = 1;
	if (of.type == VALUE_UNDEFINED)
		return eval_use_undefined(e, of);
	if (of.type != VALUE_LIST && of.type != VALUE_TUPLE &&
	    of.type != VALUE_STRING &&
	    (of.type != VALUE_SEQ || of.seq->kind != SEQ_RANGE))
		return eval_error(e,
				  of.type == VALUE_DICT
					  ? "unhashable type: 'slice'"
					  : "'%s' object is not subscriptable",
				  value_type_name(of));
	if (step.type != VALUE_NONE && !value_integer(step, &by))
		return eval_error(e, "slice indices must be integers or None "
				     "or have an __index__ method");
	if (by == 0)
		return eval_error(e, "slice step cannot be zero");
	if (!eval_length(e, of, &length) ||
	    !bounds(e, start, (int64_t)length, by, true, &from) ||
	    !bounds(e, stop, (int64_t)length, by, false, &to))
		return VALUE_NIL;
	if (of.type == VALUE_STRING && by == 1)
		return slice_text(e, of, from, to);
	if (of.type == VALUE_SEQ || of.type == VALUE_STRING) {
		if (!eval_items(e, of, &item, &n))
			return VALUE_NIL;
	} else {
		item = of.n ? of.item : &(struct value){0};
	}
	if (by == 1)
		return value_items(of.type, item + from,
				   to > from ? (size_t)(to - from) : 0);
	struct value *v = eval_array(e, length);
	size_t taken = 0;
	if (!eval_step(e, STRIDE_STEPS + length / EVAL_WALK_BYTES))
		return VALUE_NIL;
	for (int64_t at = from; v && (by > 0 ? at < to : at > to);) {
		v[taken++] = item[at];
		if (__builtin_add_overflow(at, by, &at))
			break;
	}
	if (v && by == -1 && taken == length && e->passes)
		passes_know_reversed(e->passes, of, v);
	return v ? rejoin(e, of, v, taken) : VALUE_NIL;
}

static struct value path_part(struct slice part)
{
	uint64_t i;
	if (part.n > 0 && slice_to_u64(part, INT64_MAX, &i) == OK)
		return value_int((int64_t)i);
	return value_string(part);
}

struct value eval_path(struct eval *e, struct value of, struct value path)
{
	if (path.type != VALUE_STRING)
		return eval_item(e, of, path);
	struct slice rest = value_slice(path);
	bool more = eval_step(e, 4 + path.n / EVAL_BULK_BYTES);
	while (more && !eval_failed(e)) {
		more = slice_find(rest, '.') < rest.n;
		struct slice part = slice_split(&rest, '.');
		of = eval_item(e, of, path_part(part));
	}
	return of;
}

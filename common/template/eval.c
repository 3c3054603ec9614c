#include "common/template/eval.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/template/search.h"
#include "common/template/unicode.h"

struct value eval_fail(struct eval *e, enum status status, const char *fmt, ...)
{
	char text[sizeof(e->err->text)];
	va_list args;
	if (e->status != OK)
		return VALUE_NIL;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	e->status = error_set(e->err, status, "%s", text);
	return VALUE_NIL;
}

struct value eval_use_undefined(struct eval *e, struct value v)
{
	const struct undefined *why = v.why;
	if (!why)
		return eval_error(e, "a value is undefined");
	if (why->reason)
		return eval_error(e, "%s", why->reason);
	if (why->unsafe)
		return eval_error(e,
				  "access to attribute '%.*s' of '%s' object "
				  "is unsafe.",
				  SLICE_ARG(why->name), why->type);
	if (!why->type)
		return eval_error(e, "'%.*s' is undefined",
				  SLICE_ARG(why->name));
	const char *type = why->type, *suffix = " object";
	if (strcmp(type, "NoneType") == 0) {
		type = "None";
		suffix = "";
	}
	if (why->element)
		return eval_error(e, "%s%s has no element %.*s", type, suffix,
				  SLICE_ARG(why->name));
	return eval_error(e, "'%s%s' has no attribute '%.*s'", type, suffix,
			  SLICE_ARG(why->name));
}

bool eval_step(struct eval *e, uint64_t n)
{
	if (LIKELY(e->steps > n)) {
		e->steps -= n;
		return e->status == OK;
	}
	e->steps = 0;
	eval_fail(e, ERR_LIMIT, "the template takes more than %llu steps",
		  (unsigned long long)e->limits->max_steps);
	return false;
}

bool eval_count_bytes(struct eval *e, size_t n)
{
	size_t before = e->bytes;
	if (n > e->limits->max_memory_bytes ||
	    e->bytes > e->limits->max_memory_bytes - n) {
		eval_fail(e, ERR_LIMIT,
			  "the template uses more than %zu bytes of memory",
			  e->limits->max_memory_bytes);
		return false;
	}
	e->bytes += n;
	size_t steps = e->bytes / EVAL_ALLOC_BYTES - before / EVAL_ALLOC_BYTES;
	return steps == 0 || eval_step(e, steps);
}

const char *eval_find(struct eval *e, struct slice in, struct slice what)
{
	const char *at = search_first(in, what, &e->steps);
	return eval_step(e, 1) ? at : NULL;
}

void *eval_alloc(struct eval *e, size_t n)
{
	return eval_count_bytes(e, n) ? arena_alloc(e->arena, n ? n : 1) : NULL;
}

struct value *eval_array(struct eval *e, size_t n)
{
	size_t bytes;
	if (size_mul(n, sizeof(struct value), &bytes) != OK)
		bytes = SIZE_MAX;
	return eval_alloc(e, bytes);
}

bool eval_put(struct eval *e, struct buf *to, struct slice s)
{
	size_t held = buf_len(to) - (to == e->out ? e->start : 0);
	if (s.n > e->limits->max_bytes || held > e->limits->max_bytes - s.n) {
		eval_fail(e, ERR_LIMIT,
			  "the template puts out more than %zu bytes",
			  e->limits->max_bytes);
		return false;
	}
	if (!eval_step(e, s.n / EVAL_BULK_BYTES))
		return false;
	buf_append(to, s);
	return true;
}

bool eval_put_blanks(struct eval *e, struct buf *to, int64_t n)
{
	static const char blanks[] = "                                ";
	for (int64_t more; n > 0 && !eval_failed(e); n -= more) {
		more = n < 32 ? n : 32;
		if (eval_step(e, 1))
			eval_put(e, to, (struct slice){blanks, (size_t)more});
	}
	return !eval_failed(e);
}

struct value eval_copy(struct eval *e, struct slice s)
{
	char *p = eval_alloc(e, s.n);
	if (!p)
		return VALUE_NIL;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return value_string((struct slice){p, s.n});
}

#define SCRATCH_KEPT (1 << 20) /* until the rendering ends */

struct value eval_take(struct eval *e)
{
	size_t n = buf_len(&e->scratch);
	if (n > SCRATCH_KEPT) /* it was asked of the kernel */
		eval_step(e, n / EVAL_ALLOC_BYTES);
	struct value v = eval_failed(e) ? VALUE_NIL
					: eval_copy(e, buf_slice(&e->scratch));
	buf_reset(&e->scratch, SCRATCH_KEPT);
	return v;
}

static bool string_items(struct eval *e, struct slice s,
			 const struct value **item, size_t *n)
{
	struct value *v = eval_array(e, s.n);
	if (!v || !eval_step(e, 2 + s.n / EVAL_WALK_BYTES))
		return false;
	*n = 0;
	*item = v;
	for (const char *p = s.p, *end = s.p + s.n; p < end;) {
		const char *from = p;
		text_next(&p, end);
		v[(*n)++] = value_string(
			(struct slice){from, (size_t)(p - from)});
	}
	return true;
}

static bool dict_items(struct eval *e, const struct dict *d,
		       const struct value **item, size_t *n)
{
	struct value *v = eval_array(e, d->n);
	if (!v || !eval_step(e, 1 + d->n / EVAL_WALK_BYTES))
		return false;
	for (size_t i = 0; i < d->n; i++)
		v[i] = d->entry[i].key;
	*item = v;
	*n = d->n;
	return true;
}

bool eval_items(struct eval *e, struct value v, const struct value **item,
		size_t *n)
{
	static const struct value none;
	switch ((enum value_type)v.type) {
	case VALUE_LIST:
	case VALUE_TUPLE:
		*item = v.n ? v.item : &none;
		*n = v.n;
		return !eval_failed(e);
	case VALUE_UNDEFINED:
		*item = &none;
		*n = 0;
		return !eval_failed(e);
	case VALUE_STRING: return string_items(e, value_slice(v), item, n);
	case VALUE_DICT: return dict_items(e, v.dict, item, n);
	case VALUE_SEQ:
		*item = seq_items(&v) + v.seq->at;
		*n = v.n - v.seq->at;
		if (v.seq->kind == SEQ_GENERATOR)
			v.seq->at = v.n;
		return !eval_failed(e);
	default:
		eval_error(e, "'%s' object is not iterable",
			   value_type_name(v));
		return false;
	}
}

bool eval_length(struct eval *e, struct value v, size_t *out)
{
	*out = v.n;
	switch ((enum value_type)v.type) {
	case VALUE_LIST:
	case VALUE_TUPLE: return true;
	case VALUE_UNDEFINED: *out = 0; return true;
	case VALUE_STRING:
		*out = eval_text_length(e, value_slice(v));
		return !eval_failed(e);
	case VALUE_DICT: *out = v.dict->n; return true;
	case VALUE_SEQ:
		if (v.seq->kind != SEQ_GENERATOR)
			return true;
		break;
	case VALUE_LOOP:
		if (eval_noting(e))
			passes_note_loop(e, v.loop, SLICE("length"));
		*out = v.loop->n;
		return true;
	default: break;
	}
	eval_error(e, "object of type '%s' has no len()", value_type_name(v));
	return false;
}

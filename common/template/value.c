#include "common/template/value.h"

#include <string.h>

#include "common/base/assert.h"

struct value value_none(void)
{
	return (struct value){.type = VALUE_NONE};
}

struct value value_bool(bool truth)
{
	return (struct value){.type = VALUE_BOOL, .i = truth};
}

struct value value_int(int64_t i)
{
	return (struct value){.type = VALUE_INT, .i = i};
}

struct value value_float(double f)
{
	return (struct value){.type = VALUE_FLOAT, .f = f};
}

struct value value_string(struct slice s)
{
	ASSERT(s.n <= UINT32_MAX);
	return (struct value){
		.type = VALUE_STRING,
		.n = (uint32_t)s.n,
		.s = s.n ? s.p : "",
	};
}

struct value value_text(const char *text)
{
	return value_string(slice_of(text));
}

struct value value_items(enum value_type type, const struct value *item,
			 size_t n)
{
	ASSERT(n <= UINT32_MAX);
	return (struct value){
		.type = (uint8_t)type,
		.n = (uint32_t)n,
		.item = item,
	};
}

struct value value_dict(struct arena *arena)
{
	struct dict *d = arena_zalloc(arena, sizeof(*d));
	d->arena = arena;
	return (struct value){.type = VALUE_DICT, .dict = d};
}

struct value value_seq_of(struct arena *arena, enum seq_kind kind, size_t n)
{
	ASSERT(n <= UINT32_MAX);
	struct seq *s = arena_alloc(arena,
				    sizeof(*s) + n * sizeof(struct value));
	*s = (struct seq){.kind = kind, .type = "generator"};
	return (struct value){
		.type = VALUE_SEQ,
		.n = (uint32_t)n,
		.seq = s,
	};
}

struct value value_seq(struct arena *arena, enum seq_kind kind,
		       const struct value *item, size_t n)
{
	struct value v = value_seq_of(arena, kind, n);
	if (n > 0)
		memcpy(seq_items(&v), item, n * sizeof(*item));
	return v;
}

struct value *seq_items(const struct value *v)
{
	return (struct value *)(v->seq + 1);
}

struct slice value_slice(struct value v)
{
	return (struct slice){v.s, v.n};
}

bool value_is(struct value v, const char *text)
{
	return v.type == VALUE_STRING &&
	       slice_equal(value_slice(v), slice_of(text));
}

bool value_integer(struct value v, int64_t *out)
{
	if (v.type != VALUE_BOOL && v.type != VALUE_INT)
		return false;
	*out = v.i;
	return true;
}

bool value_number(struct value v, double *out)
{
	if (v.type == VALUE_FLOAT)
		*out = v.f;
	else if (v.type == VALUE_BOOL || v.type == VALUE_INT)
		*out = (double)v.i;
	else
		return false;
	return true;
}

bool value_true(struct value v)
{
	switch ((enum value_type)v.type) {
	case VALUE_UNDEFINED:
	case VALUE_NONE: return false;
	case VALUE_BOOL:
	case VALUE_INT: return v.i != 0;
	case VALUE_FLOAT: return v.f != 0;
	case VALUE_STRING:
	case VALUE_LIST:
	case VALUE_TUPLE: return v.n > 0;
	case VALUE_DICT: return v.dict->n > 0;
	case VALUE_SEQ: return v.seq->kind == SEQ_GENERATOR || v.n > 0;
	default: return true;
	}
}

static const char *seq_type_name(const struct seq *s)
{
	switch (s->kind) {
	case SEQ_ITEMS: return "dict_items";
	case SEQ_KEYS: return "dict_keys";
	case SEQ_VALUES: return "dict_values";
	case SEQ_RANGE: return "range";
	case SEQ_GENERATOR: break;
	}
	return s->type;
}

const char *value_type_name(struct value v)
{
	static const char *const name[] = {
		[VALUE_UNDEFINED] = "Undefined",
		[VALUE_NONE] = "NoneType",
		[VALUE_BOOL] = "bool",
		[VALUE_INT] = "int",
		[VALUE_BIG] = "int",
		[VALUE_FLOAT] = "float",
		[VALUE_LIST] = "list",
		[VALUE_TUPLE] = "tuple",
		[VALUE_DICT] = "dict",
		[VALUE_NAMESPACE] = "Namespace",
		[VALUE_MACRO] = "Macro",
		[VALUE_FUNCTION] = "function",
		[VALUE_METHOD] = "builtin_function_or_method",
		[VALUE_LOOP] = "LoopContext",
	};
	if (v.type == VALUE_SEQ)
		return seq_type_name(v.seq);
	if (v.type == VALUE_STRING)
		return v.markup ? "Markup" : "str";
	return name[v.type];
}

bool value_hashable(struct value v)
{
	return v.type != VALUE_LIST && v.type != VALUE_DICT &&
	       (v.type != VALUE_SEQ || v.seq->kind != SEQ_ITEMS);
}

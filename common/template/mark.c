/* Values by which two renderings can be compared. */
#include "common/template/mark.h"

#include "common/template/eval.h"

#define MAX_DEPTH  8
#define MAX_WORK   4096
#define WORK_BYTES 64 /* of a string are as much as an item */

static bool mix(struct fingerprint_value *f, struct slice s)
{
	struct fingerprint_value pair[2] = {*f, fingerprint128(s, 0)};
	*f = fingerprint128((struct slice){(const char *)pair, sizeof(pair)},
			    0);
	return true;
}

static bool mark_into(struct fingerprint_value *f, struct value v,
		      unsigned depth, size_t *left);

static bool mark_items(struct fingerprint_value *f, struct value v,
		       unsigned depth, size_t *left)
{
	for (uint32_t i = 0; i < v.n; i++)
		if (!mark_into(f, v.item[i], depth - 1, left))
			return false;
	return true;
}

static bool mark_dict(struct fingerprint_value *f, const struct dict *d,
		      unsigned depth, size_t *left)
{
	for (uint32_t i = 0; i < d->n; i++)
		if (!mark_into(f, d->entry[i].key, depth - 1, left) ||
		    !mark_into(f, d->entry[i].value, depth - 1, left))
			return false;
	return true;
}

/* A macro is its node, as long as it sees no names but the root's. */
static bool mark_into(struct fingerprint_value *f, struct value v,
		      unsigned depth, size_t *left)
{
	uint64_t head[2] = {v.type | (uint64_t)v.markup << 8, v.n};
	size_t work = 1 + (v.type == VALUE_STRING ? v.n / WORK_BYTES : 0);
	if (depth == 0 || *left < work)
		return false;
	*left -= work;
	switch ((enum value_type)v.type) {
	case VALUE_UNDEFINED:
	case VALUE_NONE: head[1] = 0; break;
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_FLOAT:
	case VALUE_FUNCTION: head[1] = (uint64_t)v.i; break;
	case VALUE_STRING:
	case VALUE_BIG:
	case VALUE_LIST:
	case VALUE_TUPLE: break;
	case VALUE_DICT: head[1] = v.dict->n; break;
	case VALUE_MACRO:
		if (v.macro->scope)
			return false;
		head[1] = (uint64_t)(uintptr_t)v.macro->node;
		break;
	default: return false;
	}
	mix(f, (struct slice){(const char *)head, sizeof(head)});
	if (v.type == VALUE_STRING || v.type == VALUE_BIG)
		return mix(f, value_slice(v));
	if (v.type == VALUE_LIST || v.type == VALUE_TUPLE)
		return mark_items(f, v, depth, left);
	return v.type != VALUE_DICT || mark_dict(f, v.dict, depth, left);
}

struct mark mark_of(struct value v)
{
	struct mark m = {.kind = 1};
	size_t left = MAX_WORK;
	if (v.type == EVAL_UNSET)
		return (struct mark){.kind = 2};
	return mark_into(&m.of, v, MAX_DEPTH, &left) ? m
						     : (struct mark){.kind = 0};
}

bool mark_equal(struct mark a, struct mark b)
{
	return a.kind != 0 && a.kind == b.kind && fingerprint_equal(a.of, b.of);
}

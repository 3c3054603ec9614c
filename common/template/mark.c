/* Values by which two renderings can be compared. */
#include "common/template/mark.h"

#include "common/template/eval.h"

#define MAX_DEPTH  8
#define MAX_WORK   4096
#define WORK_BYTES 64 /* of a string are as much as an item */

struct marking {
	struct fingerprint_value so_far;
	uint64_t secret;
	size_t left; /* work */
};

static bool mix(struct marking *k, struct slice s)
{
	struct fingerprint_value pair[2] = {k->so_far,
					    fingerprint128(s, k->secret)};
	k->so_far = fingerprint128(
		(struct slice){(const char *)pair, sizeof(pair)}, k->secret);
	return true;
}

static bool mark_into(struct marking *k, struct value v, unsigned depth);

static bool mark_items(struct marking *k, struct value v, unsigned depth)
{
	for (uint32_t i = 0; i < v.n; i++)
		if (!mark_into(k, v.item[i], depth - 1))
			return false;
	return true;
}

static bool mark_dict(struct marking *k, const struct dict *d, unsigned depth)
{
	for (uint32_t i = 0; i < d->n; i++)
		if (!mark_into(k, d->entry[i].key, depth - 1) ||
		    !mark_into(k, d->entry[i].value, depth - 1))
			return false;
	return true;
}

/* A macro is its node, as long as it sees no names but the root's. */
static bool mark_into(struct marking *k, struct value v, unsigned depth)
{
	uint64_t head[2] = {v.type | (uint64_t)v.markup << 8, v.n};
	size_t work = 1 + (v.type == VALUE_STRING ? v.n / WORK_BYTES : 0);
	if (depth == 0 || k->left < work)
		return false;
	k->left -= work;
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
	mix(k, (struct slice){(const char *)head, sizeof(head)});
	if (v.type == VALUE_STRING || v.type == VALUE_BIG)
		return mix(k, value_slice(v));
	if (v.type == VALUE_LIST || v.type == VALUE_TUPLE)
		return mark_items(k, v, depth);
	return v.type != VALUE_DICT || mark_dict(k, v.dict, depth);
}

struct mark mark_of(struct value v, uint64_t secret)
{
	struct marking k = {.secret = secret, .left = MAX_WORK};
	if (v.type == EVAL_UNSET)
		return (struct mark){.kind = 2};
	if (!mark_into(&k, v, MAX_DEPTH))
		return (struct mark){.kind = 0};
	return (struct mark){.kind = 1, .of = k.so_far};
}

bool mark_equal(struct mark a, struct mark b)
{
	return a.kind != 0 && a.kind == b.kind && fingerprint_equal(a.of, b.of);
}

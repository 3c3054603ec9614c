/* Dicts while a template runs: what they take is counted. */
#include "common/template/eval.h"

#define KEY_ITEMS 256 /* of a key that is a tuple, those within it too */
/* Looking a text up hashes it, and compares it if it is there. */
#define KEY_BYTES (EVAL_BULK_BYTES / 2)
/* Of putting an entry in: it is hashed again whenever the dict grows. */
#define SET_STEPS 4
/* A dict of so many is in no near cache: its memory is waited for. */
#define FAR_ITEMS 2048
#define FAR_STEPS 3

static bool count_items(struct value key, size_t *left)
{
	if (key.type != VALUE_TUPLE)
		return true;
	if (key.n > *left)
		return false;
	*left -= key.n;
	for (uint32_t i = 0; i < key.n; i++)
		if (!count_items(key.item[i], left))
			return false;
	return true;
}

static bool pay_key(struct eval *e, struct value key)
{
	size_t left = KEY_ITEMS;
	if (key.type == VALUE_STRING || key.type == VALUE_BIG)
		return key.n < KEY_BYTES || eval_step(e, key.n / KEY_BYTES);
	if (key.type != VALUE_TUPLE)
		return true;
	if (!count_items(key, &left)) {
		eval_fail(e, ERR_LIMIT, "a key of more than %d items",
			  KEY_ITEMS);
		return false;
	}
	return eval_step(e, 2 + 2 * (KEY_ITEMS - left));
}

static bool pay_distance(struct eval *e, const struct dict *d)
{
	return d->n < FAR_ITEMS || eval_step(e, FAR_STEPS);
}

struct value *eval_get(struct eval *e, const struct dict *d, struct value key)
{
	return pay_key(e, key) && pay_distance(e, d) ? dict_find(d, key) : NULL;
}

struct value eval_dict(struct eval *e)
{
	return eval_count_bytes(e, sizeof(struct dict)) ? value_dict(e->arena)
							: VALUE_NIL;
}

bool eval_set(struct eval *e, struct dict *d, struct value key,
	      struct value value)
{
	if (!pay_key(e, key) || !pay_key(e, key) || !eval_step(e, SET_STEPS) ||
	    !pay_distance(e, d) ||
	    (d->n == d->room && !eval_count_bytes(e, dict_growth(d))))
		return false;
	dict_set(d, key, value);
	return true;
}

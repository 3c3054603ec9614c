/* Ordered dicts: a list of entries, and an index by hash once that pays. */
#include <string.h>

#include "common/base/assert.h"
#include "common/base/fingerprint.h"
#include "common/template/value.h"

#define SMALL 8

/* Numbers that are equal hash alike whatever their type. */
static uint64_t hash_of(struct value key)
{
	double x;
	if (key.type == VALUE_STRING)
		return fingerprint64(value_slice(key), 0);
	if (!value_number(key, &x))
		return key.type;
	x += 0.0; /* -0.0 is 0 */
	return fingerprint64((struct slice){(char *)&x, sizeof(x)}, 1);
}

static bool same_key(struct value a, struct value b)
{
	uint64_t steps = 4096;
	if (a.type == VALUE_STRING && b.type == VALUE_STRING)
		return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
	return value_equal(a, b, 16, &steps);
}

/* The place in the index of the key, or of where it would go. */
static uint32_t *probe(const struct dict *d, struct value key)
{
	uint32_t mask = d->index_size - 1;
	uint32_t at = (uint32_t)hash_of(key) & mask;
	while (d->index[at] != 0 &&
	       !same_key(d->entry[d->index[at] - 1].key, key))
		at = (at + 1) & mask;
	return &d->index[at];
}

static void index_build(struct dict *d)
{
	d->index_size = 4 * d->room;
	d->index = arena_zalloc(d->arena, d->index_size * sizeof(*d->index));
	for (uint32_t i = 0; i < d->n; i++)
		*probe(d, d->entry[i].key) = i + 1;
}

static void grow(struct dict *d)
{
	uint32_t room = d->room ? 2 * d->room : SMALL;
	ASSERT(room > d->room);
	struct dict_entry *entry = arena_array(d->arena, room, sizeof(*entry));
	if (d->n > 0)
		memcpy(entry, d->entry, d->n * sizeof(*entry));
	d->entry = entry;
	d->room = room;
	if (room > SMALL)
		index_build(d);
}

/* Of the small dicts that messages are, the usual look-up. */
static struct value *find_text(const struct dict *d, struct value key)
{
	for (uint32_t i = 0; i < d->n; i++) {
		const struct value *k = &d->entry[i].key;
		if (k->type == VALUE_STRING && k->n == key.n &&
		    (k->s == key.s || memcmp(k->s, key.s, key.n) == 0))
			return &d->entry[i].value;
	}
	return NULL;
}

struct value *dict_find(const struct dict *d, struct value key)
{
	if (!d->index && key.type == VALUE_STRING)
		return find_text(d, key);
	if (d->index) {
		uint32_t at = *probe(d, key);
		return at ? &d->entry[at - 1].value : NULL;
	}
	for (uint32_t i = 0; i < d->n; i++)
		if (same_key(d->entry[i].key, key))
			return &d->entry[i].value;
	return NULL;
}

struct value *dict_find_text(const struct dict *d, struct slice key)
{
	return dict_find(d, value_string(key));
}

void dict_set(struct dict *d, struct value key, struct value value)
{
	struct value *old = dict_find(d, key);
	if (old) {
		*old = value;
		return;
	}
	if (d->n == d->room)
		grow(d);
	d->entry[d->n++] = (struct dict_entry){key, value};
	if (d->index)
		*probe(d, key) = d->n;
}

void dict_set_text(struct dict *d, const char *key, struct value value)
{
	dict_set(d, value_text(key), value);
}

/* Ordered dicts: a list of entries, and an index by hash once that pays. */
#include <pthread.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/fingerprint.h"
#include "common/base/rng.h"
#include "common/template/value.h"

#define SMALL     8
#define MAX_DEPTH 16 /* as of same_key() */

static uint64_t secret;
static pthread_once_t secret_once = PTHREAD_ONCE_INIT;

static void draw_secret(void)
{
	rng_system(&secret, sizeof(secret));
}

static uint64_t hash_bytes(const void *p, size_t n, uint64_t seed)
{
	return fingerprint64((struct slice){p, n}, secret + seed);
}

static uint64_t hash_of(struct value key, unsigned depth);

static uint64_t hash_items(const struct value *item, size_t n, unsigned depth)
{
	uint64_t h[2] = {n, 0};
	for (size_t i = 0; depth > 0 && i < n; i++) {
		h[1] = hash_of(item[i], depth - 1);
		h[0] = hash_bytes(h, sizeof(h), 2);
	}
	return h[0];
}

/* Of a range, what makes equal ones. */
static uint64_t hash_seq(struct value key)
{
	if (key.seq->kind != SEQ_RANGE)
		return hash_bytes(&key.seq, sizeof(key.seq), 3);
	int64_t h[3] = {key.n, key.n > 0 ? key.seq->start : 0,
			key.n > 1 ? key.seq->step : 0};
	return hash_bytes(h, sizeof(h), 4);
}

/* Numbers that are equal hash alike whatever their type. */
static uint64_t hash_of(struct value key, unsigned depth)
{
	double x;
	if (value_number(key, &x)) {
		x += 0.0; /* -0.0 is 0 */
		return hash_bytes(&x, sizeof(x), 1);
	}
	switch ((enum value_type)key.type) {
	case VALUE_STRING:
	case VALUE_BIG: return hash_bytes(key.s, key.n, key.type);
	case VALUE_LIST:
	case VALUE_TUPLE: return hash_items(key.item, key.n, depth);
	case VALUE_SEQ: return hash_seq(key);
	case VALUE_UNDEFINED:
	case VALUE_NONE: return key.type;
	default: return hash_bytes(&key.i, sizeof(key.i), key.type);
	}
}

static bool same_key(struct value a, struct value b)
{
	uint64_t steps = 4096;
	if (a.type == VALUE_STRING && b.type == VALUE_STRING)
		return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
	return value_equal(a, b, MAX_DEPTH, &steps);
}

/* The place in the index of the key, or of where it would go. */
static uint32_t *probe(const struct dict *d, struct value key)
{
	uint32_t mask = d->index_size - 1;
	uint32_t at = (uint32_t)hash_of(key, MAX_DEPTH) & mask;
	while (d->index[at] != 0 &&
	       !same_key(d->entry[d->index[at] - 1].key, key))
		at = (at + 1) & mask;
	return &d->index[at];
}

static void index_build(struct dict *d)
{
	pthread_once(&secret_once, draw_secret);
	d->index_size = 4 * d->room;
	d->index = arena_zalloc(d->arena, d->index_size * sizeof(*d->index));
	for (uint32_t i = 0; i < d->n; i++)
		*probe(d, d->entry[i].key) = i + 1;
}

static uint32_t next_room(const struct dict *d)
{
	return d->room ? 2 * d->room : SMALL;
}

size_t dict_growth(const struct dict *d)
{
	size_t room = next_room(d);
	return room * sizeof(*d->entry) +
	       (room > SMALL ? 4 * room * sizeof(*d->index) : 0);
}

static void grow(struct dict *d)
{
	uint32_t room = next_room(d);
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

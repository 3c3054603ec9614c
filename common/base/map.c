#include "common/base/map.h"

#include <string.h>

#include <xxhash.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/rng.h"

#define FIRST_SLOTS 16

void map_init(struct map *m)
{
	*m = (struct map){0};
	rng_system(&m->seed, sizeof(m->seed));
}

void map_fini(struct map *m)
{
	for (size_t i = 0; i < m->size; i++)
		mem_free(m->slot[i].key);
	mem_free(m->slot);
	*m = (struct map){0};
}

static uint64_t hash_of(const struct map *m, struct slice key)
{
	return XXH3_64bits_withSeed(key.n ? key.p : "", key.n, m->seed);
}

/* The slot that holds the key, or the free one where it would go. */
static struct map_slot *slot_of(const struct map *m, struct slice key,
				uint64_t hash)
{
	for (size_t i = hash & (m->size - 1);; i = (i + 1) & (m->size - 1)) {
		struct map_slot *s = &m->slot[i];

		if (s->key == NULL)
			return s;
		if (s->hash == hash &&
		    slice_equal((struct slice){s->key, s->key_n}, key))
			return s;
	}
}

void *map_find(const struct map *m, struct slice key)
{
	struct map_slot *s;

	if (m->n == 0)
		return NULL;
	s = slot_of(m, key, hash_of(m, key));
	return s->key ? s->value : NULL;
}

static void place(struct map *m, struct map_slot entry)
{
	struct slice key = {entry.key, entry.key_n};

	*slot_of(m, key, entry.hash) = entry;
}

static void grow(struct map *m)
{
	struct map_slot *old = m->slot;
	size_t n = m->size;

	m->size = n ? n * 2 : FIRST_SLOTS;
	m->slot = mem_zalloc(m->size * sizeof(*m->slot));
	for (size_t i = 0; i < n; i++)
		if (old[i].key != NULL)
			place(m, old[i]);
	mem_free(old);
}

void *map_set(struct map *m, struct slice key, void *value)
{
	uint64_t hash = hash_of(m, key);
	struct map_slot *s;
	void *before;

	if ((m->n + 1) * 4 > m->size * 3)
		grow(m);
	s = slot_of(m, key, hash);
	before = s->value;
	if (s->key == NULL) {
		before = NULL;
		s->key = mem_strndup(key.n ? key.p : "", key.n);
		s->key_n = key.n;
		s->hash = hash;
		m->n++;
	}
	s->value = value;
	return before;
}

/* Linear probing wants no holes: what follows moves up. */
static void close_hole(struct map *m, size_t hole)
{
	size_t mask = m->size - 1;

	for (size_t i = (hole + 1) & mask; m->slot[i].key != NULL;
	     i = (i + 1) & mask) {
		size_t home = m->slot[i].hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		m->slot[hole] = m->slot[i];
		hole = i;
	}
	m->slot[hole] = (struct map_slot){0};
}

void *map_remove(struct map *m, struct slice key)
{
	struct map_slot *s;
	void *value;

	if (m->n == 0)
		return NULL;
	s = slot_of(m, key, hash_of(m, key));
	if (s->key == NULL)
		return NULL;
	value = s->value;
	mem_free(s->key);
	m->n--;
	close_hole(m, (size_t)(s - m->slot));
	return value;
}

bool map_next(const struct map *m, size_t *at, struct slice *key, void **value)
{
	while (*at < m->size) {
		const struct map_slot *s = &m->slot[(*at)++];

		if (s->key == NULL)
			continue;
		*key = (struct slice){s->key, s->key_n};
		*value = s->value;
		return true;
	}
	return false;
}

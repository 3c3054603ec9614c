#include "router/index/alias.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "router/index/index.h"
#include "router/index/names.h"

#define FIRST_SLOTS 64
#define SMALL_SLOTS ((size_t)1 << 16)

struct alias {
	size_t max_bytes, bytes;
	size_t entries;
	uint64_t evicted;
	struct names worker[INDEX_MAX_WORKERS];
};

static struct names *names_of(const struct alias *a, unsigned worker)
{
	ASSERT(worker < INDEX_MAX_WORKERS);
	return (struct names *)&a->worker[worker];
}

static bool grow(struct alias *a, struct names *m)
{
	/* By a half while that is little, then by a quarter. */
	size_t by = m->size / (m->size < SMALL_SLOTS ? 2 : 4);
	size_t size = m->size ? m->size + by : FIRST_SLOTS;
	size_t more = (size - m->size) * sizeof(*m->slot);

	if (size > UINT32_MAX || a->bytes + more > a->max_bytes)
		return false;
	a->bytes += more;
	names_resize(m, size);
	return true;
}

/* The worker with the most names gives up some memory, so that none is
 * left without any. */
static bool take_from_largest(struct alias *a, const struct names *poor)
{
	struct names *largest = &a->worker[0];
	size_t less, dropped;

	for (unsigned i = 1; i < INDEX_MAX_WORKERS; i++)
		if (a->worker[i].size > largest->size)
			largest = &a->worker[i];
	if (largest == poor || largest->size < 2 * poor->size ||
	    largest->size < 2 * FIRST_SLOTS)
		return false;
	less = largest->size - largest->size / 4;
	while (largest->n >= less - less / 8) {
		dropped = names_drop_oldest(largest);
		a->entries -= dropped;
		a->evicted += dropped;
	}
	a->bytes -= (largest->size - less) * sizeof(*largest->slot);
	names_resize(largest, less);
	return true;
}

static bool make_room(struct alias *a, struct names *m)
{
	size_t dropped;

	while (!names_has_room(m)) {
		if (grow(a, m) || take_from_largest(a, m))
			continue;
		dropped = names_drop_oldest(m);
		if (dropped == 0)
			return false;
		a->entries -= dropped;
		a->evicted += dropped;
	}
	return true;
}

void alias_put(struct alias *a, unsigned worker, uint64_t hash, uint64_t key)
{
	struct names *m = names_of(a, worker);
	struct names_slot *s = names_find(m, hash);

	if (s == NULL) {
		if (!make_room(a, m)) {
			a->evicted++;
			return;
		}
		s = names_add(m, hash);
		a->entries++;
	} else if (s->key != key) {
		s->copies = 1;
	} else if (s->copies < UINT32_MAX) {
		s->copies++;
	}
	s->key = key;
	s->age = m->age;
}

bool alias_get(const struct alias *a, unsigned worker, uint64_t hash,
	       uint64_t *key)
{
	const struct names_slot *s = names_find(names_of(a, worker), hash);

	if (s == NULL)
		return false;
	*key = s->key;
	return true;
}

bool alias_remove(struct alias *a, unsigned worker, uint64_t hash,
		  uint64_t *key)
{
	struct names *m = names_of(a, worker);
	struct names_slot *s = names_find(m, hash);

	if (s == NULL)
		return false;
	*key = s->key;
	if (--s->copies > 0)
		return true;
	/* Removal looks at the neighbours, not at the slot itself. */
	names_remove(m, s);
	a->entries--;
	return true;
}

void alias_prefetch(const struct alias *a, unsigned worker, uint64_t hash)
{
	names_prefetch(names_of(a, worker), hash);
}

void alias_clear(struct alias *a, unsigned worker)
{
	struct names *m = names_of(a, worker);

	a->bytes -= m->size * sizeof(*m->slot);
	a->entries -= m->n;
	names_fini(m);
}

void alias_stats(const struct alias *a, struct alias_stats *out)
{
	out->bytes = a->bytes;
	out->max_bytes = a->max_bytes;
	out->entries = a->entries;
	out->evicted = a->evicted;
}

struct alias *alias_create(size_t max_bytes)
{
	struct alias *a = mem_zalloc(sizeof(*a));

	a->max_bytes = max_bytes;
	return a;
}

void alias_destroy(struct alias **a)
{
	if (*a == NULL)
		return;
	for (unsigned i = 0; i < INDEX_MAX_WORKERS; i++)
		names_fini(&(*a)->worker[i]);
	mem_free(*a);
	*a = NULL;
}

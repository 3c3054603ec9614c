#include "router/prompt/chunk_table.h"

#include "common/base/mem.h"

#define FIRST_SIZE 64

void chunk_table_fini(struct chunk_table *t)
{
	mem_free(t->slot);
	*t = (struct chunk_table){0};
}

/* Where the key is, or the free place where it would go. */
static size_t probe(const struct chunk_table *t, struct fingerprint_value key)
{
	size_t at = key.low & (t->size - 1);

	while (t->slot[at].holder != NULL &&
	       !fingerprint_equal(t->slot[at].key, key))
		at = (at + 1) & (t->size - 1);
	return at;
}

void *chunk_table_find(const struct chunk_table *t,
		       struct fingerprint_value key)
{
	return t->size ? t->slot[probe(t, key)].holder : NULL;
}

static void grow(struct chunk_table *t)
{
	struct chunk_table old = *t;

	t->size = old.size ? 2 * old.size : FIRST_SIZE;
	t->slot = mem_zalloc(t->size * sizeof(*t->slot));
	for (size_t i = 0; i < old.size; i++)
		if (old.slot[i].holder != NULL)
			t->slot[probe(t, old.slot[i].key)] = old.slot[i];
	mem_free(old.slot);
}

void chunk_table_set(struct chunk_table *t, struct fingerprint_value key,
		     void *holder)
{
	struct chunk_slot *slot;

	if (2 * (t->n + 1) > t->size)
		grow(t);
	slot = &t->slot[probe(t, key)];
	t->n += slot->holder == NULL;
	*slot = (struct chunk_slot){key, holder};
}

/* Whether what belongs at `home` may stand at `at` with a hole at `hole`:
 * no, if the hole lies between. */
static bool passes(size_t home, size_t hole, size_t at, size_t mask)
{
	return ((at - home) & mask) >= ((at - hole) & mask);
}

/* What stands behind a hole moves into it if its probe would end there. */
static void close_hole(struct chunk_table *t, size_t hole)
{
	size_t mask = t->size - 1;

	for (size_t at = (hole + 1) & mask; t->slot[at].holder != NULL;
	     at = (at + 1) & mask) {
		if (!passes(t->slot[at].key.low & mask, hole, at, mask))
			continue;
		t->slot[hole] = t->slot[at];
		hole = at;
	}
	t->slot[hole] = (struct chunk_slot){0};
}

void chunk_table_remove(struct chunk_table *t, struct fingerprint_value key,
			const void *holder)
{
	size_t at;

	if (t->size == 0)
		return;
	at = probe(t, key);
	if (t->slot[at].holder != holder)
		return;
	t->n--;
	close_hole(t, at);
}

size_t chunk_table_bytes(const struct chunk_table *t)
{
	return t->size * sizeof(*t->slot);
}

#include "router/tenant/key.h"

#include "common/base/mem.h"

bool key_is_sound(struct slice key)
{
	if (key.n == 0 || key.n > KEY_MAX_BYTES)
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] <= ' ' || key.p[i] >= 0x7f)
			return false;
	return true;
}

void key_table_init(struct key_table *t, size_t max_keys)
{
	*t = (struct key_table){.size = 8};
	while (t->size < 2 * max_keys)
		t->size *= 2;
	t->slot = mem_zalloc(t->size * sizeof(*t->slot));
}

void key_table_fini(struct key_table *t)
{
	mem_free(t->slot);
	*t = (struct key_table){0};
}

/* Digests are as good as chance already. */
static size_t home_of(const struct key_table *t,
		      const uint8_t digest[SHA256_BYTES])
{
	uint64_t head;

	memcpy(&head, digest, sizeof(head));
	return head & (t->size - 1);
}

void key_table_add(struct key_table *t, const uint8_t digest[SHA256_BYTES],
		   size_t owner)
{
	size_t at = home_of(t, digest);

	ASSERT(2 * (t->n + 1) <= t->size && owner < UINT32_MAX);
	while (t->slot[at].owner != 0)
		at = (at + 1) & (t->size - 1);
	memcpy(t->slot[at].digest, digest, SHA256_BYTES);
	t->slot[at].owner = (uint32_t)owner + 1;
	t->n++;
}

size_t key_table_find(const struct key_table *t, struct key_memo *memo,
		      struct slice key)
{
	const uint8_t *digest = key_memo_digest(memo, key);
	size_t at;

	if (digest == NULL || t->size == 0)
		return KEY_NOBODY;
	for (at = home_of(t, digest); t->slot[at].owner != 0;
	     at = (at + 1) & (t->size - 1))
		if (sha256_equal(t->slot[at].digest, digest))
			return t->slot[at].owner - 1;
	return KEY_NOBODY;
}

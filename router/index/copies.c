#include "router/index/copies.h"

#include <string.h>

#include "common/base/mem.h"

#define FIRST_SLOTS 64

static size_t home_of(const struct copies *c, uint64_t key)
{
	key *= 0x9e3779b97f4a7c15;
	return (size_t)(key ^ key >> 32) & (c->size - 1);
}

/* Where `key` stands, or the free slot where it would. */
static size_t find(const struct copies *c, uint64_t key)
{
	size_t at = home_of(c, key);

	while (c->slot[at].n != 0 && c->slot[at].key != key)
		at = (at + 1) & (c->size - 1);
	return at;
}

static void resize(struct copies *c, size_t size)
{
	struct copies_slot *old = c->slot;
	size_t n = c->size;

	c->size = size;
	c->slot = mem_zalloc(size * sizeof(*c->slot));
	for (size_t i = 0; i < n; i++)
		if (old[i].n != 0)
			c->slot[find(c, old[i].key)] = old[i];
	mem_free(old);
}

/* Whether one more entry has room at a load of up to three quarters. */
static bool room(struct copies *c)
{
	size_t size = c->size ? 2 * c->size : FIRST_SLOTS;

	if (c->n < c->size / 4 * 3)
		return true;
	if (size * sizeof(*c->slot) > c->max_bytes)
		return false;
	resize(c, size);
	return true;
}

static void drop(struct copies *c, size_t gap)
{
	size_t last = c->size - 1;
	size_t at = gap;

	for (;;) {
		size_t home;

		at = (at + 1) & last;
		if (c->slot[at].n == 0)
			break;
		home = home_of(c, c->slot[at].key);
		if (((at - home) & last) < ((at - gap) & last))
			continue;
		c->slot[gap] = c->slot[at];
		gap = at;
	}
	c->slot[gap].n = 0;
	c->n--;
}

void copies_add(struct copies *c, uint64_t key)
{
	size_t at;

	if (!room(c))
		return;
	at = find(c, key);
	if (c->slot[at].n == 0)
		c->n++;
	c->slot[at].key = key;
	if (c->slot[at].n < UINT32_MAX)
		c->slot[at].n++;
}

bool copies_take(struct copies *c, uint64_t key)
{
	size_t at;

	if (c->n == 0)
		return false;
	at = find(c, key);
	if (c->slot[at].n == 0)
		return false;
	if (c->slot[at].n == 1)
		drop(c, at);
	else
		c->slot[at].n--;
	return true;
}

void copies_forget(struct copies *c, uint64_t key)
{
	size_t at;

	if (c->n == 0)
		return;
	at = find(c, key);
	if (c->slot[at].n != 0)
		drop(c, at);
}

void copies_forget_all(struct copies *c, uint64_t mask, uint64_t value)
{
	if (c->n == 0)
		return;
	/* Freed in place first; what is left is then set in order again. */
	for (size_t i = 0; i < c->size; i++) {
		if (c->slot[i].n == 0 || (c->slot[i].key & mask) != value)
			continue;
		c->slot[i].n = 0;
		c->n--;
	}
	resize(c, c->size);
}

size_t copies_bytes(const struct copies *c)
{
	return c->size * sizeof(*c->slot);
}

void copies_init(struct copies *c, size_t max_bytes)
{
	memset(c, 0, sizeof(*c));
	c->max_bytes = max_bytes;
}

void copies_fini(struct copies *c)
{
	mem_free(c->slot);
	memset(c, 0, sizeof(*c));
}

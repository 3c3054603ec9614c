#include "tests/lab/pool.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

/* --- names ------------------------------------------------------------ */

static uint32_t home_of(const struct pool *p, uint64_t key)
{
	return (uint32_t)((key * 0x9e3779b97f4a7c15u) >> 32) & (p->n_slots - 1);
}

static uint32_t slot_of(const struct pool *p, uint64_t key)
{
	uint32_t at = home_of(p, key);

	while (p->slot[at] != POOL_NONE && p->block[p->slot[at]].key != key)
		at = (at + 1) & (p->n_slots - 1);
	return at;
}

uint32_t pool_find(const struct pool *p, uint64_t key)
{
	return p->slot[slot_of(p, key)];
}

/* What probed past the freed slot moves up, so that no chain breaks. */
static void slot_free(struct pool *p, uint32_t hole)
{
	uint32_t mask = p->n_slots - 1, at = hole, home;

	for (;;) {
		at = (at + 1) & mask;
		if (p->slot[at] == POOL_NONE)
			break;
		home = home_of(p, p->block[p->slot[at]].key);
		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		p->slot[hole] = p->slot[at];
		hole = at;
	}
	p->slot[hole] = POOL_NONE;
}

static void forget(struct pool *p, struct pool_block *b)
{
	uint64_t key = b->key;

	slot_free(p, slot_of(p, key));
	b->key = 0;
	if (p->events != NULL)
		p->events->removed(p->arg, key);
}

/* --- the free queue --------------------------------------------------- */

static void queue_insert(struct pool *p, uint32_t block, uint32_t after)
{
	uint32_t before = p->block[after].next;

	p->block[block].prev = after;
	p->block[block].next = before;
	p->block[after].next = block;
	p->block[before].prev = block;
	p->n_free++;
}

static void queue_remove(struct pool *p, uint32_t block)
{
	struct pool_block *b = &p->block[block];

	p->block[b->prev].next = b->next;
	p->block[b->next].prev = b->prev;
	p->n_free--;
}

/* --- blocks ------------------------------------------------------------ */

void pool_init(struct pool *p, size_t n_blocks,
	       const struct pool_events *events, void *arg)
{
	ASSERT(n_blocks >= 1 && n_blocks < UINT32_MAX / 4);
	*p = (struct pool){.n = (uint32_t)n_blocks,
			   .n_slots = 16,
			   .events = events,
			   .arg = arg};
	while (p->n_slots < 2 * n_blocks)
		p->n_slots *= 2;
	p->slot = mem_array(p->n_slots, sizeof(*p->slot));
	for (uint32_t i = 0; i < p->n_slots; i++)
		p->slot[i] = POOL_NONE;
	p->block = mem_array(n_blocks + 1, sizeof(*p->block));
	p->block[p->n] = (struct pool_block){.prev = p->n, .next = p->n};
	for (uint32_t i = 0; i < p->n; i++) {
		p->block[i] = (struct pool_block){0};
		queue_insert(p, i, p->block[p->n].prev);
	}
}

void pool_fini(struct pool *p)
{
	mem_free(p->slot);
	mem_free(p->block);
}

void pool_hold(struct pool *p, uint32_t block)
{
	if (p->block[block].refs++ == 0)
		queue_remove(p, block);
}

uint32_t pool_take(struct pool *p)
{
	uint32_t block = p->block[p->n].next;

	ASSERT(p->n_free > 0);
	if (p->block[block].key != 0)
		forget(p, &p->block[block]);
	pool_hold(p, block);
	return block;
}

void pool_name(struct pool *p, uint32_t block, uint64_t key)
{
	struct pool_block *b = &p->block[block];
	uint32_t at = slot_of(p, key);

	ASSERT(b->key == 0 && key != 0);
	if (p->slot[at] != POOL_NONE)
		return;
	p->slot[at] = block;
	b->key = key;
	if (p->events != NULL)
		p->events->stored(p->arg, key);
}

void pool_release(struct pool *p, uint32_t block)
{
	struct pool_block *b = &p->block[block];

	ASSERT(b->refs > 0);
	if (--b->refs > 0)
		return;
	/* What nobody can ask for goes first. */
	queue_insert(p, block, b->key != 0 ? p->block[p->n].prev : p->n);
}

void pool_put(struct pool *p, uint64_t key)
{
	uint32_t block = pool_find(p, key);

	if (block != POOL_NONE) {
		pool_hold(p, block);
	} else {
		block = pool_take(p);
		pool_name(p, block, key);
	}
	pool_release(p, block);
}

size_t pool_match(const struct pool *p, const uint64_t *key, size_t n)
{
	size_t held = 0;

	while (held < n && pool_find(p, key[held]) != POOL_NONE)
		held++;
	return held;
}

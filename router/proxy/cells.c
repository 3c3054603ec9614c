#include "router/proxy/cells.h"

#include <string.h>

#include "common/base/mem.h"

#define FIRST_SLOTS 64

void cells_init(struct cells *c, struct metrics *m)
{
	*c = (struct cells){
		.metrics = m,
		.slot = mem_zalloc(FIRST_SLOTS * sizeof(*c->slot)),
		.size = FIRST_SLOTS,
	};
}

void cells_fini(struct cells *c)
{
	mem_free(c->slot);
	*c = (struct cells){0};
}

void cells_forget(struct cells *c)
{
	memset(c->slot, 0, c->size * sizeof(*c->slot));
	c->n = 0;
}

static bool is_of(const struct cells_slot *s, const struct cells_slot *key)
{
	return s->row == key->row && s->value[0] == key->value[0] &&
	       s->value[1] == key->value[1] && s->value[2] == key->value[2];
}

/* The one with this key, or the free one where it belongs. */
static struct cells_slot *find(const struct cells *c,
			       const struct cells_slot *key)
{
	/* Odd factors far apart: addresses differ in their middle bits. */
	uint64_t h = (uint64_t)key->row * 0x9e3779b97f4a7c15u;
	size_t at;

	h ^= (uintptr_t)key->value[0] * 0xc2b2ae3d27d4eb4fu;
	h ^= (uintptr_t)key->value[1] * 0x165667b19e3779f9u;
	h ^= (uintptr_t)key->value[2] * 0x85ebca77c2b2ae63u;
	for (at = (size_t)(h >> 32); c->slot[at & (c->size - 1)].cell; at++)
		if (is_of(&c->slot[at & (c->size - 1)], key))
			break;
	return &c->slot[at & (c->size - 1)];
}

static void grow(struct cells *c)
{
	struct cells old = *c;

	c->size *= 2;
	c->slot = mem_zalloc(c->size * sizeof(*c->slot));
	for (size_t i = 0; i < old.size; i++)
		if (old.slot[i].cell != NULL)
			*find(c, &old.slot[i]) = old.slot[i];
	mem_free(old.slot);
}

static struct metric_cell *add(struct cells *c, struct cells_slot key)
{
	if (2 * (c->n + 1) > c->size)
		grow(c);
	key.cell = metrics_cell(c->metrics, key.row, key.value[0], key.value[1],
				key.value[2], NULL);
	c->n++;
	*find(c, &key) = key;
	return key.cell;
}

struct metric_cell *cells_get(struct cells *c, enum metrics_row row,
			      const char *a, const char *b, const char *d)
{
	const struct cells_slot key = {.row = row, .value = {a, b, d}};
	const struct cells_slot *s = find(c, &key);

	return s->cell != NULL ? s->cell : add(c, key);
}

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

/* The one of this key, or the free one where it belongs. */
static struct cells_slot *find(const struct cells *c, enum metrics_row row,
			       const char *a, const char *b, const char *d)
{
	/* Odd factors far apart: addresses differ in their middle bits. */
	uint64_t h = (uint64_t)row * 0x9e3779b97f4a7c15u;

	h ^= (uintptr_t)a * 0xc2b2ae3d27d4eb4fu;
	h ^= (uintptr_t)b * 0x165667b19e3779f9u;
	h ^= (uintptr_t)d * 0x85ebca77c2b2ae63u;
	for (size_t at = (size_t)(h >> 32);; at++) {
		struct cells_slot *s = &c->slot[at & (c->size - 1)];

		if (s->cell == NULL || (s->row == row && s->value[0] == a &&
					s->value[1] == b && s->value[2] == d))
			return s;
	}
}

static void put(struct cells *c, const struct cells_slot *s)
{
	*find(c, s->row, s->value[0], s->value[1], s->value[2]) = *s;
}

static void grow(struct cells *c)
{
	struct cells old = *c;

	c->size *= 2;
	c->slot = mem_zalloc(c->size * sizeof(*c->slot));
	for (size_t i = 0; i < old.size; i++)
		if (old.slot[i].cell != NULL)
			put(c, &old.slot[i]);
	mem_free(old.slot);
}

static struct metric_cell *add(struct cells *c, struct cells_slot s)
{
	if (2 * (c->n + 1) > c->size)
		grow(c);
	s.cell = metrics_cell(c->metrics, s.row, s.value[0], s.value[1],
			      s.value[2], NULL);
	c->n++;
	put(c, &s);
	return s.cell;
}

struct metric_cell *cells_get(struct cells *c, enum metrics_row row,
			      const char *a, const char *b, const char *d)
{
	struct metric_cell *cell = find(c, row, a, b, d)->cell;

	if (LIKELY(cell != NULL))
		return cell;
	return add(c, (struct cells_slot){.row = row, .value = {a, b, d}});
}

#include "router/proxy/cells.h"

#include <string.h>

void cells_init(struct cells *c, struct metrics *m)
{
	memset(c, 0, sizeof(*c));
	c->metrics = m;
}

void cells_forget(struct cells *c)
{
	cells_init(c, c->metrics);
}

static size_t slot_of(enum metrics_row row, const char *const *value)
{
	/* Odd factors far apart: addresses differ in their middle bits. */
	uint64_t h = (uint64_t)row * 0x9e3779b97f4a7c15u;

	h ^= (uintptr_t)value[0] * 0xc2b2ae3d27d4eb4fu;
	h ^= (uintptr_t)value[1] * 0x165667b19e3779f9u;
	h ^= (uintptr_t)value[2] * 0x85ebca77c2b2ae63u;
	return (size_t)(h >> 32) % CELLS_SLOTS;
}

struct metric_cell *cells_get(struct cells *c, enum metrics_row row,
			      const char *a, const char *b, const char *d)
{
	const char *const value[3] = {a, b, d};
	struct cells_slot *s = &c->slot[slot_of(row, value)];

	if (s->cell != NULL && s->row == row && s->value[0] == a &&
	    s->value[1] == b && s->value[2] == d)
		return s->cell;
	s->row = row;
	memcpy(s->value, value, sizeof(value));
	s->cell = metrics_cell(c->metrics, row, a, b, d, NULL);
	return s->cell;
}

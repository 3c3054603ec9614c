#include "router/proxy/cells.h"

#include <string.h>

#include "common/base/mem.h"

#define FIRST_SLOTS  64
#define FIRST_SHEETS 64

static const struct {
	enum metrics_row row;
	const char *second, *third;
} columns[CELLS_N] = {
#define X(id, row, second, third) {METRICS_##row, second, third},
	CELLS_COLUMNS(X)
#undef X
};

void cells_init(struct cells *c, struct metrics *m)
{
	*c = (struct cells){
		.metrics = m,
		.slot = mem_zalloc(FIRST_SLOTS * sizeof(*c->slot)),
		.size = FIRST_SLOTS,
		.sheet = mem_zalloc(FIRST_SHEETS * sizeof(*c->sheet)),
		.sheets_size = FIRST_SHEETS,
	};
}

static void free_sheets(struct cells *c)
{
	for (size_t i = 0; i < c->sheets_size; i++) {
		mem_free(c->sheet[i]);
		c->sheet[i] = NULL;
	}
	c->n_sheets = 0;
}

void cells_fini(struct cells *c)
{
	free_sheets(c);
	mem_free(c->sheet);
	mem_free(c->slot);
	*c = (struct cells){0};
}

void cells_forget(struct cells *c)
{
	memset(c->slot, 0, c->size * sizeof(*c->slot));
	c->n = 0;
	free_sheets(c);
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
	s.cell = metrics_part(c->metrics, c, s.row, s.value[0], s.value[1],
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

static struct cells_sheet **find_sheet(const struct cells *c, const char *name)
{
	for (size_t at = cells_home(c, name);; at++) {
		struct cells_sheet **s = &c->sheet[at & (c->sheets_size - 1)];

		if (*s == NULL || (*s)->name == name)
			return s;
	}
}

static void grow_sheets(struct cells *c)
{
	struct cells_sheet **old = c->sheet;
	size_t n = c->sheets_size;

	c->sheets_size *= 2;
	c->sheet = mem_zalloc(c->sheets_size * sizeof(*c->sheet));
	for (size_t i = 0; i < n; i++)
		if (old[i] != NULL)
			*find_sheet(c, old[i]->name) = old[i];
	mem_free(old);
}

static struct cells_sheet *add_sheet(struct cells *c, const char *name)
{
	struct cells_sheet *s = mem_zalloc(sizeof(*s));

	if (2 * (c->n_sheets + 1) > c->sheets_size)
		grow_sheets(c);
	s->name = name;
	c->n_sheets++;
	*find_sheet(c, name) = s;
	return s;
}

struct cells_sheet *cells_find_sheet(struct cells *c, const char *name)
{
	struct cells_sheet *s = *find_sheet(c, name);

	return LIKELY(s != NULL) ? s : add_sheet(c, name);
}

struct metric_cell *cells_fill(struct cells *c, struct cells_sheet *s,
			       enum cells_column column)
{
	s->cell[column] = metrics_part(c->metrics, c, columns[column].row,
				       s->name, columns[column].second,
				       columns[column].third, NULL);
	return s->cell[column];
}

#include "router/decision/list.h"

#include <stdlib.h>

#include "common/base/mem.h"

void decision_list_fini(struct decision_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		decision_free(&l->record[i]);
	mem_free(l->record);
	*l = (struct decision_list){0};
}

static void push(struct decision_list *l, struct decision_record *r)
{
	if (l->n == l->room) {
		l->room = l->room > 0 ? 2 * l->room : 8;
		l->record = mem_realloc(l->record,
					l->room * sizeof(l->record[0]));
	}
	l->record[l->n++] = r;
}

static void copy(void *list, const struct decision_record *found)
{
	push(list, decision_copy(found));
}

void decision_list_find(struct decision_list *l, struct decision_ring *r,
			const struct decision_wanted *w)
{
	if (r != NULL)
		decision_ring_find(r, w, copy, l);
}

void decision_list_take(struct decision_list *l, struct decision_list *from)
{
	for (size_t i = 0; i < from->n; i++)
		push(l, from->record[i]);
	from->n = 0;
	decision_list_fini(from);
}

static int newest_first(const void *a, const void *b)
{
	const struct decision_record *const *x = a, *const *y = b;

	if ((*x)->wall_us != (*y)->wall_us)
		return (*x)->wall_us > (*y)->wall_us ? -1 : 1;
	return ((*x)->try < (*y)->try) - ((*x)->try > (*y)->try);
}

void decision_list_sort(struct decision_list *l, size_t max)
{
	if (l->n > 1)
		qsort(l->record, l->n, sizeof(l->record[0]), newest_first);
	while (l->n > max)
		decision_free(&l->record[--l->n]);
}

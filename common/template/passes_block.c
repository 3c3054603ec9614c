/* A block of passes as if it were one pass. What holds for that holds for
 * each of them; the reverse need not be. */
#include "common/template/passes_note.h"
#include "common/template/passes_run.h"

static bool add_set(struct pass *to, const struct pass_set *s)
{
	size_t i = 0;
	while (i < to->n_sets && to->set[i].slot != s->slot)
		i++;
	if (i == PASSES_SETS)
		return false;
	to->set[i] = *s;
	to->n_sets += i == to->n_sets;
	return true;
}

/* `next` is run behind `to`. */
static void add(struct pass *to, const struct pass *next)
{
	to->end = next->end;
	to->names[0] |= next->names[0];
	to->names[1] |= next->names[1];
	to->slots |= next->slots;
	if (next->furthest > to->furthest)
		to->furthest = next->furthest;
	to->asked_last |= next->asked_last;
	to->opaque |= next->opaque;
	to->silent &= next->silent;
	for (size_t i = 0; i < next->n_guards; i++)
		to->opaque |= !passes_add_guard(to, next->guard[i]);
	for (size_t i = 0; i < next->n_sets; i++)
		to->opaque |= !add_set(to, &next->set[i]);
}

static void sum(struct passes_loop *l, bool backwards, size_t block)
{
	const struct pass *pass = l->pass + block * PASSES_BLOCK;
	struct pass all = {.silent = true};
	for (size_t i = 0; i < PASSES_BLOCK; i++)
		add(&all, &pass[backwards ? PASSES_BLOCK - 1 - i : i]);
	l->block[block] = all;
}

void passes_sum_blocks(struct passes_loop *l, bool backwards, size_t low,
		       size_t high)
{
	size_t first = l->low + PASSES_BLOCK - 1;
	size_t from = low > first ? low / PASSES_BLOCK : first / PASSES_BLOCK;
	for (size_t i = from; i < l->n / PASSES_BLOCK; i++) {
		if (i * PASSES_BLOCK >= high)
			break;
		sum(l, backwards, i);
	}
}

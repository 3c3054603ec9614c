#include "tests/lab/timeline.h"

#include "common/base/mem.h"

void timeline_init(struct timeline *t)
{
	*t = (struct timeline){0};
}

void timeline_fini(struct timeline *t)
{
	mem_free(t->entry);
}

static bool before(const struct timeline_entry *a,
		   const struct timeline_entry *b)
{
	return a->at_s < b->at_s || (a->at_s == b->at_s && a->turn < b->turn);
}

void timeline_push(struct timeline *t, double at_s, int kind, uint32_t subject)
{
	struct timeline_entry e = {at_s, t->turn++, kind, subject};
	size_t i = t->n++;

	if (t->n > t->size) {
		t->size = t->size ? t->size * 2 : 1024;
		t->entry = mem_realloc(t->entry, t->size * sizeof(*t->entry));
	}
	for (; i > 0 && before(&e, &t->entry[(i - 1) / 2]); i = (i - 1) / 2)
		t->entry[i] = t->entry[(i - 1) / 2];
	t->entry[i] = e;
}

bool timeline_pop(struct timeline *t, struct timeline_entry *out)
{
	struct timeline_entry last;
	size_t i = 0, child;

	if (t->n == 0)
		return false;
	*out = t->entry[0];
	last = t->entry[--t->n];
	while ((child = 2 * i + 1) < t->n) {
		if (child + 1 < t->n &&
		    before(&t->entry[child + 1], &t->entry[child]))
			child++;
		if (!before(&t->entry[child], &last))
			break;
		t->entry[i] = t->entry[child];
		i = child;
	}
	t->entry[i] = last;
	return true;
}

#include "router/discover/kube_store.h"

#include <stdlib.h>

#include "common/base/mem.h"

static void items_free(struct kube_items *items)
{
	if (items == NULL)
		return;
	kube_items_clear(items);
	mem_free(items);
}

static void map_empty(struct map *m)
{
	struct slice name;
	void *value;
	size_t at = 0;

	while (map_next(m, &at, &name, &value))
		items_free(value);
	map_fini(m);
	map_init(m);
}

void kube_store_init(struct kube_store *s)
{
	map_init(&s->now);
	map_init(&s->fresh);
	s->listing = false;
}

void kube_store_fini(struct kube_store *s)
{
	map_empty(&s->now);
	map_empty(&s->fresh);
	map_fini(&s->now);
	map_fini(&s->fresh);
}

void kube_store_begin(struct kube_store *s)
{
	map_empty(&s->fresh);
	s->listing = true;
}

void kube_store_end(struct kube_store *s)
{
	map_empty(&s->now);
	map_fini(&s->now);
	s->now = s->fresh;
	map_init(&s->fresh);
	s->listing = false;
}

enum status kube_store_put(struct kube_store *s, const char *name,
			   struct kube_items *items)
{
	struct map *m = s->listing ? &s->fresh : &s->now;
	struct kube_items *held;

	if (m->n >= KUBE_MAX_OBJECTS && map_find(m, slice_of(name)) == NULL) {
		kube_items_clear(items);
		return ERR_LIMIT;
	}
	held = mem_zalloc(sizeof(*held));
	*held = *items;
	*items = (struct kube_items){0};
	items_free(map_set(m, slice_of(name), held));
	return OK;
}

void kube_store_drop(struct kube_store *s, const char *name)
{
	items_free(
		map_remove(s->listing ? &s->fresh : &s->now, slice_of(name)));
}

/* --- printing ------------------------------------------------------------ */

static size_t count(const struct kube_store *s)
{
	struct slice name;
	void *value;
	size_t at = 0, n = 0;

	while (map_next(&s->now, &at, &name, &value))
		n += ((struct kube_items *)value)->n;
	return n;
}

static int by_pod(const void *a, const void *b)
{
	const struct kube_item *x = *(const struct kube_item *const *)a;
	const struct kube_item *y = *(const struct kube_item *const *)b;
	int order = strcmp(x->pod, y->pod);

	if (order != 0)
		return order;
	if (x->v6 != y->v6)
		return x->v6 ? 1 : -1;
	return strcmp(x->text, y->text);
}

static const struct kube_item **sorted(const struct kube_store *s, size_t *n)
{
	const struct kube_item **all = mem_array(count(s) + 1, sizeof(*all));
	struct slice name;
	void *value;
	size_t at = 0;

	*n = 0;
	while (map_next(&s->now, &at, &name, &value)) {
		const struct kube_items *items = value;

		for (size_t i = 0; i < items->n; i++)
			all[(*n)++] = &items->item[i];
	}
	qsort(all, *n, sizeof(*all), by_pod);
	return all;
}

/* Of those of a pod, which stand together, the one by which it is asked:
 * of the family that is wanted the first, else the first of all. */
static size_t pick(const struct kube_item **all, size_t from, size_t n, bool v6,
		   const struct kube_item **out)
{
	size_t i = from;

	*out = all[from];
	for (; i < n && strcmp(all[i]->pod, all[from]->pod) == 0; i++)
		if ((*out)->v6 != v6 && all[i]->v6 == v6)
			*out = all[i];
	return i;
}

void kube_store_print(const struct kube_store *s, bool v6, struct buf *out)
{
	size_t n, at = 0;
	const struct kube_item **all = sorted(s, &n), *one;

	buf_putc(out, '[');
	while (at < n) {
		buf_puts(out, at > 0 ? ",\n" : "\n");
		at = pick(all, at, n, v6, &one);
		buf_puts(out, one->text);
	}
	buf_puts(out, "]\n");
	mem_free(all);
}

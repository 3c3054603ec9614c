#include "router/discover/change.h"

#include <string.h>

#include "common/base/log.h"
#include "common/base/map.h"

#define MAX_NAMES 8

static bool same(const struct conf_worker *a, const struct conf_worker *b)
{
	return b != NULL && strcmp(a->url, b->url) == 0;
}

/* Those of `in` that are not in `other`. */
static void print_missing(const struct conf_workers *in,
			  const struct conf_workers *other, const char *verb,
			  struct buf *out)
{
	struct map by_name;
	size_t n = 0;

	map_init(&by_name);
	for (size_t i = 0; other != NULL && i < other->n; i++)
		map_set(&by_name, slice_of(other->worker[i].name),
			&other->worker[i]);
	for (size_t i = 0; in != NULL && i < in->n; i++) {
		const struct conf_worker *w = &in->worker[i];

		if (same(w, map_find(&by_name, slice_of(w->name))))
			continue;
		if (n++ < MAX_NAMES)
			buf_printf(out, ", %s %s", w->name, verb);
	}
	if (n > MAX_NAMES)
		buf_printf(out, ", and %zu more %s", n - MAX_NAMES, verb);
	map_fini(&by_name);
}

void change_print(const struct conf_workers *old,
		  const struct conf_workers *now, struct buf *out)
{
	buf_printf(out, "%zu workers", now->n);
	print_missing(now, old, "joins", out);
	print_missing(old, now, "leaves", out);
}

void change_tell(const char *model, const struct conf_workers *old,
		 const struct conf_workers *now)
{
	struct buf text = {0};

	change_print(old, now, &text);
	log_info("discover: %s: %.*s", model, SLICE_ARG(buf_slice(&text)));
	buf_fini(&text);
}

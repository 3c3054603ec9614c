#include "router/fleet/store.h"

#include "common/base/attr.h"
#include "common/base/mem.h"
#include "router/fleet/worker.h"

#include <string.h>

static char *const usual[] = {
	(char *)"FS",       (char *)"OBJ",          (char *)"STORAGE",
	(char *)"EXTERNAL", (char *)"lmcache-l2-*",
};

struct store *store_create(const struct conf_store *c)
{
	struct store *s;
	unsigned id;

	if (!worker_id_take(&id))
		return NULL;
	s = mem_zalloc(sizeof(*s));
	ref_init(&s->ref);
	s->id = id;
	s->name = mem_strdup(c->name);
	atomic_init(&s->load_ms, c->load_ms);
	atomic_init(&s->token_ms, c->token_ms);
	return s;
}

struct store *store_ref(struct store *s)
{
	ref_hold(&s->ref);
	return s;
}

void store_unref(struct store **s)
{
	struct store *gone = *s;

	*s = NULL;
	if (gone == NULL || !ref_drop(&gone->ref))
		return;
	worker_id_give_back(gone->id);
	mem_free(gone->name);
	mem_free(gone);
}

static bool fits(struct slice name, struct slice medium)
{
	if (name.n > 0 && name.p[name.n - 1] == '*') {
		name.n--;
		medium.n = medium.n < name.n ? medium.n : name.n;
	}
	return slice_equal_nocase(name, medium);
}

bool store_has_medium(const struct conf_store *c, struct slice medium)
{
	char *const *name = c->n_media > 0 ? c->medium : usual;
	size_t n = c->n_media > 0 ? c->n_media : ARRAY_LEN(usual);

	for (size_t i = 0; i < n; i++)
		if (medium.n > 0 && fits(slice_of(name[i]), medium))
			return true;
	return false;
}

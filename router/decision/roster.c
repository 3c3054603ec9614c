#include "router/decision/roster.h"

#include <string.h>

#include "common/base/mem.h"

/* Copies a text to `*at` and moves on behind it. */
static const char *put(char **at, const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = memcpy(*at, text, n);

	*at += n;
	return copy;
}

struct decision_roster *decision_roster_of(const char *model, const char *store,
					   const char *const *worker, size_t n)
{
	size_t names = n * sizeof(worker[0]);
	size_t texts = strlen(model) + 1 + strlen(store) + 1;
	struct decision_roster *r;
	char *at;

	for (size_t i = 0; i < n; i++)
		texts += strlen(worker[i]) + 1;
	r = mem_alloc(sizeof(*r) + names + texts);
	ref_init(&r->ref);
	at = (char *)&r->worker[n];
	r->model = put(&at, model);
	r->store = put(&at, store);
	r->n = n;
	for (size_t i = 0; i < n; i++)
		r->worker[i] = put(&at, worker[i]);
	return r;
}

struct decision_roster *decision_roster_create(const struct fleet_model *m)
{
	const char **name = mem_array(m->n_workers ? m->n_workers : 1,
				      sizeof(*name));
	struct decision_roster *r;

	for (size_t i = 0; i < m->n_workers; i++)
		name[i] = m->worker[i]->name;
	r = decision_roster_of(m->conf->name,
			       m->store != NULL ? m->store->name : "", name,
			       m->n_workers);
	mem_free(name);
	return r;
}

struct decision_roster *decision_roster_ref(struct decision_roster *r)
{
	ref_hold(&r->ref);
	return r;
}

void decision_roster_unref(struct decision_roster **r)
{
	struct decision_roster *gone = *r;

	*r = NULL;
	if (gone != NULL && ref_drop(&gone->ref))
		mem_free(gone);
}

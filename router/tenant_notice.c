#include "router/tenant_notice.h"

#include <string.h>

#include "common/base/map.h"
#include "router/api/endpoint.h"

/* More are a sign of something else. */
#define MAX_DOUBTS 10

void tenant_notice_open(const struct conf *c, const struct addr *bound)
{
	char text[ADDR_TEXT_BYTES];

	if (c->tenants.list == NULL)
		log_write(addr_is_local(bound) ? LOG_INFO : LOG_WARN,
			  "tenants: off: anyone who reaches %s is served",
			  addr_text(bound, text));
}

static void tell_refused(void)
{
	const struct endpoint *e;
	struct buf paths = {0};

	for (size_t i = 0; (e = endpoint_at(i)) != NULL; i++)
		if (e->cache == API_UNSALTED)
			buf_printf(&paths, "%s%s", buf_len(&paths) ? ", " : "",
				   e->path);
	log_warn("tenants: cache_salt: refused, since engines take none "
		 "there: %.*s",
		 SLICE_ARG(buf_slice(&paths)));
	buf_fini(&paths);
}

static void add_names(struct map *names, const struct conf_model *m)
{
	map_set(names, slice_of(m->name), (void *)m);
	for (size_t i = 0; i < m->n_aliases; i++)
		map_set(names, slice_of(m->alias[i]), (void *)m);
	for (size_t i = 0; i < m->n_loras; i++)
		map_set(names, slice_of(m->lora[i]), (void *)m);
}

static void doubt_models(const struct map *names,
			 const struct conf_tenants *list,
			 const struct conf_tenant *t, size_t *n)
{
	for (size_t i = 0; i < t->n_models && *n < MAX_DOUBTS; i++) {
		if (strcmp(t->model[i], "*") == 0 ||
		    map_find(names, slice_of(t->model[i])) != NULL)
			continue;
		log_warn("tenants: %s:%zu: %s: no model is called %s",
			 list->file, t->line, t->name, t->model[i]);
		(*n)++;
	}
}

void tenant_notice_doubts(const struct conf *c, const struct conf_tenants *list)
{
	struct map names;
	size_t n = 0;

	map_init(&names);
	for (size_t i = 0; i < c->n_models; i++)
		add_names(&names, &c->model[i]);
	for (size_t i = 0; i < list->n; i++)
		doubt_models(&names, list, &list->tenant[i], &n);
	map_fini(&names);
}

void tenant_notice(const struct conf *c)
{
	const struct conf_tenants *list = c->tenants.list;

	if (list == NULL)
		return;
	log_info("tenants: %s: %zu tenants with %zu keys are in force",
		 list->file, list->n, list->n_keys);
	if (c->tenants.cache_salt != CONF_SALT_OFF)
		tell_refused();
}

#include "router/tenant_notice.h"

#include "router/api/endpoint.h"

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

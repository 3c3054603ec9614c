/* What a worker's connector takes over from its url, and where its bootstrap
 * server is. */
#include "common/base/mem.h"
#include "router/conf/connector.h"
#include "router/conf/parse.h"
#include "router/conf/value.h"

#include <string.h>

/* Its engine_id is nowhere but at its bootstrap server. */
static bool must_be_asked(const struct conf_worker *w)
{
	return w->connector == CONF_CONNECTOR_MOONCAKE &&
	       w->transfer.engine_id == NULL &&
	       connector_gives(w->role, w->connector);
}

void transfer_complete(struct parse *p, const struct yaml *node,
		       const char *path, struct conf_worker *w,
		       const char *url_host)
{
	struct conf_transfer *t = &w->transfer;
	struct buf text = {0};
	struct error err = {0};
	size_t port = t->port;

	if (w->connector != CONF_CONNECTOR_NONE && t->host == NULL)
		t->host = mem_strdup(url_host);
	if (!must_be_asked(w))
		return;
	if (port == 0)
		port = connector_get(w->connector)->port;
	buf_printf(&text, strchr(t->host, ':') != NULL ? "[%s]:%zu" : "%s:%zu",
		   t->host, port);
	if (value_parse_addr(buf_slice(&text), p->numeric, &t->addr, &err) !=
	    OK)
		parse_fault(p, node, path, "transfer.host", "%s", err.text);
	buf_fini(&text);
}

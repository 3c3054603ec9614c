/* What the texts of tracing.* say. Pure but for check_tracing(). */
#ifndef ROUTER_CONF_TRACING_H
#define ROUTER_CONF_TRACING_H

#include "router/conf/conf.h"

/* Inside of what was parsed. */
struct tracing_place {
	struct slice origin; /* "https://host:port", for url_parse() */
	struct slice path;   /* "" or "/…", without a slash at its end */
	bool secure;
};

/* Nothing is looked up: whether there is such a host shows later. */
MUST_USE enum status tracing_place_parse(const char *endpoint,
					 struct tracing_place *out,
					 struct error *err);
/* What is asked for there: the path of traces below it, unless it says that
 * itself. */
void tracing_target(const struct tracing_place *p, struct buf *out);

/* "name: value", inside of it. */
MUST_USE enum status tracing_header_parse(const char *line, struct slice *name,
					  struct slice *value,
					  struct error *err);

#endif

/* What names an engine: its url, and the ZeroMQ endpoints of its events. */
#ifndef ROUTER_CONF_URL_H
#define ROUTER_CONF_URL_H

#include "router/conf/conf.h"

/* "http://host[:port]" to the Host header's value (on the heap) and the
 * address; port 80 if none is written. `numeric`: nothing is looked up. */
MUST_USE enum status url_parse(const char *url, bool numeric, char **host,
			       struct addr *addr, struct error *err);

/* "tcp://host:port", of which `ranks` ports counting up must exist, or
 * "ipc://path". */
MUST_USE enum status url_check_endpoint(const char *endpoint, size_t ranks,
					struct error *err);

#endif

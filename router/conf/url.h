/* What names an engine: its url, and the ZeroMQ endpoints of its events. */
#ifndef ROUTER_CONF_URL_H
#define ROUTER_CONF_URL_H

#include "router/conf/conf.h"

struct url_parts {
	char *host;        /* what the Host header says; on the heap */
	char *server_name; /* the same without port and brackets; heap */
	struct addr addr;
	bool secure; /* https */
};

/* "http://host[:port]" or "https://…"; port 80 or 443 if none is written.
 * `numeric`: nothing is looked up. */
MUST_USE enum status url_parse(const char *url, bool numeric,
			       struct url_parts *out, struct error *err);

/* "tcp://host:port", of which `ranks` ports counting up must exist, or
 * "ipc://path". */
MUST_USE enum status url_check_endpoint(const char *endpoint, size_t ranks,
					struct error *err);

/* Of a peer tier; the host is without the brackets of a v6 address. */
struct url_peer {
	struct slice host; /* inside of what was parsed */
	uint16_t port;     /* of rank 0; others count up */
};

/* "host:port", of which `ranks` ports counting up must exist. The host is
 * not looked up: it is the other engines that connect to it. */
MUST_USE enum status url_parse_peer(const char *peer, size_t ranks,
				    struct url_peer *out, struct error *err);

#endif

/* Asks DNS servers, and waits for what they say: ten seconds at most. By
 * c-ares, which knows /etc/resolv.conf, asks again, and over TCP where an
 * answer does not fit. Blocking; any thread. */
#ifndef ROUTER_DISCOVER_DNS_LOOKUP_H
#define ROUTER_DISCOVER_DNS_LOOKUP_H

#include "common/base/addr.h"
#include "router/discover/dns_answer.h"

#define DNS_MAX_SERVERS 3 /* as in /etc/resolv.conf */

/* `server`: `n` IPv4 addresses to ask; 0: as /etc/resolv.conf says. No
 * record, though the name is there, is an answer without any.
 * ERR_NOT_FOUND: there is no such name; ERR_IO: nobody has answered, or not
 * well. `err` says which. */
MUST_USE enum status dns_lookup(const char *name, enum dns_type type,
				const struct addr *server, size_t n,
				struct dns_answer *out, struct error *err);

#endif

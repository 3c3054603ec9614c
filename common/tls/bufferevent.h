/* TLS for libevent's HTTP, which serves what is rare: probes, the admin
 * port. Its handshakes are counted like all others. */
#ifndef COMMON_TLS_BUFFEREVENT_H
#define COMMON_TLS_BUFFEREVENT_H

#include "common/tls/context.h"

struct bufferevent;
struct event_base;

/* Without a descriptor yet, as evhttp wants it; connects or accepts as the
 * context does, and holds it by itself. Closes its descriptor when freed. */
struct bufferevent *tls_bufferevent_create(struct event_base *base,
					   struct tls_context *c);
/* Of one that failed: why, as far as it is known. TLS_DONE: the handshake
 * was fine. */
enum tls_result tls_bufferevent_result(struct bufferevent *bev);

#endif

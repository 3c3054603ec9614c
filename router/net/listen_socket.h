/* A socket that listens, counted: the lanes that accept on it share it with
 * the main thread, which may hand it to another process.
 *
 * Whoever closes it last resets what waits in its queue. So before that it
 * is told to refuse, is left open for as long as handshakes may still be
 * under way, and is accepted on until nothing waits. Any thread. */
#ifndef ROUTER_NET_LISTEN_SOCKET_H
#define ROUTER_NET_LISTEN_SOCKET_H

#include <stdatomic.h>

#include "common/base/addr.h"
#include "common/base/ref.h"

struct listen_socket {
	struct ref ref;
	int fd;
	atomic_bool tls; /* who comes speaks TLS; main's, at a reload */
};

/* Takes `fd` (listening, non-blocking) over. */
struct listen_socket *listen_socket_create(int fd);
struct listen_socket *listen_socket_ref(struct listen_socket *s);
void listen_socket_unref(struct listen_socket **s);

/* New connections are not begun any more, those that are being made get
 * through: the first segment of a handshake is dropped, the last is not. Who
 * asks meanwhile asks again within a second or so, and finds whoever listens
 * then. Nothing of the kind is possible on a unix socket. */
void listen_socket_refuse(struct listen_socket *s);

/* For how long handshakes may be under way that have been begun. */
unsigned listen_socket_linger_ms(const struct addr *bound);

#endif

/* TLS on a socket, as a layer of it (common/base/sock.h).
 *
 *	sock_open(&s, loop, fd, connecting, events, arg);
 *	sock_set_layer(&s, tls_session_create(context));
 *
 * From then on the socket is its owner's as if it were plain: `writable`
 * comes when the handshake is done, bytes go both ways, sock_close() says
 * goodbye (close_notify). What the two ends agreed on above it (ALPN) is
 * sock_protocol(): "h2", "http/1.1" or nothing; the handshake is over before
 * the first `bytes` and before `writable`, so it is known in both. Of what a
 * handshake failed sock_fault() tells, within `ended`.
 *
 * A server offers "h2" only if its context was made with `http2`.
 *
 * One write is one record of up to 16 KiB, however many pieces it has. The
 * kernel's bytes are the library's own business: at most one record of them
 * waits here, and what it says is not counted as taken. Belongs to the
 * socket's loop. */
#ifndef COMMON_TLS_SESSION_H
#define COMMON_TLS_SESSION_H

#include "common/base/sock.h"
#include "common/tls/context.h"

/* Holds the context by itself. Becomes the socket's. */
struct sock_layer *tls_session_create(struct tls_context *c);
/* What became of the handshake; of what failed later, too. TLS_DONE before. */
enum tls_result tls_session_result(const struct sock_layer *l);
/* It went on with an earlier session, which spares both ends most of the
 * handshake. `l` is one of these. */
bool tls_session_was_resumed(const struct sock_layer *l);

#endif

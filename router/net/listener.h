/* Accepts connections on one socket for one lane. Belongs to its loop.
 *
 * Others may accept on the same socket. When descriptors run out it pauses
 * instead of spinning, and tries again shortly after. */
#ifndef ROUTER_NET_LISTENER_H
#define ROUTER_NET_LISTENER_H

#include "common/base/loop.h"
#include "router/net/listen_socket.h"

struct listener;

/* Holds the socket by itself. `accepted` gets a non-blocking, close-on-exec
 * descriptor and owns it; `tls` is the socket's. */
struct listener *listener_create(struct loop *l, struct listen_socket *s,
				 void (*accepted)(void *arg, int fd, bool tls),
				 void *arg);
/* Leaves what waits to those who hold the socket too. */
void listener_destroy(struct listener **l);
/* The same, after it has accepted all that waits. */
void listener_finish(struct listener **l);
bool listener_is_of(const struct listener *l, const struct listen_socket *s);
void listener_pause(struct listener *l); /* leaves them in the backlog */
void listener_resume(struct listener *l);

#endif

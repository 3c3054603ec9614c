/* Accepts connections on one socket for one lane. Belongs to its loop.
 *
 * Others may accept on the same socket. One descriptor is kept in reserve:
 * when they run out, those who come are let in by it one by one, to be told
 * that there is no room. Then it pauses instead of spinning, and tries again
 * shortly after. */
#ifndef ROUTER_NET_LISTENER_H
#define ROUTER_NET_LISTENER_H

#include "common/base/loop.h"
#include "router/net/listen_socket.h"

struct listener;

/* Both get a non-blocking, close-on-exec descriptor and own it; `tls` is the
 * socket's. */
struct listener_events {
	void (*accepted)(void *arg, int fd, bool tls);
	/* There is no descriptor left: it is closed when this returns. */
	void (*no_room)(void *arg, int fd, bool tls);
};

/* Holds the socket by itself. */
struct listener *listener_create(struct loop *l, struct listen_socket *s,
				 const struct listener_events *events,
				 void *arg);
/* Leaves what waits to those who hold the socket too. */
void listener_destroy(struct listener **l);
/* The same, after it has accepted all that waits. */
void listener_finish(struct listener **l);
bool listener_is_of(const struct listener *l, const struct listen_socket *s);
void listener_pause(struct listener *l); /* leaves them in the backlog */
void listener_resume(struct listener *l);

#endif

/* The addresses on which clients come in. Main thread.
 *
 * A TCP address has a socket for each lane, among which the kernel deals
 * connections out; a unix socket, and one that was handed over alone, is
 * shared by all. */
#ifndef ROUTER_LISTEN_H
#define ROUTER_LISTEN_H

#include "router/inherit.h"
#include "router/net/listen_socket.h"

struct listen_address {
	struct addr asked; /* as in the configuration */
	struct addr bound; /* its port is not 0 */
	struct listen_socket **socket;
	size_t n;
};

/* Takes what was handed over for this address, and opens what is missing up
 * to one for each of `lanes`. A port that another process listens on is a
 * fault, even if that one would share it. NULL with `err`. */
struct listen_address *listen_open(const struct addr *asked, size_t lanes,
				   struct inherited *in, struct error *err);
/* Takes this process's hold off its sockets. */
void listen_close(struct listen_address **a);

/* The nth socket that lane `lane` of `lanes` accepts on; NULL: it has no
 * more. Every socket is some lane's, and every lane has one. */
struct listen_socket *listen_of_lane(const struct listen_address *a,
				     size_t lane, size_t lanes, size_t nth);

/* Who comes from now on speaks TLS, or does not. */
void listen_set_tls(struct listen_address *a, bool tls);
bool listen_is_tls(const struct listen_address *a);

/* See listen_socket_refuse(). */
void listen_refuse(struct listen_address *a);

#endif

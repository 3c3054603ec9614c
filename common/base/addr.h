/* Socket addresses: parsing, printing, listening, connecting. */
#ifndef COMMON_BASE_ADDR_H
#define COMMON_BASE_ADDR_H

#include <sys/socket.h>

#include "common/base/slice.h"

struct addr {
	struct sockaddr_storage sa;
	socklen_t n;
};

#define ADDR_TEXT_BYTES 128

/* "host:port", "[v6]:port", ":port" (all addresses) or "unix:/path".
 * Names are looked up, which may block: main thread, at load. One with
 * both families means its IPv4 address. */
MUST_USE enum status addr_parse(const char *text, struct addr *out,
				struct error *err);
char *addr_text(const struct addr *a, char out[ADDR_TEXT_BYTES]);
/* Same host and family, another TCP port. */
struct addr addr_with_port(const struct addr *a, unsigned port);
unsigned addr_port(const struct addr *a);
/* Only this machine reaches it: loopback, or a unix socket. */
bool addr_is_local(const struct addr *a);

/* A non-blocking, close-on-exec listener. SO_REUSEADDR always;
 * SO_REUSEPORT if asked. A unix socket that nobody listens on any more is
 * replaced. Returns the descriptor, or -1 with `err`. */
int addr_listen(const struct addr *a, int backlog, bool reuse_port,
		struct error *err);
/* The address a socket is bound to (port 0 becomes the real one). */
MUST_USE enum status addr_of_socket(int fd, struct addr *out);
/* A peer that has vanished without a word is noticed, as an end of the
 * connection, within about `ms`: whether bytes to it are under way or not.
 * Nothing for unix sockets. */
void addr_notice_loss(int fd, uint64_t ms);
/* Starts a non-blocking connect; -1 (errno) if it failed at once. */
int addr_connect(const struct addr *a);

#endif

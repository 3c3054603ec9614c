/* Loopback TCP for tests: the peer's end is a plain blocking socket. Needs
 * cmocka's header before it. */
#ifndef TESTS_UNIT_TCP_H
#define TESTS_UNIT_TCP_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/addr.h"

/* A listener on a port that was free, non-blocking. */
static inline int tcp_listen(struct addr *at)
{
	struct addr any;
	int fd;

	assert_int_equal(addr_parse("127.0.0.1:0", &any, NULL), OK);
	fd = addr_listen(&any, 64, false, NULL);
	assert_true(fd >= 0);
	assert_int_equal(addr_of_socket(fd, at), OK);
	return fd;
}

static inline void tcp_set_blocking(int fd, bool yes)
{
	int flags = fcntl(fd, F_GETFL);

	flags = yes ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	assert_int_equal(fcntl(fd, F_SETFL, flags), 0);
}

static inline int tcp_connect(const struct addr *to)
{
	int fd = socket(to->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const void *)&to->sa, to->n), 0);
	return fd;
}

/* `ours` is non-blocking. */
static inline void tcp_pair(int *ours, int *theirs)
{
	struct addr at;
	int listener = tcp_listen(&at);

	*theirs = tcp_connect(&at);
	*ours = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(*ours >= 0);
	close(listener);
}

static inline void tcp_say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

/* Closes with a reset instead of an end. */
static inline void tcp_break(int fd)
{
	struct linger at_once = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

/* Known room on both sides: less than a MiB in all. */
static inline void tcp_narrow(int ours, int theirs)
{
	int few = 256 * 1024;

	setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &few, sizeof(few));
	setsockopt(theirs, SOL_SOCKET, SO_RCVBUF, &few, sizeof(few));
}

/* What has come so far, without waiting; -1: reset, 0: the end or nothing,
 * and `ended` says which. */
static inline ssize_t tcp_hear(int fd, char *out, size_t size, bool *ended)
{
	ssize_t n = recv(fd, out, size, MSG_DONTWAIT);

	*ended = n == 0 || (n < 0 && errno != EAGAIN);
	return n < 0 && errno == EAGAIN ? 0 : n;
}

#endif

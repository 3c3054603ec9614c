#include "common/base/sock.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/assert.h"
#include "common/base/sysio.h"

/* Reads in one turn before the other sockets get theirs. */
#define READS_A_TURN 8

static void tell_end(struct sock *s, int err)
{
	if (s->ended)
		return;
	s->ended = true;
	s->events->ended(s->arg, err);
}

static int socket_error(int fd)
{
	int err = 0;
	socklen_t n = sizeof(err);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &n) != 0)
		return errno;
	return err;
}

static void read_again(struct deferred *d);

/* Nothing more is there: the end, or a pause. */
static void read_nothing(struct sock *s, int err)
{
	bool later = err == EAGAIN || err == EWOULDBLOCK;

	s->unread = false;
	if (s->err != 0)
		tell_end(s, s->err);
	else if (!later)
		tell_end(s, err);
}

/* Paused by what it was just told, it may hear of the end all the same. */
static void tell_eagerly(struct sock *s)
{
	if (sock_is_open(s) && s->hung_up && s->paused && s->eager_end)
		tell_end(s, s->err ? s->err : socket_error(s->watch.fd));
}

/* A short read has emptied the socket: asking for EAGAIN would be a call
 * for nothing. Not so at the end, which only another read shows. */
static void read_bytes(struct sock *s)
{
	for (int i = 0; i < READS_A_TURN; i++) {
		ssize_t n = sysio_recv(s->watch.fd, s->loop->scratch,
				       LOOP_SCRATCH, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			read_nothing(s, n < 0 ? errno : 0);
			return;
		}
		s->unread = n == LOOP_SCRATCH || s->hung_up;
		s->events->bytes(s->arg,
				 (struct slice){s->loop->scratch, (size_t)n});
		if (!sock_is_open(s) || s->paused || s->ended || !s->unread) {
			tell_eagerly(s);
			return;
		}
	}
	loop_defer(s->loop, &s->again, read_again);
}

static void read_again(struct deferred *d)
{
	struct sock *s = CONTAINER_OF(d, struct sock, again);

	if (!sock_is_open(s) || s->ended)
		return;
	if (s->paused)
		tell_eagerly(s);
	else
		read_bytes(s);
}

/* One that has failed is told as an error, too. */
static bool finish_connect(struct sock *s, uint32_t events)
{
	int err = events & (EPOLLERR | EPOLLHUP) ? socket_error(s->watch.fd)
						 : 0;

	s->connecting = false;
	if (err == 0)
		return true;
	tell_end(s, err);
	return false;
}

static void on_ready(struct watch *w, uint32_t events)
{
	struct sock *s = CONTAINER_OF(w, struct sock, watch);

	if (s->connecting && !finish_connect(s, events))
		return;
	if ((events & (EPOLLOUT | EPOLLERR)) && s->full) {
		s->full = false;
		s->events->writable(s->arg);
		if (!sock_is_open(s) || s->ended)
			return;
	}
	if (!(events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
		return;
	s->unread = true;
	s->hung_up |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
	if (!s->paused)
		read_bytes(s);
	else
		tell_eagerly(s);
}

void sock_open(struct sock *s, struct loop *l, int fd, bool connecting,
	       const struct sock_events *events, void *arg)
{
	*s = (struct sock){
		.loop = l,
		.events = events,
		.arg = arg,
		.connecting = connecting,
		.full = connecting,
	};
	watch_start(&s->watch, l, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		    on_ready);
}

void sock_close(struct sock *s)
{
	if (!sock_is_open(s))
		return;
	loop_undefer(&s->again);
	watch_close(&s->watch, s->loop);
}

void sock_reset(struct sock *s)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	if (sock_is_open(s))
		setsockopt(s->watch.fd, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
	sock_close(s);
}

bool sock_is_open(const struct sock *s)
{
	return s->watch.fd >= 0;
}

bool sock_is_quiet(const struct sock *s)
{
	return !s->unread && !s->hung_up && !s->ended && s->err == 0 &&
	       watch_is_quiet(&s->watch, s->loop);
}

/* What the peer said before it went can still be read. */
static ssize_t fail(struct sock *s, int err)
{
	s->err = err;
	s->hung_up = s->unread = true;
	loop_defer(s->loop, &s->again, read_again);
	errno = err;
	return -1;
}

static size_t total_bytes(const struct iovec *iov, int n)
{
	size_t total = 0;

	for (int i = 0; i < n; i++)
		total += iov[i].iov_len;
	return total;
}

/* One piece, as most are, spares the kernel the list. */
static ssize_t send_pieces(int fd, const struct iovec *iov, int n)
{
	struct msghdr m = {.msg_iov = (struct iovec *)iov,
			   .msg_iovlen = (size_t)n};

	if (n == 1)
		return sysio_send(fd, iov->iov_base, iov->iov_len,
				  MSG_NOSIGNAL);
	return sysio_sendmsg(fd, &m, MSG_NOSIGNAL);
}

ssize_t sock_send(struct sock *s, const struct iovec *iov, int n)
{
	size_t total = total_bytes(iov, n);
	ssize_t sent;

	if (s->err != 0)
		return fail(s, s->err);
	if (s->connecting || s->full)
		return 0;
	do
		sent = send_pieces(s->watch.fd, iov, n);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
		return fail(s, errno);
	/* A short write means that the next would take nothing. */
	if (sent < 0 || (size_t)sent < total)
		s->full = true;
	return sent < 0 ? 0 : sent;
}

void sock_pause(struct sock *s)
{
	s->paused = true;
}

void sock_resume(struct sock *s)
{
	if (!s->paused)
		return;
	s->paused = false;
	if (s->unread && sock_is_open(s) && !s->ended)
		loop_defer(s->loop, &s->again, read_again);
}

#include "common/base/sock.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/assert.h"
#include "common/base/sysio.h"

#define WATCHED (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)
/* Reads in one turn before the other sockets get theirs. */
#define READS_A_TURN 8
/* Sent as one piece up to here. */
#define GATHER_BYTES 2048

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

static bool is_later(int err)
{
	return err == EAGAIN || err == EWOULDBLOCK;
}

static void read_again(struct deferred *d);

/* Nothing more is there: the end, or a pause. */
static void read_nothing(struct sock *s, int err)
{
	s->unread = false;
	if (s->err != 0)
		tell_end(s, s->err);
	else if (!is_later(err))
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
static inline ssize_t recv_kernel(struct sock *s, void *to, size_t n)
{
	ssize_t got;

	do
		got = sysio_recv(s->watch.fd, to, n, 0);
	while (got < 0 && errno == EINTR);
	s->unread = (size_t)got == n || s->hung_up;
	return got;
}

ssize_t sock_kernel_recv(struct sock *s, void *to, size_t n)
{
	return recv_kernel(s, to, n);
}

static inline ssize_t recv_some(struct sock *s, void *to, size_t n)
{
	if (UNLIKELY(s->layer != NULL))
		return s->layer->type->recv(s->layer, s, to, n);
	return recv_kernel(s, to, n);
}

static void read_bytes(struct sock *s)
{
	for (int i = 0; i < READS_A_TURN; i++) {
		ssize_t n = recv_some(s, s->loop->scratch, LOOP_SCRATCH);

		if (n <= 0) {
			read_nothing(s, n < 0 ? errno : 0);
			return;
		}
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

	if (err != 0) {
		tell_end(s, err);
		return false;
	}
	s->connecting = s->shaking = s->layer != NULL;
	return true;
}

static void tell_writable(struct sock *s)
{
	if (!s->full)
		return;
	s->full = false;
	s->events->writable(s->arg);
}

/* What came behind the handshake is read when the others had their turn. */
static void shake(struct sock *s, uint32_t events)
{
	int err;

	s->unread |= (events & ~(uint32_t)EPOLLOUT) != 0;
	s->hung_up |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
	s->layer->type->flush(s->layer, s);
	err = s->layer->type->shake(s->layer, s);
	if (is_later(err))
		return;
	if (err != 0) {
		tell_end(s, err);
		return;
	}
	s->connecting = s->shaking = false;
	s->unread |= s->layer->type->holds(s->layer);
	if (s->unread)
		loop_defer(s->loop, &s->again, read_again);
	tell_writable(s);
}

/* Bytes that a layer holds go first. */
static bool flush_layer(struct sock *s)
{
	if (!s->layer->type->flush(s->layer, s))
		return false;
	if (s->ending)
		shutdown(s->watch.fd, SHUT_WR);
	s->ending = false;
	return true;
}

/* Whether it goes on as a socket that has been connected. */
static bool come_about(struct sock *s, uint32_t events)
{
	if (!s->shaking && !finish_connect(s, events))
		return false;
	if (!s->shaking)
		return true;
	shake(s, events);
	return false;
}

static void on_ready(struct watch *w, uint32_t events)
{
	struct sock *s = CONTAINER_OF(w, struct sock, watch);

	if (s->connecting && !come_about(s, events))
		return;
	if ((events & (EPOLLOUT | EPOLLERR)) &&
	    (s->layer == NULL ? s->full : flush_layer(s))) {
		tell_writable(s);
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
	watch_start(&s->watch, l, fd, WATCHED, on_ready);
}

void sock_take_over(struct sock *s, struct loop *l, struct watch *from,
		    const struct sock_events *events, void *arg)
{
	*s = (struct sock){.loop = l, .events = events, .arg = arg};
	watch_hand_over(from, &s->watch, l, WATCHED, on_ready);
}

void sock_hand_over(struct sock *s, struct watch *to,
		    void (*ready)(struct watch *w, uint32_t events))
{
	ASSERT(s->layer == NULL && !s->connecting && !s->full);
	loop_undefer(&s->again);
	watch_hand_over(&s->watch, to, s->loop, EPOLLIN | EPOLLRDHUP | EPOLLET,
			ready);
}

void sock_set_layer(struct sock *s, struct sock_layer *layer)
{
	ASSERT(s->layer == NULL && !s->shaking);
	s->layer = layer;
	s->shaking = !s->connecting;
	s->connecting = s->full = true;
}

/* Its end, if it is to be in order, has been told. */
static void drop(struct sock *s)
{
	struct sock_layer *layer = s->layer;

	loop_undefer(&s->again);
	watch_close(&s->watch, s->loop);
	s->layer = NULL;
	if (layer != NULL)
		layer->type->destroy(layer);
}

void sock_close(struct sock *s)
{
	if (!sock_is_open(s))
		return;
	if (s->layer != NULL)
		s->layer->type->end(s->layer, s);
	drop(s);
}

void sock_reset(struct sock *s)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	if (!sock_is_open(s))
		return;
	setsockopt(s->watch.fd, SOL_SOCKET, SO_LINGER, &at_once,
		   sizeof(at_once));
	drop(s);
}

void sock_end(struct sock *s)
{
	if (!sock_is_open(s))
		return;
	s->ending = s->layer != NULL && !s->layer->type->end(s->layer, s);
	if (!s->ending)
		shutdown(s->watch.fd, SHUT_WR);
}

bool sock_is_open(const struct sock *s)
{
	return s->watch.fd >= 0;
}

struct slice sock_protocol(const struct sock *s)
{
	if (s->layer == NULL)
		return (struct slice){NULL, 0};
	return s->layer->type->protocol(s->layer);
}

const char *sock_fault(const struct sock *s)
{
	return s->layer == NULL ? NULL : s->layer->type->fault(s->layer);
}

bool sock_is_quiet(const struct sock *s)
{
	return !s->unread && !s->hung_up && !s->ended && s->err == 0 &&
	       watch_is_quiet(&s->watch, s->loop) &&
	       (s->layer == NULL || !s->layer->type->holds(s->layer));
}

/* What comes under a layer need not be for the owner: the layer looks. */
bool sock_look(struct sock *s)
{
	char byte;
	ssize_t n;

	if (s->layer == NULL) {
		n = recv(s->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
		return n < 0 && is_later(errno);
	}
	if (s->hung_up || s->ended || s->err != 0)
		return false;
	s->unread = true;
	n = s->layer->type->recv(s->layer, s, &byte, 1);
	if (n >= 0 || !is_later(errno))
		return false;
	s->unread = false;
	return !s->layer->type->holds(s->layer);
}

/* What the peer said before it went can still be read. */
static ssize_t fail(struct sock *s, int err)
{
	s->err = (int16_t)err;
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

ssize_t sock_kernel_send(struct sock *s, const void *p, size_t n)
{
	ssize_t sent;

	do
		sent = sysio_send(s->watch.fd, p, n, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent;
}

static ssize_t send_gathered(struct sock *s, const struct iovec *iov, int n)
{
	char all[GATHER_BYTES];
	size_t used = 0;

	for (int i = 0; i < n; i++) {
		if (iov[i].iov_len == 0)
			continue;
		memcpy(all + used, iov[i].iov_base, iov[i].iov_len);
		used += iov[i].iov_len;
	}
	return sock_kernel_send(s, all, used);
}

/* One piece spares the kernel the list, which is dearer than to copy a few
 * hundred bytes into one. */
static ssize_t send_pieces(struct sock *s, const struct iovec *iov, int n,
			   size_t total)
{
	struct msghdr m = {.msg_iov = (struct iovec *)iov,
			   .msg_iovlen = (size_t)n};
	ssize_t sent;

	if (UNLIKELY(s->layer != NULL))
		return s->layer->type->send(s->layer, s, iov, n);
	if (n == 1)
		return sock_kernel_send(s, iov->iov_base, iov->iov_len);
	if (total <= GATHER_BYTES)
		return send_gathered(s, iov, n);
	do
		sent = sysio_sendmsg(s->watch.fd, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent;
}

ssize_t sock_send(struct sock *s, const struct iovec *iov, int n)
{
	size_t total = total_bytes(iov, n);
	ssize_t sent;

	if (s->err != 0)
		return fail(s, s->err);
	if (s->connecting || s->full)
		return 0;
	sent = send_pieces(s, iov, n, total);
	if (sent < 0 && !is_later(errno))
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

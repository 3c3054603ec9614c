#include "router/net/conn.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "common/base/assert.h"

#define MAX_PIECES 16
/* How long a client may take to read the last bytes and close. */
#define LINGER_MS 2000
/* More than this is not copied, to be sent a little later. */
#define SOON_BYTES 4096

static void tell_end(struct conn *c, enum conn_end how)
{
	if (c->ended)
		return;
	c->ended = true;
	c->events->ended(c->arg, how);
	conn_close(c);
}

/* Closing with bytes unread would reset the connection and could take the
 * answer with it: our side ends, and the client gets time to end its own. */
static void linger(struct conn *c)
{
	sock_end(&c->sock);
	c->lingering = true;
	timer_set(&c->stall, LINGER_MS);
}

static void on_bytes(void *arg, struct slice bytes)
{
	struct conn *c = arg;

	if (!c->finishing && !c->broken && !c->ended)
		c->events->bytes(c->arg, bytes);
}

static void await_room(struct conn *c)
{
	if (c->stall.due_ms == 0)
		timer_set(&c->stall, c->write_stall_ms);
}

/* Returns false if the socket failed. An empty queue holds no memory. */
static bool flush(struct conn *c)
{
	while (buf_len(&c->out) > 0) {
		struct slice s = buf_slice(&c->out);
		struct iovec iov = {(void *)s.p, s.n};
		ssize_t n = sock_send(&c->sock, &iov, 1);

		if (n < 0)
			return false;
		if (n > 0)
			timer_clear(&c->stall);
		buf_consume(&c->out, (size_t)n);
		if (n == 0) {
			await_room(c);
			return true;
		}
	}
	buf_fini(&c->out);
	timer_clear(&c->stall);
	return true;
}

static void send_queued(struct conn *c)
{
	if (!flush(c))
		c->broken = true;
	else if (buf_len(&c->out) > 0)
		return;
	else if (c->finishing)
		linger(c);
	else
		c->events->drained(c->arg);
}

static void send_soon(struct deferred *d)
{
	struct conn *c = CONTAINER_OF(d, struct conn, soon);

	if (buf_len(&c->out) > 0)
		send_queued(c);
	buf_own(&c->out); /* the turn's room ends */
}

static void on_writable(void *arg)
{
	struct conn *c = arg;

	if (c->securing) {
		c->securing = false;
		if (c->events->secured != NULL && !c->finishing)
			c->events->secured(c->arg);
	}
	if (!c->ended && buf_len(&c->out) > 0)
		send_queued(c);
}

/* One that has only ended its own side hears what was about to be sent. */
static void on_ended(void *arg, int err)
{
	struct conn *c = arg;

	if (err == 0 && !c->broken && !c->ended && buf_len(&c->out) > 0)
		(void)flush(c);
	tell_end(c, c->lingering ? CONN_FINISHED : CONN_CLIENT_GONE);
}

static const struct sock_events sock_events = {
	.bytes = on_bytes,
	.writable = on_writable,
	.ended = on_ended,
};

static void on_deadline(void *arg)
{
	struct conn *c = arg;

	if (!c->ended && !c->finishing)
		c->events->deadline(c->arg);
}

static void on_stall(void *arg)
{
	struct conn *c = arg;

	tell_end(c, c->lingering ? CONN_FINISHED : CONN_STALLED);
}

static void init(struct conn *c, struct loop *l, uint64_t write_stall_ms,
		 const struct conn_events *events, void *arg)
{
	*c = (struct conn){
		.events = events,
		.arg = arg,
		.write_stall_ms = (uint32_t)write_stall_ms,
	};
	timer_init(&c->timer, l, on_deadline, c);
	timer_init(&c->stall, l, on_stall, c);
}

void conn_open(struct conn *c, struct loop *l, int fd, uint64_t write_stall_ms,
	       const struct conn_events *events, void *arg)
{
	int one = 1;

	init(c, l, write_stall_ms, events, arg);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	sock_open(&c->sock, l, fd, false, &sock_events, c);
	c->sock.eager_end = true;
}

void conn_take_over(struct conn *c, struct loop *l, struct watch *from,
		    uint64_t write_stall_ms, const struct conn_events *events,
		    void *arg)
{
	init(c, l, write_stall_ms, events, arg);
	sock_take_over(&c->sock, l, from, &sock_events, c);
	c->sock.eager_end = true;
}

void conn_secure(struct conn *c, struct sock_layer *layer)
{
	c->securing = true;
	sock_set_layer(&c->sock, layer);
}

struct slice conn_protocol(const struct conn *c)
{
	return sock_protocol(&c->sock);
}

static void release(struct conn *c)
{
	c->ended = true;
	loop_undefer(&c->soon);
	timer_fini(&c->timer);
	timer_fini(&c->stall);
	buf_fini(&c->out);
}

bool conn_rests(const struct conn *c)
{
	const struct sock *s = &c->sock;

	return s->layer == NULL && s->err == 0 && !s->paused && !s->full &&
	       !c->ended && !c->broken && !c->finishing &&
	       buf_len(&c->out) == 0;
}

void conn_hand_over(struct conn *c, struct watch *to,
		    void (*ready)(struct watch *w, uint32_t events))
{
	sock_hand_over(&c->sock, to, ready);
	release(c);
}

void conn_close(struct conn *c)
{
	if (!sock_is_open(&c->sock))
		return;
	sock_close(&c->sock);
	release(c);
}

void conn_reset(struct conn *c)
{
	if (!sock_is_open(&c->sock))
		return;
	sock_reset(&c->sock);
	release(c);
}

/* Keeps what lies behind the first `sent` bytes. */
static void queue_rest(struct conn *c, const struct slice *piece, size_t n,
		       size_t sent)
{
	for (size_t i = 0; i < n; i++) {
		size_t skip = sent < piece[i].n ? sent : piece[i].n;

		sent -= skip;
		buf_append(&c->out, slice_from(piece[i], skip));
	}
	if (buf_len(&c->out) > 0)
		await_room(c);
}

void conn_write(struct conn *c, const struct slice *piece, size_t n)
{
	struct iovec iov[MAX_PIECES];
	ssize_t sent = 0;

	ASSERT(n <= MAX_PIECES);
	if (c->ended || c->broken)
		return;
	ASSERT(!c->finishing);
	for (size_t i = 0; i < n; i++)
		iov[i] = (struct iovec){(void *)piece[i].p, piece[i].n};
	if (buf_len(&c->out) == 0)
		sent = sock_send(&c->sock, iov, (int)n);
	/* The socket tells the end when this turn is over. */
	c->broken |= sent < 0;
	if (!c->broken)
		queue_rest(c, piece, n, (size_t)sent);
}

/* Until send_soon(). */
static void lend_room(struct conn *c, size_t bytes)
{
	char *room = c->out.p == NULL ? loop_room(c->sock.loop, bytes) : NULL;

	if (room != NULL)
		buf_init_in(&c->out, room, bytes);
	else
		buf_reserve(&c->out, bytes);
}

void conn_write_soon(struct conn *c, const struct slice *piece, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += piece[i].n;
	if (!loop_is_amid(c->sock.loop) || bytes > SOON_BYTES || c->ended ||
	    c->broken || c->sock.full) {
		conn_write(c, piece, n);
		return;
	}
	ASSERT(!c->finishing);
	lend_room(c, bytes);
	for (size_t i = 0; i < n; i++)
		buf_append(&c->out, piece[i]);
	loop_defer(c->sock.loop, &c->soon, send_soon);
}

size_t conn_queued(const struct conn *c)
{
	return buf_len(&c->out);
}

bool conn_has_unread(const struct conn *c)
{
	char byte;

	return sock_is_open(&c->sock) &&
	       recv(c->sock.watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void conn_finish(struct conn *c)
{
	if (c->ended || c->finishing)
		return;
	/* What the client still sends is read and dropped. */
	sock_resume(&c->sock);
	c->finishing = true;
	timer_clear(&c->timer);
	if (buf_len(&c->out) == 0 && !c->broken)
		linger(c);
}

void conn_pause(struct conn *c)
{
	sock_pause(&c->sock);
}

void conn_resume(struct conn *c)
{
	sock_resume(&c->sock);
}

void conn_set_deadline(struct conn *c, uint64_t in_ms)
{
	if (!c->ended && !c->finishing)
		timer_set(&c->timer, in_ms);
}

void conn_clear_deadline(struct conn *c)
{
	timer_clear(&c->timer);
}

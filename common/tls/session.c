#include "common/tls/session.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/tls/state.h"
#include "common/tls/wire.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <sys/socket.h>

/* What a record holds at most (RFC 8446 5.1). */
#define RECORD_BYTES ((size_t)16384)
/* Of what a peer that is turned away has still sent. */
#define MAX_DROPPED ((size_t)256 * 1024)

struct tls_session {
	struct sock_layer layer;
	struct tls_context *context;
	SSL *ssl;
	struct tls_wire wire;
	/* Bytes that were encrypted, and wait in the wire: the owner sends
	 * them again, and they count as taken only then. */
	size_t owed;
	bool shaken; /* the handshake is done */
	bool failed; /* the library must not be called again */
	bool over;   /* nothing more will be read, … */
	int err;     /* … because of this; 0: the peer said goodbye */
	enum tls_result result;
	char *fault; /* or NULL */
};

static struct tls_session *session_of(struct sock_layer *l)
{
	return CONTAINER_OF(l, struct tls_session, layer);
}

/* Errors of others would be taken for this call's. */
static void enter(struct tls_session *t, struct sock *s)
{
	t->wire.sock = s;
	ERR_clear_error();
}

/* An end that the peer did not announce may be anybody's doing: what came
 * before it need not be all (RFC 8446 6.1). */
static int errno_of(const struct tls_session *t, int error)
{
	if (error == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (t->wire.err != 0)
		return t->wire.err;
	return t->wire.ended ? ECONNABORTED : EPROTO;
}

/* A library's call has not done what it should. */
static void note_stop(struct tls_session *t, int error)
{
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return;
	t->over = true;
	t->err = errno_of(t, error);
	t->failed |= error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
	/* In 1.3 a server refuses a client that thinks it is done. */
	if (error == SSL_ERROR_SSL && t->fault == NULL)
		t->result = tls_explain(t->context, t->ssl, error, &t->fault);
}

/* --- handshake ------------------------------------------------------- */

/* Who asks in the clear is told so in the clear. */
static void answer_plain_http(struct sock *s)
{
	static const char text[] =
		"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n"
		"connection: close\r\ncontent-length: 47\r\n\r\n"
		"TLS is spoken here; use https:// with this url\n";

	(void)sock_kernel_send(s, text, sizeof(text) - 1);
}

static int note_failure(struct tls_session *t, struct sock *s, int error)
{
	enum tls_result r = tls_explain(t->context, t->ssl, error, &t->fault);

	tls_count_handshake(t->context->side, r);
	t->result = r;
	t->over = t->failed = true;
	t->err = r == TLS_GONE ? errno_of(t, error) : EPROTO;
	if (r == TLS_PLAIN_HTTP)
		answer_plain_http(s);
	return t->err;
}

static int on_shake(struct sock_layer *l, struct sock *s)
{
	struct tls_session *t = session_of(l);
	int done, error;

	if (t->failed)
		return t->err;
	enter(t, s);
	done = SSL_do_handshake(t->ssl);
	if (done == 1) {
		t->shaken = true;
		tls_count_handshake(t->context->side, TLS_DONE);
		return 0;
	}
	error = SSL_get_error(t->ssl, done);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return EAGAIN;
	return note_failure(t, s, error);
}

/* --- bytes ----------------------------------------------------------- */

/* Nothing is there to be read, in the library or, as far as is known, in the
 * kernel: to be told so by the library costs as much as a record. */
static bool is_drained(const struct tls_session *t)
{
	return !t->wire.sock->unread && SSL_has_pending(t->ssl) == 0;
}

static size_t read_records(struct tls_session *t, char *to, size_t n)
{
	size_t got = 0;

	while (got < n && !t->over) {
		int some = SSL_read(t->ssl, to + got, (int)(n - got));

		if (some > 0)
			got += (size_t)some;
		else
			note_stop(t, SSL_get_error(t->ssl, some));
		if (some <= 0 || is_drained(t))
			break;
	}
	return got;
}

static ssize_t on_recv(struct sock_layer *l, struct sock *s, void *to, size_t n)
{
	struct tls_session *t = session_of(l);
	size_t got;

	enter(t, s);
	got = read_records(t, to, n);
	/* What is left, and the end, are told by the next call. */
	s->unread |= (got == n && !is_drained(t)) || t->over;
	if (got > 0)
		return (ssize_t)got;
	if (t->over && t->err == 0)
		return 0;
	errno = t->over ? t->err : EAGAIN;
	return -1;
}

/* Pieces that stand in a row in the record, which is what matters: many
 * small ones are one. */
struct cursor {
	const struct iovec *iov;
	int n;
	size_t at; /* in the first */
};

static void skip(struct cursor *c, size_t bytes)
{
	while (c->n > 0 && bytes >= c->iov->iov_len - c->at) {
		bytes -= c->iov->iov_len - c->at;
		c->iov++;
		c->n--;
		c->at = 0;
	}
	ASSERT(c->n > 0 || bytes == 0);
	c->at += bytes;
}

static struct slice first_piece(const struct cursor *c)
{
	return (struct slice){(char *)c->iov->iov_base + c->at,
			      c->iov->iov_len - c->at};
}

static struct slice next_record(struct cursor *c, char room[RECORD_BYTES])
{
	struct slice piece = first_piece(c);
	size_t n = 0;

	if (c->n == 1 || piece.n >= RECORD_BYTES) {
		piece.n = piece.n < RECORD_BYTES ? piece.n : RECORD_BYTES;
		skip(c, piece.n);
		return piece;
	}
	while (c->n > 0 && n < RECORD_BYTES) {
		piece = first_piece(c);
		if (piece.n > RECORD_BYTES - n)
			piece.n = RECORD_BYTES - n;
		memcpy(room + n, piece.p, piece.n);
		n += piece.n;
		skip(c, piece.n);
	}
	return (struct slice){room, n};
}

/* Returns how many bytes were taken. */
static size_t write_records(struct tls_session *t, struct cursor *c)
{
	char room[RECORD_BYTES];
	size_t taken = 0;

	while (c->n > 0) {
		struct slice record = next_record(c, room);
		int n;

		if (record.n == 0)
			break;
		n = SSL_write(t->ssl, record.p, (int)record.n);
		if (n <= 0) {
			note_stop(t, SSL_get_error(t->ssl, n));
			break;
		}
		ASSERT((size_t)n == record.n);
		if (buf_len(&t->wire.out) > 0) {
			t->owed = record.n;
			break;
		}
		taken += record.n;
	}
	return taken;
}

static ssize_t refuse(const struct tls_session *t)
{
	errno = t->wire.err != 0 ? t->wire.err : t->failed ? EPIPE : EAGAIN;
	return -1;
}

static ssize_t on_send(struct sock_layer *l, struct sock *s,
		       const struct iovec *iov, int n)
{
	struct tls_session *t = session_of(l);
	struct cursor c = {iov, n, 0};
	size_t taken;

	enter(t, s);
	if (t->failed || !tls_wire_flush(&t->wire))
		return refuse(t);
	taken = t->owed;
	t->owed = 0;
	skip(&c, taken);
	taken += write_records(t, &c);
	return taken == 0 && t->failed ? refuse(t) : (ssize_t)taken;
}

static bool on_flush(struct sock_layer *l, struct sock *s)
{
	struct tls_session *t = session_of(l);

	t->wire.sock = s;
	return tls_wire_flush(&t->wire) || t->wire.err != 0;
}

static bool on_holds(const struct sock_layer *l)
{
	const struct tls_session *t = CONTAINER_OF(l, struct tls_session,
						   layer);

	return t->over || SSL_has_pending(t->ssl) != 0;
}

/* --- end ------------------------------------------------------------- */

/* Closing with bytes unread would reset the connection and could take the
 * alert with it that says why. */
static void drop_unread(struct tls_session *t, struct sock *s)
{
	char some[4096];
	size_t dropped = 0;
	ssize_t n = 1;

	shutdown(s->watch.fd, SHUT_WR);
	while (n > 0 && !t->wire.ended && dropped < MAX_DROPPED) {
		n = sock_kernel_recv(s, some, sizeof(some));
		dropped += n > 0 ? (size_t)n : 0;
	}
}

/* Not in the middle of a record: the peer must see that this was cut. */
static bool on_end(struct sock_layer *l, struct sock *s)
{
	struct tls_session *t = session_of(l);

	enter(t, s);
	if (t->failed && !t->shaken && t->wire.err == 0)
		drop_unread(t, s);
	if (t->failed || !t->shaken || t->owed > 0)
		return true;
	SSL_shutdown(t->ssl);
	return tls_wire_flush(&t->wire) || t->wire.err != 0;
}

static void on_destroy(struct sock_layer *l)
{
	struct tls_session *t = session_of(l);

	if (!t->shaken && !t->failed)
		tls_count_handshake(t->context->side, TLS_GONE);
	/* Without this the library takes an end that we chose for a fault
	 * and forgets the session. */
	SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(t->ssl);
	buf_fini(&t->wire.out);
	tls_context_unref(&t->context);
	mem_free(t->fault);
	mem_free(t);
	ERR_clear_error();
}

static struct slice on_protocol(const struct sock_layer *l)
{
	const struct tls_session *t = CONTAINER_OF(l, struct tls_session,
						   layer);
	const unsigned char *name = NULL;
	unsigned n = 0;

	SSL_get0_alpn_selected(t->ssl, &name, &n);
	return (struct slice){(const char *)name, n};
}

static const char *on_fault(const struct sock_layer *l)
{
	return CONTAINER_OF(l, struct tls_session, layer)->fault;
}

static const struct sock_layer_type tls_layer = {
	.shake = on_shake,
	.recv = on_recv,
	.send = on_send,
	.flush = on_flush,
	.holds = on_holds,
	.end = on_end,
	.protocol = on_protocol,
	.fault = on_fault,
	.destroy = on_destroy,
};

struct sock_layer *tls_session_create(struct tls_context *c)
{
	struct tls_session *t = mem_zalloc(sizeof(*t));
	BIO *bio = tls_wire_bio(&t->wire);

	t->layer.type = &tls_layer;
	t->context = tls_context_ref(c);
	t->ssl = tls_begin(c);
	SSL_set_bio(t->ssl, bio, bio);
	return &t->layer;
}

bool tls_session_was_resumed(const struct sock_layer *l)
{
	return SSL_session_reused(
		       CONTAINER_OF(l, struct tls_session, layer)->ssl) != 0;
}

enum tls_result tls_session_result(const struct sock_layer *l)
{
	return CONTAINER_OF(l, struct tls_session, layer)->result;
}

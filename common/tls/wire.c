#include "common/tls/wire.h"

#include "common/base/assert.h"

#include <errno.h>
#include <pthread.h>

/* A buffer that has grown past this gives its memory back when empty. */
#define KEEP_BYTES 0

static bool is_later(int err)
{
	return err == EAGAIN || err == EWOULDBLOCK;
}

/* A socket that has been emptied is not asked again before the kernel has
 * told of more. */
static int on_read(BIO *b, char *to, int n)
{
	struct tls_wire *w = BIO_get_data(b);
	ssize_t got = -1;

	BIO_clear_retry_flags(b);
	errno = EAGAIN;
	if (w->sock->unread)
		got = sock_kernel_recv(w->sock, to, (size_t)n);
	if (got > 0)
		return (int)got;
	if (got < 0 && is_later(errno)) {
		w->sock->unread = false;
		BIO_set_retry_read(b);
		return -1;
	}
	w->ended |= got == 0;
	w->err = got < 0 ? errno : w->err;
	return (int)got;
}

static size_t send_now(struct tls_wire *w, const char *p, size_t n)
{
	ssize_t sent = sock_kernel_send(w->sock, p, n);

	if (sent < 0 && !is_later(errno))
		w->err = errno;
	return sent > 0 ? (size_t)sent : 0;
}

static int on_write(BIO *b, const char *p, int n)
{
	struct tls_wire *w = BIO_get_data(b);
	size_t sent = 0;

	BIO_clear_retry_flags(b);
	if (w->err == 0 && buf_len(&w->out) == 0)
		sent = send_now(w, p, (size_t)n);
	if (w->err != 0)
		return -1;
	buf_append(&w->out, (struct slice){p + sent, (size_t)n - sent});
	return n;
}

static long on_control(BIO *b, int what, long n, void *p)
{
	(void)b;
	(void)n;
	(void)p;
	return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method;

static void make_method(void)
{
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
			      "socket of a loop");
	ASSERT(method != NULL && BIO_meth_set_read(method, on_read) == 1 &&
	       BIO_meth_set_write(method, on_write) == 1 &&
	       BIO_meth_set_ctrl(method, on_control) == 1);
}

BIO *tls_wire_bio(struct tls_wire *w)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	BIO *b;

	pthread_once(&once, make_method);
	b = BIO_new(method);
	ASSERT(b != NULL);
	BIO_set_data(b, w);
	BIO_set_init(b, 1);
	return b;
}

bool tls_wire_flush(struct tls_wire *w)
{
	if (buf_len(&w->out) > 0 && w->err == 0) {
		struct slice s = buf_slice(&w->out);

		buf_consume(&w->out, send_now(w, s.p, s.n));
	}
	if (buf_len(&w->out) > 0)
		return false;
	buf_reset(&w->out, KEEP_BYTES);
	return true;
}

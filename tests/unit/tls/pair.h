/* Two sockets under TLS in one loop, or one and a plain socket to be hostile
 * with. Needs cmocka's header before it. */
#ifndef TESTS_UNIT_TLS_PAIR_H
#define TESTS_UNIT_TLS_PAIR_H

#include "common/tls/session.h"
#include "tests/unit/stage.h"
#include "tests/unit/tcp.h"
#include "tests/unit/tls/certificates.h"

static struct certificates files;

/* One socket of ours under TLS, and what it was told. */
struct end {
	struct sock sock;
	struct buf bytes;
	bool pause, ended;
	int writable, err;
	char fault[256];
};

static inline void on_bytes(void *arg, struct slice bytes)
{
	struct end *e = arg;

	assert_false(e->ended);
	buf_append(&e->bytes, bytes);
	if (e->pause)
		sock_pause(&e->sock);
}

static inline void on_writable(void *arg)
{
	struct end *e = arg;

	e->writable++;
}

static inline void on_ended(void *arg, int err)
{
	struct end *e = arg;
	const char *fault = sock_fault(&e->sock);

	e->ended = true;
	e->err = err;
	snprintf(e->fault, sizeof(e->fault), "%s", fault ? fault : "");
}

static const struct sock_events end_events = {on_bytes, on_writable, on_ended};

/* A server's end and a client's in one loop, or one of them and a plain
 * socket to be hostile with. */
struct pair {
	struct stage stage;
	struct tls_options server_options, client_options;
	struct end server, client;
	int raw;
};

static inline void prepare(struct pair *p)
{
	*p = (struct pair){.raw = -1};
	p->server_options = (struct tls_options){
		.side = TLS_CLIENTS,
		.certificate = files.chain,
		.key = files.key,
	};
	p->client_options = (struct tls_options){
		.side = TLS_WORKERS,
		.ca = files.ca,
		.name = "worker.example",
	};
	stage_open(&p->stage);
}

static inline void cover(struct sock *s, const struct tls_options *o)
{
	struct error err = {0};
	struct tls_context *c = tls_context_create(o, NULL, &err);

	assert_string_equal(err.text, "");
	assert_non_null(c);
	sock_set_layer(s, tls_session_create(c));
	tls_context_unref(&c);
}

static inline void say_at_once(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static inline void open_both(struct pair *p)
{
	int server, client;

	tcp_pair(&server, &client);
	tcp_set_blocking(client, false);
	tcp_narrow(server, client);
	say_at_once(server);
	say_at_once(client);
	sock_open(&p->server.sock, &p->stage.loop, server, false, &end_events,
		  &p->server);
	cover(&p->server.sock, &p->server_options);
	sock_open(&p->client.sock, &p->stage.loop, client, true, &end_events,
		  &p->client);
	cover(&p->client.sock, &p->client_options);
}

static inline void open_server(struct pair *p)
{
	int server;

	tcp_pair(&server, &p->raw);
	say_at_once(server);
	sock_open(&p->server.sock, &p->stage.loop, server, false, &end_events,
		  &p->server);
	cover(&p->server.sock, &p->server_options);
	p->client.sock.watch.fd = -1;
}

static inline void close_end(struct end *e)
{
	sock_close(&e->sock);
	buf_fini(&e->bytes);
}

static inline void close_pair(struct pair *p)
{
	close_end(&p->client);
	close_end(&p->server);
	if (p->raw >= 0)
		close(p->raw);
	stage_close(&p->stage);
}

static inline void shake(struct pair *p)
{
	open_both(p);
	STAGE_UNTIL(&p->stage, (p->server.writable && p->client.writable) ||
				       p->server.ended || p->client.ended);
	assert_false(p->client.ended);
	assert_false(p->server.ended);
}

static inline void say(struct end *from, const char *text)
{
	struct iovec iov = {(void *)text, strlen(text)};

	assert_int_equal(sock_send(&from->sock, &iov, 1), strlen(text));
}

static inline void assert_heard(struct pair *p, struct end *by,
				const char *text)
{
	size_t n = strlen(text);

	STAGE_UNTIL(&p->stage, buf_len(&by->bytes) >= n);
	assert_int_equal(buf_len(&by->bytes), n);
	assert_memory_equal(buf_slice(&by->bytes).p, text, n);
}

/* --- a client of the library's own, byte by byte ----------------------- */

struct library {
	SSL_CTX *ctx;
	SSL *ssl;
	BIO *in, *out;
	int fd;
	size_t step; /* bytes given at a time */
};

static inline void library_open(struct library *l, struct pair *p, int version)
{
	l->ctx = SSL_CTX_new(TLS_client_method());
	assert_int_equal(SSL_CTX_load_verify_locations(l->ctx, files.ca, NULL),
			 1);
	SSL_CTX_set_verify(l->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_min_proto_version(l->ctx, version);
	SSL_CTX_set_max_proto_version(l->ctx, version);
	l->ssl = SSL_new(l->ctx);
	l->in = BIO_new(BIO_s_mem());
	l->out = BIO_new(BIO_s_mem());
	BIO_set_mem_eof_return(l->in, -1);
	SSL_set_bio(l->ssl, l->in, l->out);
	SSL_set_connect_state(l->ssl);
	l->fd = p->raw;
	l->step = 1 << 20;
}

static inline void library_close(struct library *l)
{
	SSL_free(l->ssl);
	SSL_CTX_free(l->ctx);
}

/* Gives what it has to say, `step` bytes a turn; takes what has come. */
static inline void library_pump(struct library *l, struct pair *p)
{
	char bytes[16384];
	bool ended;
	size_t want = l->step < sizeof(bytes) ? l->step : sizeof(bytes);
	int n = BIO_read(l->out, bytes, (int)want);
	ssize_t got;

	if (n > 0)
		assert_int_equal(send(l->fd, bytes, (size_t)n, MSG_NOSIGNAL),
				 n);
	for (int i = 0; i < 3; i++)
		loop_turn(&p->stage.loop, false);
	got = tcp_hear(l->fd, bytes, sizeof(bytes), &ended);
	if (got > 0)
		BIO_write(l->in, bytes, (int)got);
}

static inline void library_shake(struct library *l, struct pair *p)
{
	while (SSL_do_handshake(l->ssl) != 1) {
		assert_int_equal(SSL_get_error(l->ssl, -1),
				 SSL_ERROR_WANT_READ);
		do
			library_pump(l, p);
		while (BIO_pending(l->out) > 0);
	}
	while (BIO_pending(l->out) > 0 || p->server.writable == 0)
		library_pump(l, p);
}

static inline int make_files(void **unused)
{
	(void)unused;
	certificates_open(&files);
	return 0;
}

static inline int remove_files(void **unused)
{
	(void)unused;
	certificates_close(&files);
	return 0;
}

#endif

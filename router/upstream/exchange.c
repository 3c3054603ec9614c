#include "router/upstream/exchange.h"

#include <errno.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/tls/session.h"
#include "router/upstream/link.h"

/* How often a failing handshake is worth a line. */
#define TELL_TLS_MS 10000
/* For a worker whose time-out was missed because we did not run. */
#define EXCUSED_MS 1000

bool exchange_is_over(const struct exchange *ex)
{
	return ex->link == NULL;
}

bool exchange_is_sent(const struct exchange *ex)
{
	return ex->sent_bytes == ex->send_bytes;
}

struct slice exchange_chunks(const struct exchange *ex)
{
	return ex->pool->chunks;
}

/* Takes the exchange off its link, which is closed. */
static void abandon(struct exchange *ex)
{
	struct link *l = ex->link;

	ex->link = NULL;
	if (l == NULL)
		return;
	l->exchange = NULL;
	link_close(l);
}

static void fail(struct exchange *ex, enum exchange_failure why)
{
	abandon(ex);
	ex->events->failed(ex->arg, why);
}

static uint64_t first_byte_ms(const struct exchange *ex)
{
	return ex->first_byte_ms ? ex->first_byte_ms
				 : ex->pool->limits.timeouts.first_byte;
}

static void attach(struct exchange *ex, struct link *l)
{
	const struct conf_timeouts *t = &ex->pool->limits.timeouts;

	ex->link = l;
	ex->sent_bytes = 0;
	l->exchange = ex;
	l->complete = false;
	l->keep = false;
	l->excused = false;
	if (ex->no_body)
		http_parser_expect_no_body(&l->parser);
	timer_set(&l->timer,
		  l->sock.connecting ? t->connect : first_byte_ms(ex));
}

/* On a fresh connection, after a pooled one had died unnoticed. */
static bool start_again(struct exchange *ex)
{
	struct link *dead = ex->link;

	if (ex->got_byte || !dead->served)
		return false;
	abandon(ex);
	attach(ex, link_create(ex->pool, dead->worker));
	return true;
}

static size_t unsent(const struct exchange *ex, struct iovec *iov)
{
	size_t skip = ex->sent_bytes, n = 0;

	for (size_t i = 0; i < ex->n_send; i++) {
		struct slice s = ex->send[i];
		size_t cut = skip < s.n ? skip : s.n;

		skip -= cut;
		s = slice_from(s, cut);
		if (s.n > 0)
			iov[n++] = (struct iovec){(void *)s.p, s.n};
	}
	return n;
}

/* A write that fails is told as the connection's end, behind what came
 * before it: a worker that refuses a body half-way has said why. */
static void push(struct exchange *ex)
{
	while (ex->sent_bytes < ex->send_bytes) {
		struct iovec iov[EXCHANGE_SEND_PIECES];
		int n = (int)unsent(ex, iov);
		ssize_t sent = sock_send(&ex->link->sock, iov, n);

		if (sent <= 0)
			return;
		ex->sent_bytes += (uint32_t)sent;
	}
}

static void push_soon(struct deferred *d)
{
	struct link *l = CONTAINER_OF(d, struct link, later);

	if (l->exchange != NULL)
		push(l->exchange);
}

/* Together with what else this turn of the loop sends: workers that are
 * woken once for many requests cost less. */
static void begin(struct exchange *ex)
{
	if (loop_is_amid(ex->pool->loop))
		loop_defer(ex->pool->loop, &ex->link->later, push_soon);
	else
		push(ex);
}

void exchange_on_writable(struct link *l)
{
	timer_set(&l->timer, first_byte_ms(l->exchange));
	push(l->exchange);
}

static void on_head(void *arg, const struct http_head *h)
{
	struct link *l = arg;

	if (l->exchange == NULL)
		return;
	l->exchange->got_head = true;
	l->keep = h->keep_alive;
	l->exchange->events->head(l->exchange->arg, h);
	http_parser_forget_head(&l->parser);
	if (l->exchange == NULL)
		http_parser_stop(&l->parser);
}

static void hand_over(struct link *l, bool complete)
{
	struct exchange *ex = l->exchange;
	struct pool *p = l->pool;
	size_t n = p->n_pieces;

	p->n_pieces = 0;
	ex->got_body |= n > 0;
	if (!complete) {
		if (n > 0)
			ex->events->body(ex->arg, p->piece, n, false);
		return;
	}
	/* The link is free before the owner hears of it: what the owner
	 * starts next may use it. */
	l->keep = l->keep && ex->sent_bytes == ex->send_bytes;
	l->served = true;
	ex->link = NULL;
	pool_give_back(l);
	ex->events->body(ex->arg, p->piece, n, true);
}

static void on_body(void *arg, struct slice piece)
{
	struct link *l = arg;
	struct pool *p = l->pool;

	if (l->exchange == NULL)
		return;
	if (p->n_pieces == EXCHANGE_MAX_PIECES) {
		p->split = true;
		hand_over(l, false);
	}
	if (l->exchange != NULL)
		p->piece[p->n_pieces++] = piece;
}

static void on_message_end(void *arg)
{
	struct link *l = arg;

	l->complete = true;
}

const struct http_events link_http_events = {
	.head = on_head,
	.body = on_body,
	.end = on_message_end,
};

static void begin_reading(struct pool *p)
{
	p->n_pieces = 0;
	p->split = false;
	p->chunks = (struct slice){NULL, 0};
}

void exchange_on_bytes(struct link *l, struct slice bytes)
{
	struct exchange *ex = l->exchange;
	enum status status;
	size_t used = 0;

	ex->got_byte = true;
	begin_reading(ex->pool);
	status = http_parser_feed(&l->parser, bytes, &used);
	if (l->exchange != ex)
		return; /* cancelled by its owner meanwhile */
	if (status != OK) {
		fail(ex, EXCHANGE_BAD);
		return;
	}
	/* Bytes behind the answer belong to nobody. */
	if (l->complete && used < bytes.n)
		l->keep = false;
	if (http_parser_fed_chunks(&l->parser) && !ex->pool->split)
		ex->pool->chunks = bytes;
	/* A head that trickles in wins no time for the body's first byte. */
	if (!l->complete && (ex->got_body || ex->pool->n_pieces > 0))
		timer_set(&l->timer, ex->pool->limits.timeouts.between_bytes);
	hand_over(l, l->complete);
}

static enum exchange_failure tls_failure(const struct link *l)
{
	switch (tls_session_result(l->sock.layer)) {
	case TLS_WRONG_NAME: return EXCHANGE_TLS_NAME;
	case TLS_EXPIRED: return EXCHANGE_TLS_EXPIRED;
	case TLS_UNTRUSTED:
	case TLS_BAD_CERTIFICATE: return EXCHANGE_TLS_UNTRUSTED;
	case TLS_REFUSED: return EXCHANGE_TLS_REFUSED;
	default: return EXCHANGE_TLS_FAILED;
	}
}

/* A worker that has failed will fail the next, too: told now and then. */
static void fail_tls(struct link *l)
{
	struct pool *p = l->pool;
	uint64_t now_ms = clock_coarse_ms();
	const char *fault = sock_fault(&l->sock);

	if (p->told_tls_ms == 0 || now_ms - p->told_tls_ms > TELL_TLS_MS) {
		p->told_tls_ms = now_ms;
		log_warn("upstream: tls: %s: %s", l->worker->name,
			 fault != NULL ? fault : "handshake failed");
	}
	fail(l->exchange, tls_failure(l));
}

void exchange_on_end(struct link *l, int err)
{
	struct exchange *ex = l->exchange;

	if (l->sock.shaking) {
		fail_tls(l);
		return;
	}
	if (l->sock.connecting ||
	    (err != 0 && ex->sent_bytes == 0 && !l->served && !ex->got_byte)) {
		fail(ex, err == EMFILE ? EXCHANGE_NO_ROOM : EXCHANGE_CONNECT);
		return;
	}
	if (!ex->got_byte) {
		if (start_again(ex))
			return;
		if (sock_fault(&l->sock) != NULL)
			fail_tls(l);
		else
			fail(ex, EXCHANGE_RESET);
		return;
	}
	/* An answer without a length ends with its connection. */
	begin_reading(ex->pool);
	if (err == 0 && http_parser_finish(&l->parser) == OK && l->complete) {
		l->keep = false;
		hand_over(l, true);
		return;
	}
	fail(ex, ex->got_head ? EXCHANGE_CUT : EXCHANGE_RESET);
}

void exchange_on_timer(struct link *l)
{
	struct exchange *ex = l->exchange;

	if (l->sock.paused) {
		/* It waits for us, not we for it. */
		timer_set(&l->timer, ex->pool->limits.timeouts.between_bytes);
		return;
	}
	/* What came while we slept is not all read in one turn. */
	if (timer_is_late(&l->timer) && !l->excused) {
		l->excused = true;
		timer_set(&l->timer, EXCUSED_MS);
		return;
	}
	fail(ex, l->sock.connecting ? EXCHANGE_CONNECT_SLOW
		 : ex->got_body     ? EXCHANGE_BETWEEN_SLOW
				    : EXCHANGE_FIRST_SLOW);
}

static size_t total_bytes(const struct slice *piece, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += piece[i].n;
	return bytes;
}

void exchange_start(struct exchange *ex, struct pool *pool,
		    struct worker *worker, const struct slice *send, size_t n,
		    const struct exchange_events *events, void *arg)
{
	struct link *l = ex->once ? NULL : pool_lease(pool, worker);
	bool no_body = ex->no_body, once = ex->once;
	uint32_t patience_ms = ex->first_byte_ms;
	size_t bytes = total_bytes(send, n);

	ASSERT(exchange_is_over(ex) && n <= EXCHANGE_SEND_PIECES);
	ASSERT(bytes <= UINT32_MAX);
	*ex = (struct exchange){
		.pool = pool,
		.send = send,
		.n_send = (uint8_t)n,
		.send_bytes = (uint32_t)bytes,
		.events = events,
		.arg = arg,
		.no_body = no_body,
		.once = once,
		.first_byte_ms = patience_ms,
	};
	attach(ex, l != NULL ? l : link_create(pool, worker));
	begin(ex);
}

void exchange_cancel(struct exchange *ex)
{
	abandon(ex);
}

void exchange_pause(struct exchange *ex)
{
	if (ex->link != NULL)
		sock_pause(&ex->link->sock);
}

void exchange_resume(struct exchange *ex)
{
	struct link *l = ex->link;

	if (l == NULL || !l->sock.paused)
		return;
	/* While we did not listen it owed us nothing. */
	if (ex->got_body)
		timer_set(&l->timer, ex->pool->limits.timeouts.between_bytes);
	sock_resume(&l->sock);
}

const char *exchange_failure_name(enum exchange_failure f)
{
	static const char *const name[] = {
		[EXCHANGE_CONNECT] = "connection refused",
		[EXCHANGE_CONNECT_SLOW] = "connect time-out",
		[EXCHANGE_TLS_NAME] = "tls: certificate is for another name",
		[EXCHANGE_TLS_EXPIRED] = "tls: certificate has expired",
		[EXCHANGE_TLS_UNTRUSTED] = "tls: certificate is not trusted",
		[EXCHANGE_TLS_REFUSED] = "tls: refused by the peer",
		[EXCHANGE_TLS_FAILED] = "tls: handshake failed",
		[EXCHANGE_RESET] = "connection reset",
		[EXCHANGE_FIRST_SLOW] = "first-byte time-out",
		[EXCHANGE_BETWEEN_SLOW] = "silent stream",
		[EXCHANGE_CUT] = "cut answer",
		[EXCHANGE_BAD] = "malformed answer",
		[EXCHANGE_NO_ROOM] = "no descriptor left",
	};

	ASSERT((size_t)f < ARRAY_LEN(name));
	return name[f];
}

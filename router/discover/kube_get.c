#include "router/discover/kube_get.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/base/assert.h"
#include "common/http/writer.h"
#include "common/tls/session.h"

static const struct http_limits limits = {
	.max_head_bytes = (size_t)64 << 10,
	.max_headers = 100,
};

/* --- its end ------------------------------------------------------------- */

static void shut(struct kube_get *g)
{
	timer_clear(&g->timer);
	if (!g->is_open)
		return;
	g->is_open = false;
	sock_close(&g->sock);
	http_parser_stop(&g->parser);
}

static void drop_parser(struct kube_get *g)
{
	if (g->has_parser)
		http_parser_fini(&g->parser);
	g->has_parser = false;
}

static void tell(struct deferred *d)
{
	struct kube_get *g = CONTAINER_OF(d, struct kube_get, over);

	drop_parser(g);
	g->events->done(g->arg, g->status,
			g->failure[0] != '\0' ? g->failure : NULL);
}

/* The parser may be on the stack. */
static void end(struct kube_get *g)
{
	shut(g);
	loop_defer(g->loop, &g->over, tell);
}

static void fail(struct kube_get *g, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void fail(struct kube_get *g, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(g->failure, sizeof(g->failure), fmt, args);
	va_end(args);
	end(g);
}

/* --- the answer ------------------------------------------------------------
 */

static void on_head(void *arg, const struct http_head *h)
{
	((struct kube_get *)arg)->status = h->status;
}

static void on_body(void *arg, struct slice bytes)
{
	struct kube_get *g = arg;

	if (g->is_open)
		g->events->body(g->arg, g->status, bytes);
}

static void on_message_end(void *arg)
{
	struct kube_get *g = arg;

	if (g->is_open)
		end(g);
}

static const struct http_events http_events = {
	.head = on_head,
	.body = on_body,
	.end = on_message_end,
};

/* --- the socket
 * ---------------------------------------------------------------- */

static void push(struct kube_get *g)
{
	while (buf_len(&g->send) > 0) {
		struct slice s = buf_slice(&g->send);
		const struct iovec iov = {(void *)s.p, s.n};
		ssize_t n = sock_send(&g->sock, &iov, 1);

		if (n <= 0)
			return;
		buf_consume(&g->send, (size_t)n);
	}
}

static void on_writable(void *arg)
{
	push(arg);
}

static void on_bytes(void *arg, struct slice bytes)
{
	struct kube_get *g = arg;
	size_t used;
	enum status st = http_parser_feed(&g->parser, bytes, &used);

	if (!g->is_open)
		return;
	if (st != OK) {
		fail(g, "its answer is not HTTP: %s",
		     http_parser_why(&g->parser));
		return;
	}
	/* A head that trickles in wins no time. */
	if (g->status != 0)
		timer_set(&g->timer, g->between_ms);
}

static void on_ended(void *arg, int err)
{
	struct kube_get *g = arg;
	const char *fault = sock_fault(&g->sock);

	if (fault != NULL) {
		fail(g, "%s", fault);
		return;
	}
	if (g->status == 0) {
		fail(g, "no answer: %s",
		     err != 0 ? strerror(err) : "it closed the connection");
		return;
	}
	/* Ends it where the answer goes on until the connection does. */
	if (err == 0 && http_parser_finish(&g->parser) == OK)
		return;
	if (!g->is_open)
		return;
	g->was_cut = true;
	fail(g, "its answer was cut");
}

static const struct sock_events sock_events = {
	.bytes = on_bytes,
	.writable = on_writable,
	.ended = on_ended,
};

static void on_timer(void *arg)
{
	struct kube_get *g = arg;

	/* What may have come while we slept has not been read yet. */
	if (timer_is_late(&g->timer) && !g->excused) {
		g->excused = true;
		timer_set(&g->timer, g->first_ms);
		return;
	}
	fail(g, g->status == 0 ? "no answer in time" : "it is silent");
}

/* --- its life ----------------------------------------------------------------
 */

void kube_get_init(struct kube_get *g, struct loop *l,
		   const struct kube_get_events *events, void *arg)
{
	memset(g, 0, sizeof(*g));
	g->loop = l;
	g->events = events;
	g->arg = arg;
	list_init(&g->over.link);
	timer_init(&g->timer, l, on_timer, g);
}

void kube_get_cancel(struct kube_get *g)
{
	shut(g);
	loop_undefer(&g->over);
}

void kube_get_fini(struct kube_get *g)
{
	kube_get_cancel(g);
	drop_parser(g);
	timer_fini(&g->timer);
	buf_fini(&g->send);
}

static void write_request(struct kube_get *g, const struct kube_server *server,
			  struct slice target)
{
	struct buf *b = &g->send;
	enum status st;

	buf_reset(b, 0);
	/* Made here, of names that were escaped. */
	st = http_write_request(b, SLICE("GET"), target);
	ASSERT(st == OK);
	http_write_line(b, SLICE("Host"), slice_of(server->host));
	http_write_line(b, SLICE("User-Agent"), SLICE("warmpath"));
	http_write_line(b, SLICE("Accept"), SLICE("application/json"));
	http_write_line(b, SLICE("Connection"), SLICE("close"));
	if (server->token.n > 0) {
		struct buf bearer = {0};

		buf_puts(&bearer, "Bearer ");
		buf_append(&bearer, server->token);
		st = http_write_header(b, SLICE("Authorization"),
				       buf_slice(&bearer));
		buf_fini(&bearer);
	}
	if (st != OK)
		buf_reset(b, 0);
	else
		http_write_end(b);
}

void kube_get_start(struct kube_get *g, const struct kube_server *server,
		    struct slice target, uint64_t first_ms, uint64_t between_ms)
{
	int fd;

	ASSERT(!g->is_open);
	loop_undefer(&g->over);
	drop_parser(g);
	g->status = 0;
	g->failure[0] = '\0';
	g->excused = g->was_cut = false;
	g->first_ms = first_ms;
	g->between_ms = between_ms;
	write_request(g, server, target);
	if (buf_len(&g->send) == 0) {
		fail(g, "the token has bytes that no header may have");
		return;
	}
	fd = addr_connect(&server->addr);
	if (fd < 0) {
		fail(g, "no connection: %s", strerror(errno));
		return;
	}
	http_parser_init(&g->parser, HTTP_CLIENT, &limits, &http_events, g);
	g->has_parser = g->is_open = true;
	addr_notice_loss(fd, between_ms);
	sock_open(&g->sock, g->loop, fd, true, &sock_events, g);
	if (server->context != NULL)
		sock_set_layer(&g->sock, tls_session_create(server->context));
	timer_set(&g->timer, first_ms);
}

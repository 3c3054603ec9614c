#include "router/upstream/oneshot.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/tls/session.h"

#define KEEP_BYTES 4096

static const struct http_limits limits = {
	.max_head_bytes = (size_t)64 << 10,
	.max_headers = 100,
};

/* --- its end ------------------------------------------------------------- */

static void shut(struct oneshot *c)
{
	timer_clear(&c->timer);
	if (!c->is_open)
		return;
	c->is_open = false;
	sock_close(&c->sock);
	http_parser_stop(&c->parser);
}

static void drop_parser(struct oneshot *c)
{
	if (c->has_parser)
		http_parser_fini(&c->parser);
	c->has_parser = false;
}

static void tell(struct deferred *d)
{
	struct oneshot *c = CONTAINER_OF(d, struct oneshot, over);

	drop_parser(c);
	c->events->done(c->arg, c->status,
			c->failure[0] != '\0' ? c->failure : NULL);
}

/* The parser may be on the stack. */
static void end(struct oneshot *c)
{
	shut(c);
	loop_defer(c->loop, &c->over, tell);
}

static void fail(struct oneshot *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void fail(struct oneshot *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->failure, sizeof(c->failure), fmt, args);
	va_end(args);
	end(c);
}

/* --- the answer ---------------------------------------------------------- */

static void on_head(void *arg, const struct http_head *h)
{
	((struct oneshot *)arg)->status = h->status;
}

static void on_body(void *arg, struct slice bytes)
{
	struct oneshot *c = arg;

	if (c->is_open)
		c->events->body(c->arg, c->status, bytes);
}

static void on_message_end(void *arg)
{
	struct oneshot *c = arg;

	if (c->is_open)
		end(c);
}

static const struct http_events http_events = {
	.head = on_head,
	.body = on_body,
	.end = on_message_end,
};

/* --- its time ------------------------------------------------------------ */

/* As long as that, within what is left of the whole. */
static void wait_for(struct oneshot *c, uint64_t ms)
{
	uint64_t now = clock_coarse_ms();
	uint64_t left = now < c->end_ms ? c->end_ms - now : 0;

	c->is_last = left < ms;
	timer_set(&c->timer, c->is_last ? left : ms);
}

static void begin_time(struct oneshot *c)
{
	c->end_ms = clock_coarse_ms() + c->times.whole_ms;
	wait_for(c, c->times.head_ms);
}

static void on_timer(void *arg)
{
	struct oneshot *c = arg;

	/* What may have come while we slept has not been read yet. */
	if (timer_is_late(&c->timer) && !c->excused) {
		c->excused = true;
		begin_time(c);
		return;
	}
	if (c->is_last)
		fail(c, "its answer takes too long");
	else
		fail(c, c->status == 0 ? "no answer in time" : "it is silent");
}

/* --- the socket ---------------------------------------------------------- */

static void push(struct oneshot *c)
{
	while (buf_len(&c->send) > 0) {
		struct slice s = buf_slice(&c->send);
		const struct iovec iov = {(void *)s.p, s.n};
		ssize_t n = sock_send(&c->sock, &iov, 1);

		if (n <= 0)
			return;
		buf_consume(&c->send, (size_t)n);
	}
}

static void on_writable(void *arg)
{
	push(arg);
}

static void on_bytes(void *arg, struct slice bytes)
{
	struct oneshot *c = arg;
	size_t used;
	enum status st = http_parser_feed(&c->parser, bytes, &used);

	if (!c->is_open)
		return;
	if (st != OK) {
		fail(c, "its answer is not HTTP: %s",
		     http_parser_why(&c->parser));
		return;
	}
	/* A head that trickles in wins no time. */
	if (c->status != 0)
		wait_for(c, c->times.between_ms);
}

static void on_ended(void *arg, int err)
{
	struct oneshot *c = arg;
	const char *fault = sock_fault(&c->sock);

	if (fault != NULL) {
		fail(c, "%s", fault);
		return;
	}
	if (c->status == 0) {
		fail(c, "no answer: %s",
		     err != 0 ? strerror(err) : "it closed the connection");
		return;
	}
	/* Ends it where the answer goes on until the connection does. */
	if (err == 0 && http_parser_finish(&c->parser) == OK)
		return;
	if (!c->is_open)
		return;
	c->was_cut = true;
	fail(c, "its answer was cut");
}

static const struct sock_events sock_events = {
	.bytes = on_bytes,
	.writable = on_writable,
	.ended = on_ended,
};

/* --- its life ------------------------------------------------------------ */

void oneshot_init(struct oneshot *c, struct loop *l,
		  const struct oneshot_events *events, void *arg)
{
	memset(c, 0, sizeof(*c));
	c->loop = l;
	c->events = events;
	c->arg = arg;
	list_init(&c->over.link);
	timer_init(&c->timer, l, on_timer, c);
}

void oneshot_cancel(struct oneshot *c)
{
	shut(c);
	loop_undefer(&c->over);
}

void oneshot_fini(struct oneshot *c)
{
	oneshot_cancel(c);
	drop_parser(c);
	timer_fini(&c->timer);
	buf_fini(&c->send);
}

static void begin_anew(struct oneshot *c)
{
	ASSERT(!c->is_open);
	loop_undefer(&c->over);
	drop_parser(c);
	c->status = 0;
	c->failure[0] = '\0';
	c->excused = c->was_cut = false;
}

void oneshot_fail(struct oneshot *c, const char *why)
{
	begin_anew(c);
	fail(c, "%s", why);
}

void oneshot_start(struct oneshot *c, const struct oneshot_server *server,
		   struct slice request, const struct oneshot_times *times)
{
	int fd;

	begin_anew(c);
	c->times = *times;
	buf_reset(&c->send, KEEP_BYTES);
	buf_append(&c->send, request);
	fd = addr_connect(&server->addr);
	if (fd < 0) {
		fail(c, "no connection: %s", strerror(errno));
		return;
	}
	http_parser_init(&c->parser, HTTP_CLIENT, &limits, &http_events, c);
	c->has_parser = c->is_open = true;
	addr_notice_loss(fd, times->between_ms);
	sock_open(&c->sock, c->loop, fd, true, &sock_events, c);
	if (server->context != NULL)
		sock_set_layer(&c->sock, tls_session_create(server->context));
	begin_time(c);
}

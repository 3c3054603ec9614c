#include "tools/sim/call.h"

#include "common/base/mem.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

struct call {
	struct bufferevent *stream;
	struct event *later; /* tells of what was clear at the start */
	call_answered *answered;
	void *arg;
	bool is_over;
};

/* The owner may end the call from its callback. */
static void tell(struct call *c, json_t *answer)
{
	if (c->is_over)
		return;
	c->is_over = true;
	c->answered(c->arg, answer);
}

static void on_readable(struct bufferevent *stream, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(stream);
	struct call *c = arg;
	json_t *answer;
	char *line;
	size_t n;

	line = evbuffer_readln(in, &n, EVBUFFER_EOL_LF);
	if (!line) {
		if (evbuffer_get_length(in) > CHANNEL_LINE_BYTES)
			tell(c, NULL);
		return;
	}
	answer = json_loadb(line, n, 0, NULL);
	free(line);
	bufferevent_disable(stream, EV_READ);
	tell(c, json_is_object(answer) ? answer : NULL);
	json_decref(answer);
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
	(void)stream;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
		tell(arg, NULL);
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tell(arg, NULL);
}

static bool connect_to(struct call *c, const char *host, uint16_t port)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICHOST};
	bool is_local = slice_equal(slice_of(host), SLICE("localhost"));
	struct addrinfo *at = NULL;
	char service[16];
	bool ok;

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(is_local ? "127.0.0.1" : host, service, &hints, &at) !=
	    0)
		return false;
	ok = bufferevent_socket_connect(c->stream, at->ai_addr,
					(int)at->ai_addrlen) == 0;
	freeaddrinfo(at);
	return ok;
}

struct call *call_start(struct event_base *base, const char *host,
			uint16_t port, struct slice question, double timeout_s,
			call_answered *answered, void *arg)
{
	struct call *c = mem_zalloc(sizeof(*c));
	struct timeval tv = {(time_t)timeout_s, 0};
	struct timeval at_once = {0};

	c->answered = answered;
	c->arg = arg;
	c->stream = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	c->later = event_new(base, -1, 0, on_later, c);
	tv.tv_usec = (suseconds_t)((timeout_s - (double)tv.tv_sec) * 1e6);
	bufferevent_write(c->stream, question.p, question.n);
	bufferevent_write(c->stream, "\n", 1);
	if (connect_to(c, host, port)) {
		/* Only now, or a refusal would be told from within. */
		bufferevent_setcb(c->stream, on_readable, NULL, on_event, c);
		bufferevent_enable(c->stream, EV_READ | EV_WRITE);
		if (timeout_s > 0)
			event_add(c->later, &tv);
	} else {
		event_add(c->later, &at_once);
	}
	return c;
}

void call_watch(struct call *c, call_answered *lost)
{
	c->answered = lost;
	c->is_over = false;
	event_del(c->later);
	bufferevent_enable(c->stream, EV_READ);
}

void call_end(struct call **c, bool has_copied)
{
	evutil_socket_t fd;

	if (!*c)
		return;
	fd = bufferevent_getfd((*c)->stream);
	/* One byte into an idle socket: it goes at once or not at all. */
	if (has_copied && fd >= 0)
		(void)!send(fd, "\n", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	event_free((*c)->later);
	bufferevent_free((*c)->stream);
	mem_free(*c);
	*c = NULL;
}

#include "tools/sim/channel.h"

#include "common/base/list.h"
#include "common/base/mem.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

struct peer {
	struct list node;
	struct channel *channel;
	struct bufferevent *stream;
	bool has_asked, is_answered;
};

struct channel {
	struct event_base *base;
	struct evconnlistener *listener;
	const struct channel_sink *sink;
	void *arg;
	struct list peers;
	size_t n_peers;
};

static void peer_free(struct peer *p)
{
	list_remove(&p->node);
	p->channel->n_peers--;
	bufferevent_free(p->stream);
	mem_free(p);
}

/* Frees the peer. */
static void peer_end(struct peer *p, bool has_copied)
{
	if (p->has_asked)
		p->channel->sink->left(p->channel->arg, p, has_copied);
	peer_free(p);
}

/* False: the line is none of this protocol. */
static bool take_question(struct peer *p, const char *line, size_t n)
{
	json_t *question = json_loadb(line, n, 0, NULL);
	bool ok = json_is_object(question) && !p->has_asked;

	if (ok) {
		p->has_asked = true;
		p->channel->sink->asked(p->channel->arg, p, question);
	}
	json_decref(question);
	return ok;
}

static void on_readable(struct bufferevent *stream, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(stream);
	struct peer *p = arg;
	bool ok, done;
	char *line;
	size_t n;

	while ((line = evbuffer_readln(in, &n, EVBUFFER_EOL_LF))) {
		done = n == 0 && p->is_answered;
		ok = !done && take_question(p, line, n);
		free(line);
		if (!ok) {
			peer_end(p, done);
			return;
		}
	}
	if (evbuffer_get_length(in) > CHANNEL_LINE_BYTES)
		peer_end(p, false);
}

static void on_end(struct bufferevent *stream, short what, void *arg)
{
	(void)stream;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		peer_end(arg, false);
}

static void on_peer(struct evconnlistener *listener, evutil_socket_t fd,
		    struct sockaddr *from, int n, void *arg)
{
	struct channel *c = arg;
	struct peer *p;

	(void)listener;
	(void)from;
	(void)n;
	if (c->n_peers == CHANNEL_MAX_PEERS) {
		evutil_closesocket(fd);
		return;
	}
	p = mem_zalloc(sizeof(*p));
	p->channel = c;
	p->stream = bufferevent_socket_new(c->base, fd, BEV_OPT_CLOSE_ON_FREE);
	list_push_back(&c->peers, &p->node);
	c->n_peers++;
	bufferevent_setcb(p->stream, on_readable, NULL, on_end, p);
	bufferevent_setwatermark(p->stream, EV_READ, 0, 2 * CHANNEL_LINE_BYTES);
	bufferevent_enable(p->stream, EV_READ | EV_WRITE);
}

static bool listen_at(struct channel *c, const struct addrinfo *at)
{
	c->listener = evconnlistener_new_bind(
		c->base, on_peer, c, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
		-1, at->ai_addr, (int)at->ai_addrlen);
	return c->listener != NULL;
}

static uint64_t port_of(struct evconnlistener *listener)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa);

	ASSERT(getsockname(evconnlistener_get_fd(listener),
			   (struct sockaddr *)&sa, &n) == 0);
	return ntohs(sa.ss_family == AF_INET6
			     ? ((struct sockaddr_in6 *)&sa)->sin6_port
			     : ((struct sockaddr_in *)&sa)->sin_port);
}

struct channel *channel_create(struct event_base *base, const char *host,
			       uint64_t *port, const struct channel_sink *sink,
			       void *arg, struct error *err)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICHOST | AI_PASSIVE};
	struct channel *c = mem_zalloc(sizeof(*c));
	struct addrinfo *at = NULL;
	char service[16];

	c->base = base;
	c->sink = sink;
	c->arg = arg;
	list_init(&c->peers);
	snprintf(service, sizeof(service), "%u", (unsigned)*port);
	if (getaddrinfo(host, service, &hints, &at) != 0 || !listen_at(c, at)) {
		(void)error_set(err, ERR_IO,
				"transfer_port: cannot listen at %s:%s", host,
				service);
		channel_destroy(&c);
	} else {
		*port = port_of(c->listener);
	}
	if (at)
		freeaddrinfo(at);
	return c;
}

void channel_destroy(struct channel **c)
{
	struct list *it, *tmp;

	if (!*c)
		return;
	LIST_EACH (it, tmp, &(*c)->peers) {
		peer_free(LIST_ENTRY(it, struct peer, node));
	}
	if ((*c)->listener)
		evconnlistener_free((*c)->listener);
	mem_free(*c);
	*c = NULL;
}

void peer_answer(struct peer *p, struct slice line)
{
	ASSERT(!p->is_answered);
	p->is_answered = true;
	bufferevent_write(p->stream, line.p, line.n);
	bufferevent_write(p->stream, "\n", 1);
}

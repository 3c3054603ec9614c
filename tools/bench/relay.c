#include "tools/bench/relay.h"

#include "common/base/buf.h"
#include "common/base/list.h"
#include "common/base/mem.h"
#include "tools/bench/listen.h"
#include "tools/bench/poller.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct end {
	struct polled polled;
	struct pair *pair;
	struct end *other;
	struct buf out;     /* came from the other end, to be sent */
	struct list unsent; /* in relay->unsent while there is some */
};

struct pair {
	struct relay *relay;
	struct end client, backend;
	struct list dead; /* in relay->dead: freed after the turn */
};

struct relay {
	struct poller *poller;
	struct polled listener;
	const struct bench_options *options;
	struct list unsent, dead;
};

static void pair_close(struct pair *p)
{
	struct end *ends[] = {&p->client, &p->backend};

	if (p->client.polled.fd < 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		list_remove(&ends[i]->unsent);
		poller_remove(p->relay->poller, &ends[i]->polled);
	}
	list_push_back(&p->relay->dead, &p->dead);
}

static void flush(struct end *e)
{
	while (buf_len(&e->out) > 0) {
		struct slice s = buf_slice(&e->out);
		ssize_t n = send(e->polled.fd, s.p, s.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			pair_close(e->pair);
			return;
		}
		buf_consume(&e->out, (size_t)n);
	}
	poller_want_write(e->pair->relay->poller, &e->polled,
			  buf_len(&e->out) > 0);
}

/* What a turn brings leaves at its end, as peers that are woken once for
 * many messages cost less. */
static void end_ready(struct polled *p, uint32_t events)
{
	struct end *e = CONTAINER_OF(p, struct end, polled);
	struct buf *to = &e->other->out;
	ssize_t n;

	if (p->fd < 0)
		return; /* closed in this turn */
	if (events & EPOLLOUT)
		flush(e);
	if (p->fd < 0 || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	buf_reserve(to, 65536);
	n = recv(p->fd, to->p + to->end, buf_room(to), 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		pair_close(e->pair);
		return;
	}
	buf_commit(to, (size_t)n);
	list_remove(&e->other->unsent);
	list_push_back(&e->pair->relay->unsent, &e->other->unsent);
}

static void end_open(struct end *e, struct pair *p, struct end *other, int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	e->pair = p;
	e->other = other;
	buf_init(&e->out);
	list_init(&e->unsent);
	poller_add(p->relay->poller, &e->polled, fd, end_ready);
}

static void accept_ready(struct polled *d, uint32_t events)
{
	struct relay *r = CONTAINER_OF(d, struct relay, listener);
	int fd;

	(void)events;
	while ((fd = accept4(d->fd, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		int to = addr_connect(&r->options->target);
		struct pair *p = mem_zalloc(sizeof(*p));

		p->relay = r;
		list_init(&p->dead);
		end_open(&p->client, p, &p->backend, fd);
		end_open(&p->backend, p, &p->client, to);
	}
}

static void turn_ends(struct relay *r)
{
	struct list *node;

	while ((node = list_pop_front(&r->unsent)) != NULL)
		flush(LIST_ENTRY(node, struct end, unsent));
	while ((node = list_pop_front(&r->dead)) != NULL) {
		struct pair *p = LIST_ENTRY(node, struct pair, dead);

		buf_fini(&p->client.out);
		buf_fini(&p->backend.out);
		mem_free(p);
	}
}

int relay_run(const struct bench_options *options)
{
	struct relay r = {.options = options};
	int fd = listen_and_tell(&options->listen);

	if (fd < 0)
		return 3;
	list_init(&r.unsent);
	list_init(&r.dead);
	r.poller = poller_create();
	poller_add(r.poller, &r.listener, fd, accept_ready);
	while (!listen_is_over()) {
		poller_turn(r.poller, POLLER_NEVER);
		turn_ends(&r);
	}
	poller_remove(r.poller, &r.listener);
	poller_destroy(&r.poller);
	return 0;
}

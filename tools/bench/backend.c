#include "tools/bench/backend.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/list.h"
#include "common/base/mem.h"
#include "tools/bench/listen.h"
#include "tools/bench/message.h"
#include "tools/bench/poller.h"
#include "tools/bench/route.h"
#include "tools/bench/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

struct backend {
	struct poller *poller;
	struct polled listener;
	const struct bench_options *options;
	struct list streams; /* by the time of their next event */
	uint64_t requests, events, connections, cut;
};

struct visitor {
	struct polled polled;
	struct backend *backend;
	struct buf in, out;
	struct list stream; /* in backend->streams while one is running */
	bool streaming;
	uint64_t number, place, due_ns;
	uint64_t events, every_us; /* of the running stream */
};

static void visitor_close(struct visitor *v)
{
	struct backend *b = v->backend;

	if (v->streaming)
		b->cut++;
	list_remove(&v->stream);
	poller_remove(b->poller, &v->polled);
	buf_fini(&v->in);
	buf_fini(&v->out);
	mem_free(v);
}

/* False: the peer is gone. */
static bool flush(struct visitor *v)
{
	while (buf_len(&v->out) > 0) {
		struct slice s = buf_slice(&v->out);
		ssize_t n = send(v->polled.fd, s.p, s.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return false;
		buf_consume(&v->out, (size_t)n);
	}
	poller_want_write(v->backend->poller, &v->polled, buf_len(&v->out) > 0);
	return true;
}

/* In order of time. Streams of one pace come in at the end, so that the
 * walk is over at once. */
static void enqueue(struct visitor *v)
{
	struct list *at = v->backend->streams.prev;

	while (at != &v->backend->streams &&
	       LIST_ENTRY(at, struct visitor, stream)->due_ns > v->due_ns)
		at = at->prev;
	list_push_front(at, &v->stream);
}

static void stream_begin(struct visitor *v)
{
	buf_puts(&v->out, "HTTP/1.1 200 OK\r\nserver: uvicorn\r\n"
			  "content-type: text/event-stream; charset=utf-8\r\n"
			  "transfer-encoding: chunked\r\n\r\n");
	v->streaming = true;
	v->place = 0;
	v->due_ns = clock_ns() + v->every_us * 1000;
	enqueue(v);
}

static void answer(struct visitor *v, struct slice first, struct slice body)
{
	struct backend *b = v->backend;

	b->requests++;
	if (route_answer(&v->out, first, body) ||
	    !message_number_find(body, &v->number))
		return;
	if (message_stream_find(body, &v->events, &v->every_us))
		stream_begin(v);
	else
		message_answer_write(&v->out, v->number, body.n,
				     b->options->answer_bytes);
}

/* Answers every whole request that has come; false: not HTTP as we know
 * it, or the peer is gone. */
static bool serve(struct visitor *v)
{
	while (!v->streaming) {
		struct slice held = buf_slice(&v->in);
		struct wire_head head;
		enum status status = wire_head_parse(held, &head);

		if (status == ERR_AGAIN)
			break;
		if (status != OK || head.chunked)
			return false;
		size_t whole = head.head_bytes + (size_t)head.content_length;

		if (held.n < whole) {
			buf_reserve(&v->in, whole - held.n);
			break;
		}
		answer(v, head.first,
		       (struct slice){held.p + head.head_bytes,
				      (size_t)head.content_length});
		buf_consume(&v->in, whole);
	}
	return flush(v);
}

static void visitor_ready(struct polled *p, uint32_t events)
{
	struct visitor *v = CONTAINER_OF(p, struct visitor, polled);

	if ((events & EPOLLOUT) && !flush(v)) {
		visitor_close(v);
		return;
	}
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	if (buf_room(&v->in) < 1024)
		buf_reserve(&v->in, 4096);
	ssize_t n = recv(p->fd, v->in.p + v->in.end, buf_room(&v->in), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		buf_commit(&v->in, (size_t)n);
	if (n <= 0 || !serve(v))
		visitor_close(v);
}

static void accept_ready(struct polled *p, uint32_t events)
{
	struct backend *b = CONTAINER_OF(p, struct backend, listener);
	int fd, on = 1;

	(void)events;
	while ((fd = accept4(p->fd, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct visitor *v = mem_zalloc(sizeof(*v));

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		v->backend = b;
		buf_init(&v->in);
		buf_init(&v->out);
		list_init(&v->stream);
		poller_add(b->poller, &v->polled, fd, visitor_ready);
		b->connections++;
	}
}

static void stream_step(struct visitor *v, uint64_t now_ns)
{
	struct backend *b = v->backend;
	struct message_event e = {v->place++, now_ns, v->number};

	message_event_write(&v->out, &e);
	b->events++;
	if (v->place < v->events) {
		v->due_ns += v->every_us * 1000;
		enqueue(v);
	} else {
		message_events_end(&v->out, v->number, v->place);
		v->streaming = false;
	}
	if (!serve(v))
		visitor_close(v);
}

/* Sends what is due; returns when the next event is. */
static uint64_t streams_turn(struct backend *b)
{
	while (!list_empty(&b->streams)) {
		struct visitor *v = LIST_ENTRY(b->streams.next, struct visitor,
					       stream);
		uint64_t now_ns = clock_ns();

		if (v->due_ns > now_ns)
			return v->due_ns;
		list_remove(&v->stream);
		stream_step(v, now_ns);
	}
	return POLLER_NEVER;
}

int backend_run(const struct bench_options *options)
{
	struct backend b = {.options = options};
	int fd = listen_and_tell(&options->listen);

	if (fd < 0)
		return 3;
	list_init(&b.streams);
	b.poller = poller_create();
	poller_add(b.poller, &b.listener, fd, accept_ready);
	while (!listen_is_over())
		poller_turn(b.poller, streams_turn(&b));
	printf("{\"requests\": %llu, \"events\": %llu, \"connections\": %llu, "
	       "\"cut\": %llu}\n",
	       (unsigned long long)b.requests, (unsigned long long)b.events,
	       (unsigned long long)b.connections, (unsigned long long)b.cut);
	poller_remove(b.poller, &b.listener);
	poller_destroy(&b.poller);
	return 0;
}

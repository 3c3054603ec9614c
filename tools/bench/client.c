#include "tools/bench/client.h"

#include "common/base/assert.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define DONE_TEXT "data: [DONE]"

static void fail(struct client *c, const char *what)
{
	c->busy = false;
	c->events->failed(c, what);
}

static void push(struct client *c)
{
	while (c->sent < c->request.n) {
		ssize_t n = send(c->polled.fd, c->request.p + c->sent,
				 c->request.n - c->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			fail(c, "the request could not be sent");
			return;
		}
		c->sent += (size_t)n;
	}
	poller_want_write(c->poller, &c->polled, c->sent < c->request.n);
}

/* One event's text; false: not what the backend sends. */
static bool take_event(struct client *c, struct slice text)
{
	struct message_event e;

	if (slice_equal(text, SLICE(DONE_TEXT))) {
		c->ended = true;
		return c->place == c->events_wanted;
	}
	if (c->ended)
		return false;
	if (c->place == c->events_wanted) /* the one with the usage */
		return slice_starts(text, SLICE("data: {"));
	if (!message_event_read(text, &e) || e.number != c->number ||
	    e.place != c->place)
		return false;
	c->place++;
	c->events->event(c, &e);
	return true;
}

static bool take_events(struct client *c)
{
	for (;;) {
		struct slice held = buf_slice(&c->text);
		const char *end = held.n ? memmem(held.p, held.n, "\n\n", 2)
					 : NULL;

		if (!end)
			return held.n < 65536;
		struct slice text = {held.p, (size_t)(end - held.p)};

		if (!take_event(c, text))
			return false;
		buf_consume(&c->text, text.n + 2);
	}
}

static bool take_body(struct client *c, struct slice bytes)
{
	c->body_seen += bytes.n;
	buf_append(&c->text, bytes);
	return c->events_wanted == 0 || take_events(c);
}

/* Whether the body is whole; takes from `in` what belongs to it. */
static bool take_bytes(struct client *c, const char **wrong)
{
	struct slice held = buf_slice(&c->in), piece;
	size_t before = held.n;

	while (held.n > 0 && c->head.chunked && !c->chunks.done) {
		if (wire_chunks_next(&c->chunks, &held, &piece) != OK)
			*wrong = "the answer's chunks are broken";
		else if (!take_body(c, piece))
			*wrong = "an event is not the one expected";
		if (*wrong)
			return false;
	}
	if (!c->head.chunked) {
		uint64_t left = c->head.content_length - c->body_seen;
		size_t n = left < held.n ? (size_t)left : held.n;

		if (!take_body(c, (struct slice){held.p, n}))
			*wrong = "an event is not the one expected";
		held = slice_from(held, n);
	}
	buf_consume(&c->in, before - held.n);
	return c->head.chunked ? c->chunks.done
			       : c->body_seen == c->head.content_length;
}

static const char *check_answer(const struct client *c)
{
	if (buf_len(&c->in) > 0)
		return "bytes follow the answer";
	if (c->events_wanted > 0)
		return c->ended ? NULL : "the stream ended without [DONE]";
	if (!message_answer_check(buf_slice(&c->text), c->number,
				  c->request.body_bytes))
		return "the answer belongs to another request, or is cut";
	return NULL;
}

static const char *check_head(struct client *c)
{
	struct slice held = buf_slice(&c->in);
	enum status status = wire_head_parse(held, &c->head);

	if (status == ERR_AGAIN)
		return NULL;
	if (status != OK)
		return "the answer's head is broken";
	if (!slice_starts(c->head.first, SLICE("HTTP/1.1 200")))
		return "the answer's status is not 200";
	if (!c->head.chunked && !c->head.has_length)
		return "the answer has no length";
	if (c->head.close)
		return "the answer ends the connection";
	c->head.first = (struct slice){0}; /* the bytes go now */
	buf_consume(&c->in, c->head.head_bytes);
	c->has_head = true;
	return NULL;
}

static void take(struct client *c)
{
	const char *wrong = NULL;
	bool whole = false;

	if (!c->busy)
		wrong = "bytes came that nobody asked for";
	else if (!c->has_head)
		wrong = check_head(c);
	if (!wrong && c->has_head)
		whole = take_bytes(c, &wrong);
	if (!wrong && whole)
		wrong = check_answer(c);
	if (wrong) {
		fail(c, wrong);
	} else if (whole) {
		c->busy = false;
		c->events->answered(c);
	}
}

static void client_ready(struct polled *p, uint32_t events)
{
	struct client *c = CONTAINER_OF(p, struct client, polled);

	if (events & EPOLLOUT)
		push(c);
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	if (buf_room(&c->in) < 1024)
		buf_reserve(&c->in, 2048);
	ssize_t n = recv(p->fd, c->in.p + c->in.end, buf_room(&c->in), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		fail(c, n == 0 ? "the connection was closed"
			       : "the connection was reset");
		return;
	}
	buf_commit(&c->in, (size_t)n);
	take(c);
}

bool client_open(struct client *c, struct poller *p, const struct addr *to,
		 struct message_request request, uint64_t events_wanted,
		 const struct client_events *events, void *owner)
{
	int fd = socket(to->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	memset(c, 0, sizeof(*c));
	c->poller = p;
	c->events = events;
	c->owner = owner;
	c->request = request;
	c->events_wanted = events_wanted;
	c->polled.fd = -1;
	list_init(&c->link);
	buf_init(&c->in);
	buf_init(&c->text);
	if (fd < 0)
		return false;
	if (connect(fd, (const struct sockaddr *)&to->sa, to->n) != 0) {
		close(fd);
		return false;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	poller_add(p, &c->polled, fd, client_ready);
	return true;
}

void client_close(struct client *c)
{
	if (c->polled.fd >= 0)
		poller_remove(c->poller, &c->polled);
	buf_fini(&c->in);
	buf_fini(&c->text);
	message_request_fini(&c->request);
}

void client_send(struct client *c, uint64_t number, uint64_t begun_ns)
{
	ASSERT(!c->busy);
	c->busy = true;
	c->has_head = c->ended = false;
	c->body_seen = c->place = 0;
	c->chunks = (struct wire_chunks){0};
	c->number = number;
	c->begun_ns = begun_ns;
	c->sent = 0;
	buf_reset(&c->text, 65536);
	message_request_number(&c->request, number);
	push(c);
}

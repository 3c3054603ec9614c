/* A pool, exchanges and a worker played by hand, on one thread: the
 * worker's side is plain sockets on loopback. Needs cmocka's header and
 * stdio before it. */
#ifndef TESTS_UNIT_UPSTREAM_PLAY_H
#define TESTS_UNIT_UPSTREAM_PLAY_H

#include "common/base/buf.h"
#include "router/upstream/exchange.h"
#include "tests/unit/stage.h"
#include "tests/unit/tcp.h"

#define PLAY_REQUEST "POST /v1 HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi"
#define PLAY_HEAD    "HTTP/1.1 200 OK\r\n"
#define PLAY_ANSWER  PLAY_HEAD "content-length: 4\r\n\r\ngood"

/* What an owner does when it is told something. */
enum play_act {
	PLAY_WATCH,
	PLAY_CANCEL_AT_HEAD,
	PLAY_CANCEL_AT_BODY,
	PLAY_PAUSE_AT_BODY,
	PLAY_RESTART_WHEN_COMPLETE,
	PLAY_CALL_WHEN_COMPLETE,
	PLAY_RESTART_WHEN_FAILED,
};

struct play {
	struct stage stage;
	struct pool *pool;
	struct pool_limits limits;
	struct worker *worker;
	struct addr at;
	int listener;
};

struct call {
	struct play *play;
	struct exchange ex;
	struct slice send[2];
	enum play_act act;
	void (*then)(void *arg); /* of PLAY_CALL_WHEN_COMPLETE */
	void *then_arg;
	bool starting; /* inside exchange_start */
	unsigned status;
	int heads, bodies, completes, failures;
	enum exchange_failure why;
	struct buf body;
	struct buf chunks; /* what was told to be whole chunks */
};

static inline struct worker *play_worker(const struct addr *at, unsigned id)
{
	const struct conf_worker conf = {.name = (char *)"w",
					 .url = (char *)"http://w",
					 .host = (char *)"w",
					 .addr = *at};

	return worker_create(&conf, id, -1);
}

static inline void play_open(struct play *p)
{
	const uint64_t long_ms = 60000;

	*p = (struct play){0};
	stage_open(&p->stage);
	p->listener = tcp_listen(&p->at);
	p->worker = play_worker(&p->at, 7);
	p->pool = pool_create(&p->stage.loop, NULL);
	p->limits = (struct pool_limits){
		.timeouts = {.connect = long_ms,
			     .first_byte = long_ms,
			     .between_bytes = long_ms,
			     .pool_idle = long_ms},
		.http = {.max_head_bytes = 4096, .max_headers = 64},
	};
	pool_set_limits(p->pool, &p->limits);
}

static inline void play_close(struct play *p)
{
	pool_destroy(&p->pool);
	assert_null(p->pool);
	worker_unref(&p->worker);
	if (p->listener >= 0)
		close(p->listener);
	stage_settle(&p->stage);
	stage_close(&p->stage);
}

static inline void call_start(struct call *c);

static inline void play_on_head(void *arg, const struct http_head *h)
{
	struct call *c = arg;

	assert_false(c->starting);
	c->heads++;
	c->status = h->status;
	if (c->act == PLAY_CANCEL_AT_HEAD)
		exchange_cancel(&c->ex);
}

static inline void play_complete(struct call *c)
{
	c->completes++;
	assert_true(exchange_is_over(&c->ex));
	if (c->act == PLAY_CALL_WHEN_COMPLETE)
		c->then(c->then_arg);
	if (c->act != PLAY_RESTART_WHEN_COMPLETE)
		return;
	c->act = PLAY_WATCH;
	call_start(c);
}

static inline void play_on_body(void *arg, const struct slice *piece, size_t n,
				bool complete)
{
	struct call *c = arg;

	assert_false(c->starting);
	assert_true(n <= EXCHANGE_MAX_PIECES);
	c->bodies++;
	if (complete)
		play_complete(c);
	for (size_t i = 0; i < n; i++)
		buf_append(&c->body, piece[i]);
	buf_append(&c->chunks, exchange_chunks(&c->ex));
	if (c->act == PLAY_CANCEL_AT_BODY)
		exchange_cancel(&c->ex);
	if (c->act == PLAY_PAUSE_AT_BODY)
		exchange_pause(&c->ex);
}

static inline void play_on_failed(void *arg, enum exchange_failure why)
{
	struct call *c = arg;

	assert_false(c->starting);
	assert_true(exchange_is_over(&c->ex));
	c->failures++;
	c->why = why;
	if (c->act != PLAY_RESTART_WHEN_FAILED)
		return;
	c->act = PLAY_WATCH;
	call_start(c);
}

static inline void call_start(struct call *c)
{
	static const struct exchange_events events = {
		play_on_head, play_on_body, play_on_failed};
	struct play *p = c->play;

	if (c->send[0].n == 0)
		c->send[0] = SLICE(PLAY_REQUEST);
	c->starting = true;
	exchange_start(&c->ex, p->pool, p->worker, c->send,
		       c->send[1].n > 0 ? 2 : 1, &events, c);
	c->starting = false;
	assert_false(exchange_is_over(&c->ex));
}

static inline void call_begin(struct call *c, struct play *p)
{
	*c = (struct call){.play = p};
	call_start(c);
}

static inline void call_end(struct call *c)
{
	exchange_cancel(&c->ex);
	assert_true(exchange_is_over(&c->ex));
	buf_fini(&c->body);
	buf_fini(&c->chunks);
}

/* From now on nobody answers: the connect is refused later, or (a unix
 * socket that is not there) at once. */
static inline void play_refuse(struct play *p, bool at_once)
{
	struct addr nowhere;

	close(p->listener);
	p->listener = -1;
	if (!at_once)
		return;
	assert_int_equal(addr_parse("unix:/nowhere/at/all", &nowhere, NULL),
			 OK);
	worker_unref(&p->worker);
	p->worker = play_worker(&nowhere, 7);
}

/* The worker's end of the next connection, -1 if none is coming now. */
static inline int play_accept_now(struct play *p)
{
	stage_settle(&p->stage);
	return accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
}

static inline int play_accept(struct play *p)
{
	int fd = play_accept_now(p);

	for (int i = 0; fd < 0 && i < 1000; i++)
		fd = play_accept_now(p);
	assert_true(fd >= 0);
	return fd;
}

/* The worker hears exactly this. */
static inline void play_hear(struct play *p, int fd, const char *want)
{
	size_t size = strlen(want), n = 0;
	char heard[512];
	bool ended;

	assert_true(size < sizeof(heard));
	for (int i = 0; i < 1000 && n < size; i++) {
		stage_settle(&p->stage);
		n += (size_t)tcp_hear(fd, heard + n, sizeof(heard) - n, &ended);
		assert_false(ended);
	}
	assert_int_equal(n, size);
	assert_memory_equal(heard, want, size);
}

/* The gateway has closed its end; what came before does not matter. */
static inline bool play_is_closed(struct play *p, int fd)
{
	static char heard[65536];
	bool ended = false;

	for (int i = 0; i < 100 && !ended; i++) {
		stage_settle(&p->stage);
		tcp_hear(fd, heard, sizeof(heard), &ended);
	}
	return ended;
}

/* A worker's connection that has been asked. */
static inline int play_serve(struct play *p)
{
	int fd = play_accept(p);

	play_hear(p, fd, PLAY_REQUEST);
	return fd;
}

/* One that has been asked, says this and waits. */
static inline int play_say(struct play *p, const char *text)
{
	int fd = play_serve(p);

	tcp_say(fd, text);
	return fd;
}

static inline void call_until_over(struct call *c)
{
	STAGE_UNTIL(&c->play->stage, exchange_is_over(&c->ex));
}

/* The answer was whole and this. */
static inline void call_assert_answered(struct call *c, const char *body)
{
	call_until_over(c);
	assert_int_equal(c->failures, 0);
	assert_int_equal(c->heads, 1);
	assert_int_equal(c->completes, 1);
	assert_int_equal(buf_len(&c->body), strlen(body));
	if (*body != '\0')
		assert_memory_equal(buf_slice(&c->body).p, body, strlen(body));
}

static inline void call_assert_failed(struct call *c, enum exchange_failure why)
{
	call_until_over(c);
	assert_int_equal(c->completes, 0);
	assert_int_equal(c->failures, 1);
	assert_int_equal(c->why, why);
}

/* One whole exchange on a connection of its own; the worker's end. */
static inline int play_warm(struct play *p)
{
	struct call c;
	int fd;

	call_begin(&c, p);
	fd = play_serve(p);
	tcp_say(fd, PLAY_ANSWER);
	call_assert_answered(&c, "good");
	call_end(&c);
	return fd;
}

#endif

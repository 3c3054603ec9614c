/* A collector for tests: its end of the connections is blocking. Needs
 * cmocka's header before it. */
#ifndef TESTS_UNIT_TRACING_COLLECTOR_H
#define TESTS_UNIT_TRACING_COLLECTOR_H

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/loop.h"
#include "router/fleet/metrics.h"
#include "router/tracing/trace.h"
#include "tests/unit/tcp.h"

struct collector {
	struct addr at;
	int listener;
	char asked[65536]; /* the last request */
	size_t n;
};

static inline void collector_open(struct collector *c)
{
	c->listener = tcp_listen(&c->at);
	tcp_set_blocking(c->listener, true);
	c->n = 0;
}

/* With `more` behind the endpoint. */
static inline struct conf *collector_conf(const struct collector *c,
					  const char *more)
{
	struct conf_faults faults = {0};
	struct buf yaml = {0};
	struct conf *conf;

	buf_printf(&yaml,
		   "tracing:\n  endpoint: http://127.0.0.1:%u\n%s"
		   "models:\n  - name: m\n    workers: [http://127.0.0.1:1]\n",
		   addr_port(&c->at), more);
	conf = conf_parse(buf_slice(&yaml), "f", &faults);
	assert_non_null(conf);
	buf_fini(&yaml);
	buf_fini(&faults.text);
	return conf;
}

static inline bool collector_has_all(const struct collector *c)
{
	const char *length = strstr(c->asked, "Content-Length: ");
	const char *body = strstr(c->asked, "\r\n\r\n");

	return length != NULL && body != NULL &&
	       c->n >= (size_t)(body + 4 - c->asked) +
			       strtoul(length + 16, NULL, 10);
}

/* Reads a whole request of `peer`, turning `loop` meanwhile where it is ours
 * to turn. */
static inline void collector_read(struct collector *c, int peer,
				  struct loop *loop)
{
	c->n = 0;
	c->asked[0] = '\0';
	while (!collector_has_all(c)) {
		ssize_t got = recv(peer, c->asked + c->n,
				   sizeof(c->asked) - 1 - c->n,
				   loop != NULL ? MSG_DONTWAIT : 0);

		assert_true(got != 0);
		c->n += got > 0 ? (size_t)got : 0;
		c->asked[c->n] = '\0';
		if (loop != NULL)
			loop_turn(loop, false);
	}
}

static inline struct trace *collector_trace(uint64_t id)
{
	const struct trace_context of = {.trace_id = {1}, .flags = 1};
	struct trace *t = trace_create(&of);

	trace_add(t, TRACE_SERVER, NULL, id, 1);
	trace_end(t, 2);
	return t;
}

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

#endif

/* A server of evhttp that lets one function answer, and who asks it, both on
 * one base. */
#ifndef TESTS_UNIT_ADMIN_VISITOR_H
#define TESTS_UNIT_ADMIN_VISITOR_H

#include "common/base/addr.h"
#include "common/base/clock.h"
#include "router/admin/visit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>

#define VISITOR_HEADERS 4

static struct visitor {
	struct event_base *base;
	struct evhttp *http;
	ev_uint16_t port;
	void (*serve)(struct visit *v);
	const char *header[VISITOR_HEADERS][2]; /* of the next question */
	/* What was answered. */
	int status; /* 0: not yet */
	char body[65536], type[64], policy[512], challenge[64];
} visitor;

static void visitor_serve(struct evhttp_request *req, void *unused)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	struct visit v = {.req = req,
			  .path = slice_of(evhttp_uri_get_path(uri)),
			  .query = evhttp_uri_get_query(uri)};

	(void)unused;
	visitor.serve(&v);
}

static int visitor_set_up(void (*serve)(struct visit *v))
{
	struct addr any, bound;
	struct error err;
	int fd;

	memset(&visitor, 0, sizeof(visitor));
	visitor.serve = serve;
	visitor.base = event_base_new();
	visitor.http = evhttp_new(visitor.base);
	assert_int_equal(addr_parse("127.0.0.1:0", &any, &err), OK);
	fd = addr_listen(&any, 8, false, &err);
	assert_true(fd >= 0);
	assert_int_equal(addr_of_socket(fd, &bound), OK);
	visitor.port = (ev_uint16_t)addr_port(&bound);
	assert_int_equal(evhttp_accept_socket(visitor.http, fd), 0);
	evhttp_set_gencb(visitor.http, visitor_serve, NULL);
	return 0;
}

static int visitor_tear_down(void **unused)
{
	(void)unused;
	evhttp_free(visitor.http);
	event_base_free(visitor.base);
	return 0;
}

static void visitor_keep(const struct evkeyvalq *h, const char *name, char *out,
			 size_t n)
{
	const char *value = evhttp_find_header(h, name);

	snprintf(out, n, "%s", value == NULL ? "" : value);
}

static void visitor_answered(struct evhttp_request *req, void *unused)
{
	const struct evkeyvalq *h;
	struct evbuffer *in;
	size_t n;

	(void)unused;
	visitor.status = -1;
	if (req == NULL)
		return;
	h = evhttp_request_get_input_headers(req);
	in = evhttp_request_get_input_buffer(req);
	n = evbuffer_get_length(in);
	assert_true(n < sizeof(visitor.body));
	evbuffer_copyout(in, visitor.body, n);
	visitor.body[n] = '\0';
	visitor_keep(h, "Content-Type", visitor.type, sizeof(visitor.type));
	visitor_keep(h, "Content-Security-Policy", visitor.policy,
		     sizeof(visitor.policy));
	visitor_keep(h, "WWW-Authenticate", visitor.challenge,
		     sizeof(visitor.challenge));
	visitor.status = evhttp_request_get_response_code(req);
}

/* With visitor.header, which it empties. Returns the status. */
static int visitor_ask(enum evhttp_cmd_type type, const char *path)
{
	struct evhttp_connection *conn = evhttp_connection_base_new(
		visitor.base, NULL, "127.0.0.1", visitor.port);
	struct evhttp_request *req = evhttp_request_new(visitor_answered, NULL);
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);
	uint64_t deadline = clock_ms() + 20000;

	evhttp_add_header(h, "Host", "admin");
	for (size_t i = 0; i < VISITOR_HEADERS; i++)
		if (visitor.header[i][0] != NULL)
			evhttp_add_header(h, visitor.header[i][0],
					  visitor.header[i][1]);
	memset(visitor.header, 0, sizeof(visitor.header));
	visitor.status = 0;
	assert_int_equal(evhttp_make_request(conn, req, type, path), 0);
	while (visitor.status == 0) {
		event_base_loop(visitor.base, EVLOOP_ONCE);
		assert_true(clock_ms() < deadline);
	}
	evhttp_connection_free(conn);
	return visitor.status;
}

static inline int visitor_get(const char *path, const char *name,
			      const char *value)
{
	visitor.header[0][0] = name;
	visitor.header[0][1] = value;
	return visitor_ask(EVHTTP_REQ_GET, path);
}

static inline bool visitor_says(const char *text)
{
	return strstr(visitor.body, text) != NULL;
}

#endif

/* An admin with one small fleet, a stand-in for who explains, and its client,
 * all on one loop. */
#ifndef TESTS_UNIT_ADMIN_BED_H
#define TESTS_UNIT_ADMIN_BED_H

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/admin/admin.h"
#include "router/admin/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <string.h>

static const char yaml[] = "models:\n"
			   "  - name: m\n"
			   "    workers:\n"
			   "      - name: one\n"
			   "        url: http://127.0.0.1:1\n"
			   "        api_key: sesame\n"
			   "      - name: many\n"
			   "        url: http://127.0.0.1:2\n"
			   "        data_parallel: 2\n";

struct bed {
	struct loop loop;
	struct metrics *metrics;
	struct index *exact, *approx;
	struct recall *recall;
	struct fleet *fleet;
	struct admin *admin;
	const char *authorization; /* of what is asked; or NULL */
	/* What was answered. */
	int status; /* 0: not yet */
	char body[65536];
	char type[64], connection[16];
	/* What the explainer was given, and how to end it. */
	char path[64], tenant[64], asked[64];
	bool later, text, ended;
	int found; /* status, of decisions */
	size_t max;
	admin_done *done;
	void *done_arg;
};

static void on_explain(void *arg, const struct proxy_question *q,
		       admin_done *done, void *done_arg)
{
	struct bed *b = arg;

	snprintf(b->path, sizeof(b->path), "%.*s", SLICE_ARG(q->path));
	snprintf(b->tenant, sizeof(b->tenant), "%.*s", SLICE_ARG(q->tenant));
	snprintf(b->asked, sizeof(b->asked), "%.*s", SLICE_ARG(q->body));
	b->text = q->text;
	b->done = done;
	b->done_arg = done_arg;
	if (!b->later)
		done(done_arg, 200, SLICE("{\"chosen\":\"one\"}"));
}

static void on_decisions(void *arg, const struct admin_recall *q,
			 admin_done *done, void *done_arg)
{
	struct bed *b = arg;

	snprintf(b->asked, sizeof(b->asked), "%.*s", SLICE_ARG(q->id));
	b->max = q->max;
	b->text = q->text;
	b->ended = q->ended;
	done(done_arg, b->found, SLICE("what was decided"));
}

static int set_up(void **state)
{
	static struct bed b;
	struct conf_faults faults = {0};
	struct admin_options o = {0};
	struct error err;
	struct conf *conf;

	memset(&b, 0, sizeof(b));
	loop_init(&b.loop);
	b.metrics = metrics_create("1.2", "abc");
	b.exact = index_create(4 << 20);
	b.approx = index_create(4 << 20);
	b.recall = recall_create(1 << 20);
	buf_init(&faults.text);
	conf = conf_parse((struct slice){yaml, sizeof(yaml) - 1}, "test.yaml",
			  &faults);
	if (conf == NULL)
		print_error("%.*s\n", SLICE_ARG(buf_slice(&faults.text)));
	assert_non_null(conf);
	buf_fini(&faults.text);
	b.fleet = fleet_create(conf, NULL, &err);
	conf_unref(&conf);
	assert_non_null(b.fleet);
	o.loop = &b.loop;
	o.version = "1.2";
	o.commit = "abc";
	o.metrics = b.metrics;
	o.exact = b.exact;
	o.approx = b.approx;
	o.recall = b.recall;
	o.max_body_bytes = 1000;
	b.found = 200;
	o.explain = on_explain;
	o.decisions = on_decisions;
	o.explain_arg = &b;
	assert_int_equal(addr_parse("127.0.0.1:0", &o.listen, &err), OK);
	o.listen_fd = -1;
	b.admin = admin_create(&o, &err);
	assert_non_null(b.admin);
	assert_int_equal(admin_open(b.admin, &err), OK);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	admin_destroy(&b->admin);
	fleet_unref(&b->fleet);
	index_destroy(&b->exact);
	index_destroy(&b->approx);
	recall_destroy(&b->recall);
	metrics_destroy(&b->metrics);
	loop_fini(&b->loop);
	return 0;
}

static void on_answer(struct evhttp_request *req, void *arg)
{
	struct bed *b = arg;
	struct evbuffer *in;
	const char *type, *connection;
	size_t n;

	b->status = -1;
	if (req == NULL || evhttp_request_get_response_code(req) == 0)
		return;
	in = evhttp_request_get_input_buffer(req);
	n = evbuffer_get_length(in);
	assert_true(n < sizeof(b->body));
	evbuffer_copyout(in, b->body, n);
	b->body[n] = '\0';
	type = evhttp_find_header(evhttp_request_get_input_headers(req),
				  "Content-Type");
	snprintf(b->type, sizeof(b->type), "%s", type == NULL ? "" : type);
	connection = evhttp_find_header(evhttp_request_get_input_headers(req),
					"Connection");
	snprintf(b->connection, sizeof(b->connection), "%s",
		 connection == NULL ? "" : connection);
	b->status = evhttp_request_get_response_code(req);
}

static inline struct evhttp_connection *visit(struct bed *b)
{
	return evhttp_connection_base_new(
		loop_base(&b->loop), NULL, "127.0.0.1",
		(ev_uint16_t)addr_port(admin_addr(b->admin)));
}

static inline void ask_on(struct bed *b, struct evhttp_connection *conn,
			  enum evhttp_cmd_type type, const char *path,
			  const char *body, const char *origin)
{
	struct evhttp_request *req = evhttp_request_new(on_answer, b);
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);

	evhttp_add_header(h, "Host", "admin");
	if (origin != NULL)
		evhttp_add_header(h, "Origin", origin);
	if (b->authorization != NULL)
		evhttp_add_header(h, "Authorization", b->authorization);
	if (body != NULL)
		evbuffer_add(evhttp_request_get_output_buffer(req), body,
			     strlen(body));
	b->status = 0;
	assert_int_equal(evhttp_make_request(conn, req, type, path), 0);
}

static inline struct evhttp_connection *ask(struct bed *b,
					    enum evhttp_cmd_type type,
					    const char *path, const char *body,
					    const char *origin)
{
	struct evhttp_connection *conn = visit(b);

	ask_on(b, conn, type, path, body, origin);
	return conn;
}

static inline void turn_until_answered(struct bed *b)
{
	uint64_t deadline = clock_ms() + 20000;

	while (b->status == 0) {
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
		assert_true(clock_ms() < deadline);
	}
}

static inline int fetch(struct bed *b, enum evhttp_cmd_type type,
			const char *path, const char *body)
{
	struct evhttp_connection *conn = ask(b, type, path, body, NULL);

	turn_until_answered(b);
	evhttp_connection_free(conn);
	return b->status;
}

static inline int get(struct bed *b, const char *path)
{
	return fetch(b, EVHTTP_REQ_GET, path, NULL);
}

static inline int post(struct bed *b, const char *path, const char *body)
{
	return fetch(b, EVHTTP_REQ_POST, path, body);
}

static inline bool says(const struct bed *b, const char *text)
{
	return strstr(b->body, text) != NULL;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif

#include "router/admin/admin.h"
#include "router/admin/answer.h"

#include "common/base/clock.h"
#include "common/base/mem.h"

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

/* The admin and its client on one loop. */
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
	char type[64];
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
	const char *type;
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
	b->status = evhttp_request_get_response_code(req);
}

static struct evhttp_connection *ask(struct bed *b, enum evhttp_cmd_type type,
				     const char *path, const char *body,
				     const char *origin)
{
	struct evhttp_connection *conn = evhttp_connection_base_new(
		loop_base(&b->loop), NULL, "127.0.0.1",
		(ev_uint16_t)addr_port(admin_addr(b->admin)));
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
	return conn;
}

static void turn_until_answered(struct bed *b)
{
	uint64_t deadline = clock_ms() + 20000;

	while (b->status == 0) {
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
		assert_true(clock_ms() < deadline);
	}
}

static int fetch(struct bed *b, enum evhttp_cmd_type type, const char *path,
		 const char *body)
{
	struct evhttp_connection *conn = ask(b, type, path, body, NULL);

	turn_until_answered(b);
	evhttp_connection_free(conn);
	return b->status;
}

static int get(struct bed *b, const char *path)
{
	return fetch(b, EVHTTP_REQ_GET, path, NULL);
}

static int post(struct bed *b, const char *path, const char *body)
{
	return fetch(b, EVHTTP_REQ_POST, path, body);
}

static bool says(const struct bed *b, const char *text)
{
	return strstr(b->body, text) != NULL;
}

static void it_is_healthy_while_it_turns(void **state)
{
	struct bed *b = *state;

	assert_int_equal(get(b, "/healthz"), 200);
	assert_string_equal(b->body, "ok\n");
	assert_int_equal(get(b, "/"), 200);
	assert_true(says(b, "/workers"));
}

static void it_is_ready_when_every_model_has_a_worker(void **state)
{
	struct bed *b = *state;

	assert_int_equal(get(b, "/readyz"), 503);
	assert_true(says(b, "no configuration"));
	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(get(b, "/readyz"), 503);
	assert_true(says(b, "model m: none of its 3 workers is up"));
	b->fleet->worker[2]->health = WORKER_UP;
	assert_int_equal(get(b, "/readyz"), 200);
	admin_set_draining(b->admin);
	assert_int_equal(get(b, "/readyz"), 503);
	assert_true(says(b, "draining"));
	/* It lives, all the same. */
	assert_int_equal(get(b, "/healthz"), 200);
}

static void metrics_show_every_worker(void **state)
{
	struct bed *b = *state;

	assert_int_equal(get(b, "/metrics"), 200);
	admin_set_fleet(b->admin, b->fleet);
	b->fleet->worker[0]->health = WORKER_UP;
	b->fleet->worker[1]->inflight = 7;
	b->fleet->worker[1]->kv_usage_ppm = 250000;
	index_store(b->exact, 99, b->fleet->worker[1]->id, INDEX_GPU);
	assert_int_equal(get(b, "/metrics"), 200);
	assert_non_null(strstr(b->type, "version=0.0.4"));
	assert_true(says(b, "warmpath_worker_up{worker=\"one\"} 1\n"));
	assert_true(says(b, "warmpath_worker_up{worker=\"many/0\"} 0\n"));
	assert_true(says(b, "warmpath_worker_inflight{worker=\"many/0\"} 7\n"));
	assert_true(says(
		b, "warmpath_worker_kv_usage_ratio{worker=\"many/0\"} 0.25\n"));
	assert_true(says(b, "warmpath_worker_index_blocks{worker=\"many/0\","
			    "tier=\"gpu\"} 1\n"));
	assert_true(says(b, "warmpath_worker_trust{worker=\"one\","
			    "state=\"fallback\"} 1\n"));
	assert_true(says(b, "warmpath_index_entries{index=\"exact\"} 1\n"));
	assert_true(says(b, "warmpath_build_info{version=\"1.2\""));
}

static void a_worker_that_has_gone_is_shown_no_more(void **state)
{
	struct bed *b = *state;
	struct conf_faults faults = {0};
	struct error err;
	struct fleet *next;
	struct conf *conf;

	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(get(b, "/metrics"), 200);
	assert_true(says(b, "worker=\"one\""));
	buf_init(&faults.text);
	conf = conf_parse(SLICE("models:\n  - name: m\n    workers:\n"
				"      - name: two\n"
				"        url: http://127.0.0.1:9\n"),
			  "test.yaml", &faults);
	assert_non_null(conf);
	buf_fini(&faults.text);
	next = fleet_create(conf, b->fleet, &err);
	conf_unref(&conf);
	admin_set_fleet(b->admin, next);
	fleet_unref(&next);
	assert_int_equal(get(b, "/metrics"), 200);
	assert_false(says(b, "worker=\"one\""));
	assert_true(says(b, "worker=\"two\""));
}

static void workers_are_listed_for_programs_and_for_people(void **state)
{
	struct bed *b = *state;

	assert_int_equal(get(b, "/workers"), 503);
	admin_set_fleet(b->admin, b->fleet);
	b->fleet->worker[0]->health = WORKER_UP;
	b->fleet->worker[0]->block_size = 16;
	assert_int_equal(get(b, "/workers"), 200);
	assert_string_equal(b->type, "application/json");
	assert_true(says(b, "{\"name\":\"one\",\"model\":\"m\","));
	assert_true(says(b, "\"health\":\"up\""));
	assert_true(says(b, "\"block_size\":16,"));
	assert_true(says(b, "\"age_ms\":null"));
	assert_false(says(b, "sesame"));
	assert_int_equal(get(b, "/workers?format=text"), 200);
	assert_true(says(b, "worker"));
	assert_true(says(b, "many/1"));
	assert_true(says(b, "fallback"));
}

static void nobody_is_drained_by_mistake(void **state)
{
	struct bed *b = *state;
	struct evhttp_connection *conn;

	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(post(b, "/workers/stranger/drain", ""), 404);
	assert_int_equal(get(b, "/workers/one/drain"), 405);
	conn = ask(b, EVHTTP_REQ_POST, "/workers/one/drain", "",
		   "http://evil.example");
	turn_until_answered(b);
	evhttp_connection_free(conn);
	assert_int_equal(b->status, 403);
	for (size_t i = 0; i < b->fleet->n_workers; i++)
		assert_false(b->fleet->worker[i]->draining);
}

static void where_there_is_a_token_who_drains_needs_it(void **state)
{
	static const char token[] = "a token of 23 characters";
	struct bed *b = *state;
	struct evhttp_connection *conn;

	b->fleet->conf->admin_token = mem_strdup(token);
	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(post(b, "/workers/one/drain", ""), 401);
	assert_int_equal(post(b, "/workers/one/undrain", ""), 401);
	assert_false(b->fleet->worker[0]->draining);
	b->authorization = "Bearer a token of 23 characters";
	assert_int_equal(post(b, "/workers/one/drain", ""), 200);
	assert_true(b->fleet->worker[0]->draining);
	b->authorization = NULL;
	/* What only tells needs none, and never tells it. */
	assert_int_equal(post(b, "/explain", "{}"), 200);
	assert_int_equal(get(b, "/config"), 200);
	assert_true(says(b, "admin_token: \"***\""));
	assert_false(says(b, token));
	assert_int_equal(get(b, "/status"), 200);
	assert_true(says(b, "\"admin_token\":true"));
	conn = ask(b, EVHTTP_REQ_POST, "/explain", "{}", "http://evil.example");
	turn_until_answered(b);
	evhttp_connection_free(conn);
	assert_int_equal(b->status, 403);
}

static void an_explanation_is_passed_on_and_back(void **state)
{
	struct bed *b = *state;

	assert_int_equal(post(b, "/explain", "{}"), 503);
	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(post(b, "/explain", "{\"model\":\"m\"}"), 200);
	assert_string_equal(b->path, "/v1/chat/completions");
	assert_string_equal(b->asked, "{\"model\":\"m\"}");
	assert_string_equal(b->body, "{\"chosen\":\"one\"}");
	assert_string_equal(b->tenant, "");
	assert_int_equal(post(b, "/explain?tenant=acme", "x"), 200);
	assert_string_equal(b->tenant, "acme");
	assert_int_equal(post(b, "/explain?path=/v1/completions", "x"), 200);
	assert_string_equal(b->path, "/v1/completions");
}

static void a_person_is_answered_in_text(void **state)
{
	struct bed *b = *state;

	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(post(b, "/explain?format=text", "{}"), 200);
	assert_true(b->text);
	assert_string_equal(b->type, ANSWER_TEXT);
	assert_int_equal(get(b, "/explain/req-1?format=text"), 200);
	assert_true(b->text);
	assert_string_equal(b->type, ANSWER_TEXT);
	assert_int_equal(get(b, "/explain/req-1"), 200);
	assert_false(b->text);
	assert_string_equal(b->type, "application/json");
	b->found = 404;
	assert_int_equal(get(b, "/explain/req-1?format=text"), 404);
	assert_string_equal(b->type, "application/json");
}

static void decisions_are_asked_for_by_id_or_by_number(void **state)
{
	struct bed *b = *state;

	assert_int_equal(get(b, "/decisions"), 503);
	assert_int_equal(get(b, "/explain/req-1"), 503);
	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(get(b, "/explain/a%20b"), 200);
	assert_string_equal(b->asked, "a b");
	assert_int_equal(get(b, "/decisions"), 200);
	assert_string_equal(b->asked, "");
	assert_int_equal(b->max, 50);
	assert_false(b->ended);
	assert_int_equal(get(b, "/decisions?ended=true"), 200);
	assert_true(b->ended);
	assert_int_equal(get(b, "/decisions?n=7"), 200);
	assert_int_equal(b->max, 7);
}

static void what_is_no_id_and_no_number_is_refused(void **state)
{
	struct bed *b = *state;
	char path[600] = "/explain/";

	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(get(b, "/explain/"), 404);
	memset(path + strlen(path), 'x', 500);
	assert_int_equal(get(b, path), 404);
	assert_int_equal(get(b, "/decisions?n=0"), 400);
	assert_int_equal(get(b, "/decisions?n=501"), 400);
	assert_int_equal(get(b, "/decisions?n=-1"), 400);
	assert_int_equal(get(b, "/decisions?n="), 400);
	assert_int_equal(post(b, "/decisions", "x"), 405);
	assert_string_equal(b->asked, "");
}

static void an_explanation_may_come_later(void **state)
{
	struct bed *b = *state;
	struct evhttp_connection *conn;

	admin_set_fleet(b->admin, b->fleet);
	b->later = true;
	conn = ask(b, EVHTTP_REQ_POST, "/explain", "x", NULL);
	while (b->done == NULL)
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
	b->done(b->done_arg, 400, SLICE("{\"error\":{}}"));
	turn_until_answered(b);
	evhttp_connection_free(conn);
	assert_int_equal(b->status, 400);
	assert_string_equal(b->body, "{\"error\":{}}");
}

static void an_explanation_survives_a_client_that_leaves(void **state)
{
	struct bed *b = *state;
	struct evhttp_connection *conn;

	admin_set_fleet(b->admin, b->fleet);
	b->later = true;
	conn = ask(b, EVHTTP_REQ_POST, "/explain", "x", NULL);
	while (b->done == NULL)
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
	evhttp_connection_free(conn);
	for (size_t i = 0; i < 10; i++)
		event_base_loop(loop_base(&b->loop), EVLOOP_NONBLOCK);
	b->done(b->done_arg, 200, SLICE("{}"));
	assert_int_equal(get(b, "/healthz"), 200);
}

static void an_explanation_survives_the_admin(void **state)
{
	struct bed *b = *state;
	struct evhttp_connection *conn;

	admin_set_fleet(b->admin, b->fleet);
	b->later = true;
	conn = ask(b, EVHTTP_REQ_POST, "/explain", "x", NULL);
	while (b->done == NULL)
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
	admin_destroy(&b->admin);
	b->done(b->done_arg, 200, SLICE("{}"));
	evhttp_connection_free(conn);
}

static void tables_come_as_json_and_as_text(void **state)
{
	static const char *const path[] = {"/workers", "/prefixes", "/funnel",
					   "/status"};
	struct bed *b = *state;
	char text[64];

	admin_set_fleet(b->admin, b->fleet);
	for (size_t i = 0; i < ARRAY_LEN(path); i++) {
		assert_int_equal(get(b, path[i]), 200);
		assert_string_equal(b->type, "application/json");
		assert_int_equal(b->body[0], '{');
		snprintf(text, sizeof(text), "%s?format=text", path[i]);
		assert_int_equal(get(b, text), 200);
		assert_string_equal(b->type, ANSWER_TEXT);
		assert_int_not_equal(b->body[0], '{');
	}
	assert_true(says(b, "warmpath 1.2 (abc)"));
	assert_true(says(b, "none of its 3 workers is up"));
}

static void before_there_is_a_fleet_the_gateway_speaks_of_itself(void **state)
{
	struct bed *b = *state;

	assert_int_equal(get(b, "/prefixes"), 503);
	assert_int_equal(get(b, "/funnel"), 200);
	assert_int_equal(get(b, "/status"), 200);
	assert_true(says(b, "\"reasons\":[\"no configuration"));
	assert_int_equal(post(b, "/funnel", ""), 405);
	assert_int_equal(post(b, "/page.js", ""), 405);
	assert_int_equal(get(b, "/page.js"), 200);
	assert_int_equal(get(b, "/page.html"), 404);
}

static void the_configuration_is_shown_without_its_secrets(void **state)
{
	struct bed *b = *state;

	assert_int_equal(get(b, "/config"), 503);
	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(get(b, "/config"), 200);
	assert_true(says(b, "name: one") || says(b, "name: \"one\""));
	assert_false(says(b, "sesame"));
}

static void what_is_not_there_is_said_so(void **state)
{
	struct bed *b = *state;
	char large[2000];

	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(get(b, "/nothing"), 404);
	assert_int_equal(get(b, "/metrics/"), 404);
	assert_int_equal(post(b, "/metrics", ""), 405);
	assert_int_equal(get(b, "/explain"), 405);
	assert_int_not_equal(fetch(b, EVHTTP_REQ_DELETE, "/workers", NULL),
			     200);
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	assert_int_equal(post(b, "/explain", large), 413);
}

static void an_address_in_use_is_an_error_with_a_sentence(void **state)
{
	struct bed *b = *state;
	struct admin_options o = {.loop = &b->loop,
				  .listen = *admin_addr(b->admin),
				  .listen_fd = -1,
				  .metrics = b->metrics,
				  .exact = b->exact,
				  .approx = b->approx,
				  .recall = b->recall};
	struct error err = {0};

	assert_null(admin_create(&o, &err));
	assert_true(strlen(err.text) > 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_healthy_while_it_turns),
		TEST(it_is_ready_when_every_model_has_a_worker),
		TEST(metrics_show_every_worker),
		TEST(a_worker_that_has_gone_is_shown_no_more),
		TEST(workers_are_listed_for_programs_and_for_people),
		TEST(nobody_is_drained_by_mistake),
		TEST(where_there_is_a_token_who_drains_needs_it),
		TEST(an_explanation_is_passed_on_and_back),
		TEST(a_person_is_answered_in_text),
		TEST(decisions_are_asked_for_by_id_or_by_number),
		TEST(what_is_no_id_and_no_number_is_refused),
		TEST(an_explanation_may_come_later),
		TEST(an_explanation_survives_a_client_that_leaves),
		TEST(an_explanation_survives_the_admin),
		TEST(tables_come_as_json_and_as_text),
		TEST(before_there_is_a_fleet_the_gateway_speaks_of_itself),
		TEST(the_configuration_is_shown_without_its_secrets),
		TEST(what_is_not_there_is_said_so),
		TEST(an_address_in_use_is_an_error_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

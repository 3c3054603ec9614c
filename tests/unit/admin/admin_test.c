#include "router/admin/admin.h"

#include "tests/unit/admin/bed.h"

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

static int ask_again(struct bed *b, struct evhttp_connection *conn)
{
	ask_on(b, conn, EVHTTP_REQ_GET, "/healthz", NULL, NULL);
	turn_until_answered(b);
	return b->status;
}

static void nobody_is_drained_by_one_that_leaves(void **state)
{
	struct bed *b = *state;
	struct evhttp_connection *conn = visit(b);

	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(ask_again(b, conn), 200);
	admin_leave(b->admin);
	ask_on(b, conn, EVHTTP_REQ_POST, "/workers/one/drain", "", NULL);
	turn_until_answered(b);
	evhttp_connection_free(conn);
	assert_int_equal(b->status, 503);
	assert_false(b->fleet->worker[0]->draining);
}

static void who_is_here_when_it_leaves_is_answered_once_more(void **state)
{
	struct bed *b = *state;
	struct evhttp_connection *conn = visit(b);

	assert_int_equal(ask_again(b, conn), 200);
	assert_string_equal(b->connection, "");
	admin_leave(b->admin);
	assert_int_equal(ask_again(b, conn), 200);
	assert_string_equal(b->connection, "close");
	/* Now that this socket has no other listener. */
	assert_int_equal(ask_again(b, conn), -1);
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
		TEST(who_is_here_when_it_leaves_is_answered_once_more),
		TEST(nobody_is_drained_by_one_that_leaves),
		TEST(tables_come_as_json_and_as_text),
		TEST(before_there_is_a_fleet_the_gateway_speaks_of_itself),
		TEST(the_configuration_is_shown_without_its_secrets),
		TEST(what_is_not_there_is_said_so),
		TEST(an_address_in_use_is_an_error_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

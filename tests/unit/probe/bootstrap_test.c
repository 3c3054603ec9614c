#include "router/probe/bootstrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#define ANSWER                                                                 \
	"{\"0\":{\"engine_id\":\"e0\",\"worker_addr\":{\"0\":{\"0\":"          \
	"\"10.0.0.1:1\"}}},\"1\":{\"worker_addr\":{},\"engine_id\":\"e1\"}}"

static void each_rank_has_its_engine(void **unused)
{
	struct slice id;

	(void)unused;
	assert_int_equal(bootstrap_read(SLICE(ANSWER), -1, &id), OK);
	assert_true(slice_equal(id, SLICE("e0")));
	assert_int_equal(bootstrap_read(SLICE(ANSWER), 0, &id), OK);
	assert_true(slice_equal(id, SLICE("e0")));
	assert_int_equal(bootstrap_read(SLICE(ANSWER), 1, &id), OK);
	assert_true(slice_equal(id, SLICE("e1")));
}

static void what_is_no_answer_tells_nothing(void **unused)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"null",
		"{\"1\":{\"engine_id\":\"e1\"}}",
		"{\"0\":\"e0\"}",
		"{\"0\":{}}",
		"{\"0\":{\"engine_id\":7}}",
		"{\"0\":{\"engine_id\":null}}",
		"{\"0\":{\"engine_id\":\"a\\u0022b\"}}",
		"{\"0\":{\"engine_id\":\"e",
	};
	struct slice id = SLICE("untouched");

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_not_equal(bootstrap_read(slice_of(bad[i]), 0, &id),
				     OK);
	assert_true(slice_equal(id, SLICE("untouched")));
}

struct bed {
	struct loop loop;
	struct evhttp *http;
	struct addr addr;
	const char *answer;
	size_t asked;
	struct worker *worker[2];
	struct bootstrap bootstrap;
};

static void serve(struct evhttp_request *req, void *arg)
{
	struct bed *b = arg;
	struct evbuffer *out = evbuffer_new();

	assert_string_equal(evhttp_request_get_uri(req), "/query");
	/* No key of the worker's goes to a stranger. */
	assert_null(evhttp_find_header(evhttp_request_get_input_headers(req),
				       "authorization"));
	b->asked++;
	evbuffer_add(out, b->answer, strlen(b->answer));
	evhttp_send_reply(req, 200, NULL, out);
	evbuffer_free(out);
}

static struct worker *make_worker(const struct addr *at, unsigned id, int rank)
{
	struct conf_worker c = {
		.name = (char *)"p",
		.host = (char *)"p:1",
		.api_key = (char *)"secret",
		.role = CONF_ROLE_PREFILL,
		.connector = CONF_CONNECTOR_MOONCAKE,
		.transfer = {.host = (char *)"p", .addr = *at},
	};

	return worker_create(&c, id, rank);
}

static int set_up(void **state)
{
	static struct bed b;
	struct error err;
	struct addr any;
	int fd;

	memset(&b, 0, sizeof(b));
	loop_init(&b.loop);
	assert_int_equal(addr_parse("127.0.0.1:0", &any, &err), OK);
	fd = addr_listen(&any, 16, false, &err);
	assert_true(fd >= 0);
	assert_int_equal(addr_of_socket(fd, &b.addr), OK);
	b.http = evhttp_new(loop_base(&b.loop));
	evhttp_set_gencb(b.http, serve, &b);
	assert_int_equal(evhttp_accept_socket(b.http, fd), 0);
	b.answer = ANSWER;
	for (int i = 0; i < 2; i++)
		b.worker[i] = make_worker(&b.addr, (unsigned)i, i);
	bootstrap_init(&b.bootstrap, &b.loop);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	bootstrap_fini(&b->bootstrap);
	for (int i = 0; i < 2; i++)
		worker_unref(&b->worker[i]);
	evhttp_free(b->http);
	loop_fini(&b->loop);
	return 0;
}

static void ask(struct bed *b, size_t times)
{
	const struct conf_probe conf = {.health_interval_ms = 5,
					.health_timeout_ms = 5000};

	bootstrap_set(&b->bootstrap, b->worker, 2, &conf);
	while (b->asked < times)
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
}

static void all_ranks_are_told_by_one_answer(void **state)
{
	char text[ENGINE_NAME_BYTES];
	struct bed *b = *state;

	ask(b, 1);
	while (!engine_name_is_known(&b->worker[1]->engine))
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
	assert_true(slice_equal(engine_name_get(&b->worker[0]->engine, text),
				SLICE("e0")));
	assert_true(slice_equal(engine_name_get(&b->worker[1]->engine, text),
				SLICE("e1")));
}

static void an_engine_that_starts_anew_is_asked_anew(void **state)
{
	char text[ENGINE_NAME_BYTES];
	struct bed *b = *state;

	ask(b, 1);
	b->answer = "{\"0\":{\"engine_id\":\"f0\"}}";
	ask(b, 4);
	assert_true(slice_equal(engine_name_get(&b->worker[0]->engine, text),
				SLICE("f0")));
	/* What is not told any more stays until it is told otherwise. */
	assert_true(slice_equal(engine_name_get(&b->worker[1]->engine, text),
				SLICE("e1")));
}

static void nonsense_makes_nothing_known(void **state)
{
	struct bed *b = *state;

	b->answer = "{\"0\":{\"engine_id\":\"\"},\"1\":[]}";
	ask(b, 3);
	assert_false(engine_name_is_known(&b->worker[0]->engine));
	assert_false(engine_name_is_known(&b->worker[1]->engine));
}

static void whose_id_is_written_is_not_asked(void **state)
{
	const struct conf_probe conf = {.health_interval_ms = 5};
	const struct addr none = {0};
	struct bed *b = *state;

	worker_unref(&b->worker[0]);
	b->worker[0] = make_worker(&none, 0, 0);
	bootstrap_set(&b->bootstrap, b->worker, 1, &conf);
	assert_int_equal(b->bootstrap.timer.due_ms, 0);
	assert_false(check_is_open(&b->bootstrap.check));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rank_has_its_engine),
		cmocka_unit_test(what_is_no_answer_tells_nothing),
		TEST(all_ranks_are_told_by_one_answer),
		TEST(an_engine_that_starts_anew_is_asked_anew),
		TEST(nonsense_makes_nothing_known),
		TEST(whose_id_is_written_is_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

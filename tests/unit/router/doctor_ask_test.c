#include "router/doctor_ask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include "common/json/scan.h"
#include "tests/unit/tcp.h"

static struct loop loop;
static struct evhttp *http;
static struct worker *worker;
static struct conf_model conf = {.name = (char *)"a \"model\""};
static const struct fleet_model model = {.conf = &conf};
static struct doctor_ask ask;
static const char *answer;
static char asked[65536], path[64], rank[16];

static void on_request(struct evhttp_request *req, void *arg)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	struct evbuffer *out = evbuffer_new();
	const char *r = evhttp_find_header(
		evhttp_request_get_input_headers(req), "x-data-parallel-rank");
	size_t n = evbuffer_get_length(in);

	(void)arg;
	assert_true(n < sizeof(asked));
	evbuffer_copyout(in, asked, n);
	asked[n] = '\0';
	snprintf(path, sizeof(path), "%s", evhttp_request_get_uri(req));
	snprintf(rank, sizeof(rank), "%s", r ? r : "");
	evbuffer_add(out, answer ? answer : "", answer ? strlen(answer) : 0);
	evhttp_send_reply(req, answer ? 200 : 500, NULL, out);
	evbuffer_free(out);
}

static int begin(void **state)
{
	struct conf_worker c = {.name = (char *)"w", .host = (char *)"w"};
	int fd = tcp_listen(&c.addr);

	(void)state;
	loop_init(&loop);
	http = evhttp_new(loop_base(&loop));
	evhttp_set_gencb(http, on_request, NULL);
	assert_int_equal(evhttp_accept_socket(http, fd), 0);
	worker = worker_create(&c, 0, 3);
	doctor_ask_init(&ask, &loop);
	return 0;
}

static int end(void **state)
{
	(void)state;
	doctor_ask_fini(&ask);
	if (http)
		evhttp_free(http);
	worker_unref(&worker);
	loop_fini(&loop);
	return 0;
}

static void run(void)
{
	doctor_ask_start(&ask, &model, worker, 10000);
	assert_true(ask.open);
	while (ask.open)
		event_base_loop(loop_base(&loop), EVLOOP_ONCE);
}

static void it_asks_for_one_token_of_a_new_prompt(void **state)
{
	struct json_value v;
	size_t first;

	(void)state;
	answer = "{\"usage\":{\"prompt_tokens\":40,\"prompt_tokens_details\":{"
		 "\"cached_tokens\":0}}}";
	run();
	assert_int_equal(ask.status, 200);
	assert_string_equal(path, "/v1/completions");
	assert_string_equal(rank, "3");
	assert_int_equal(worker->usage, WORKER_TELLS);
	assert_int_equal(json_check(slice_of(asked), 4, &v), OK);
	assert_int_equal(json_find(slice_of(asked), "max_tokens", &v), OK);
	assert_true(slice_equal(v.raw, SLICE("1")));
	assert_int_equal(json_find(slice_of(asked), "prompt", &v), OK);
	/* Two blocks and one token of three digits each. */
	first = v.raw.n;
	assert_true(first > 33 * 4);
	worker->block_size = 64;
	run();
	assert_int_equal(json_find(slice_of(asked), "prompt", &v), OK);
	assert_true(v.raw.n > first + 2 * 48 * 3);
}

static void usage_without_details_is_noted(void **state)
{
	(void)state;
	answer = "{\"usage\":{\"prompt_tokens\":40,"
		 "\"prompt_tokens_details\":null}}";
	run();
	assert_int_equal(worker->usage, WORKER_TELLS_NOT);
}

static void an_answer_that_tells_nothing_proves_nothing(void **state)
{
	(void)state;
	answer = "{}";
	run();
	assert_int_equal(worker->usage, WORKER_NO_ANSWER);
	answer = NULL;
	run();
	assert_int_equal(ask.status, 500);
	assert_int_equal(worker->usage, WORKER_NO_ANSWER);
}

static void a_worker_that_has_gone_answers_with_nothing(void **state)
{
	(void)state;
	evhttp_free(http);
	http = NULL;
	run();
	assert_int_equal(ask.status, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(it_asks_for_one_token_of_a_new_prompt),
		T(usage_without_details_is_noted),
		T(an_answer_that_tells_nothing_proves_nothing),
		T(a_worker_that_has_gone_answers_with_nothing),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}

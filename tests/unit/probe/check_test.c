#include "router/probe/check.h"

#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <string.h>
#include <unistd.h>

struct bed {
	struct loop loop;
	struct evhttp *http;
	struct worker *worker;
	struct check check;
	struct evhttp_request *open; /* that trickles */
	struct timer trickle;
	int status;
	bool trickles, again;
	size_t done;
	enum check_result result;
	char body[64];
	bool posted;
	char type[64], asked[64];
};

static void drip(void *arg)
{
	struct bed *b = arg;
	struct evbuffer *out = evbuffer_new();

	evbuffer_add(out, "x", 1);
	if (b->open != NULL)
		evhttp_send_reply_chunk(b->open, out);
	evbuffer_free(out);
	timer_set(&b->trickle, 10);
}

static void on_closed(struct evhttp_connection *conn, void *arg)
{
	struct bed *b = arg;

	(void)conn;
	/* A request whose peer closed is left to its owner. */
	if (evhttp_request_get_connection(b->open) == NULL)
		evhttp_request_free(b->open);
	b->open = NULL;
}

/* What was asked, for a test to look at. */
static void remember(struct bed *b, struct evhttp_request *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	const char *type = evhttp_find_header(
		evhttp_request_get_input_headers(req), "content-type");
	size_t n = evbuffer_get_length(in);

	b->posted = evhttp_request_get_command(req) == EVHTTP_REQ_POST;
	snprintf(b->type, sizeof(b->type), "%s", type ? type : "");
	assert_true(n < sizeof(b->asked));
	evbuffer_copyout(in, b->asked, n);
	b->asked[n] = '\0';
}

static void on_request(struct evhttp_request *req, void *arg)
{
	struct bed *b = arg;
	struct evbuffer *out;

	remember(b, req);

	if (b->trickles) {
		b->open = req;
		evhttp_connection_set_closecb(
			evhttp_request_get_connection(req), on_closed, b);
		evhttp_send_reply_start(req, 200, NULL);
		timer_set(&b->trickle, 1);
		return;
	}
	out = evbuffer_new();
	evbuffer_add(out, "hello", 5);
	evhttp_send_reply(req, b->status, NULL, out);
	evbuffer_free(out);
}

static void on_done(void *arg, enum check_result r, struct slice body)
{
	struct bed *b = arg;

	assert_false(check_is_open(&b->check));
	b->done++;
	b->result = r;
	assert_true(body.n < sizeof(b->body));
	if (body.n > 0)
		memcpy(b->body, body.p, body.n);
	b->body[body.n] = '\0';
	if (b->again)
		check_start(&b->check, b->worker, "/", 5000);
	b->again = false;
}

static int set_up(void **state)
{
	static struct bed b;
	struct conf_worker c = {.name = (char *)"w", .host = (char *)"w"};
	struct error err;
	struct addr any;
	int fd;

	memset(&b, 0, sizeof(b));
	b.status = 200;
	loop_init(&b.loop);
	assert_int_equal(addr_parse("[::1]:0", &any, &err), OK);
	fd = addr_listen(&any, 16, false, &err);
	if (fd < 0) { /* a machine without IPv6 */
		assert_int_equal(addr_parse("127.0.0.1:0", &any, &err), OK);
		fd = addr_listen(&any, 16, false, &err);
	}
	assert_true(fd >= 0);
	assert_int_equal(addr_of_socket(fd, &c.addr), OK);
	b.http = evhttp_new(loop_base(&b.loop));
	evhttp_set_gencb(b.http, on_request, &b);
	assert_int_equal(evhttp_accept_socket(b.http, fd), 0);
	b.worker = worker_create(&c, 0, -1);
	check_init(&b.check, &b.loop, on_done, &b);
	timer_init(&b.trickle, &b.loop, drip, &b);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	check_fini(&b->check);
	timer_fini(&b->trickle);
	if (b->http != NULL)
		evhttp_free(b->http);
	worker_unref(&b->worker);
	loop_fini(&b->loop);
	return 0;
}

static void run_until(struct bed *b, size_t done)
{
	uint64_t deadline = clock_ms() + 20000;

	while (b->done < done) {
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
		assert_true(clock_ms() < deadline);
	}
}

static void an_answer_comes_with_its_body(void **state)
{
	struct bed *b = *state;

	check_start(&b->check, b->worker, "/", 5000);
	assert_true(check_is_open(&b->check));
	run_until(b, 1);
	assert_int_equal(b->result, CHECK_OK);
	assert_string_equal(b->body, "hello");
}

static void another_status_is_no_success(void **state)
{
	struct bed *b = *state;

	b->status = 404;
	check_start(&b->check, b->worker, "/", 5000);
	run_until(b, 1);
	assert_int_equal(b->result, CHECK_STATUS);
	assert_int_equal(b->check.status, 404);
	assert_string_equal(b->body, "");
	assert_false(b->posted);
}

static void a_body_is_posted_as_json(void **state)
{
	struct bed *b = *state;

	check_post(&b->check, b->worker, "/", SLICE("{\"a\":1}"), 5000);
	run_until(b, 1);
	assert_int_equal(b->result, CHECK_OK);
	assert_int_equal(b->check.status, 200);
	assert_true(b->posted);
	assert_string_equal(b->type, "application/json");
	assert_string_equal(b->asked, "{\"a\":1}");
}

static void a_closed_port_is_refused(void **state)
{
	struct bed *b = *state;

	evhttp_free(b->http);
	b->http = NULL;
	check_start(&b->check, b->worker, "/", 5000);
	assert_int_equal(b->done, 0);
	run_until(b, 1);
	assert_int_equal(b->result, CHECK_REFUSED);
	assert_int_equal(b->check.status, 0);
}

static void an_address_nobody_can_reach_is_refused(void **state)
{
	struct bed *b = *state;

	memset(&b->worker->addr, 0, sizeof(b->worker->addr));
	check_start(&b->check, b->worker, "/", 5000);
	assert_int_equal(b->done, 0);
	run_until(b, 1);
	assert_int_equal(b->result, CHECK_REFUSED);
}

static void a_trickle_does_not_stretch_the_deadline(void **state)
{
	struct bed *b = *state;
	uint64_t before = clock_ms();

	b->trickles = true;
	check_start(&b->check, b->worker, "/", 200);
	run_until(b, 1);
	assert_int_equal(b->result, CHECK_TIMEOUT);
	/* The loop's clock is coarse: it may be some ms behind ours. */
	assert_in_range(clock_ms() - before, 190, 10000);
}

static void the_next_may_start_where_one_ends(void **state)
{
	struct bed *b = *state;

	b->again = true;
	check_start(&b->check, b->worker, "/", 5000);
	run_until(b, 2);
	assert_int_equal(b->result, CHECK_OK);
}

static void an_open_one_can_be_dropped(void **state)
{
	struct bed *b = *state;

	b->trickles = true;
	check_start(&b->check, b->worker, "/", 5000);
	while (b->open == NULL)
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
	check_fini(&b->check);
	for (size_t i = 0; i < 20; i++)
		event_base_loop(loop_base(&b->loop), EVLOOP_NONBLOCK);
	assert_int_equal(b->done, 0);
	check_init(&b->check, &b->loop, on_done, b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* Nothing of this thread runs for so long. */
static void sleep_ms(unsigned ms)
{
	usleep(ms * 1000);
}

static void an_answer_that_came_while_we_slept_is_heard(void **state)
{
	struct bed *b = *state;

	check_start(&b->check, b->worker, "/", 50);
	sleep_ms(TIMER_LATE_MS + 150);
	run_until(b, 1);
	assert_int_equal(b->result, CHECK_OK);
}

static void who_is_silent_when_we_wake_is_out_of_time_later(void **state)
{
	struct bed *b = *state;
	uint64_t begin_ms;

	b->trickles = true;
	check_start(&b->check, b->worker, "/", 50);
	sleep_ms(TIMER_LATE_MS + 150);
	begin_ms = clock_ms();
	run_until(b, 1);
	assert_int_equal(b->result, CHECK_TIMEOUT);
	assert_true(clock_ms() - begin_ms >= 45);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_comes_with_its_body),
		TEST(another_status_is_no_success),
		TEST(a_body_is_posted_as_json),
		TEST(a_closed_port_is_refused),
		TEST(an_address_nobody_can_reach_is_refused),
		TEST(a_trickle_does_not_stretch_the_deadline),
		TEST(the_next_may_start_where_one_ends),
		TEST(an_answer_that_came_while_we_slept_is_heard),
		TEST(who_is_silent_when_we_wake_is_out_of_time_later),
		TEST(an_open_one_can_be_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

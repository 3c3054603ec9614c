#include "router/tracing/exporter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/tracing/collector.h"

/* An exporter, and whom it tells. */
struct bed {
	struct loop loop;
	struct metrics *metrics;
	struct metric_cell *sent, *failed;
	struct exporter exporter;
	struct collector collector;
	unsigned idles;
};

static void on_idle(void *arg)
{
	((struct bed *)arg)->idles++;
}

static int set_up(void **state)
{
	static struct bed b;
	struct exporter_options o = {
		.loop = &b.loop,
		.version = "1.2",
		.first_pause_ms = 1,
		.idle = on_idle,
		.arg = &b,
	};

	memset(&b, 0, sizeof(b));
	collector_open(&b.collector);
	loop_init(&b.loop);
	b.metrics = metrics_create("1.2", "c");
	b.sent = metrics_cell(b.metrics, METRICS_TRACE_SPANS, "sent");
	b.failed = metrics_cell(b.metrics, METRICS_TRACE_SPANS, "failed");
	o.cells = (struct exporter_cells){b.sent, b.failed};
	exporter_init(&b.exporter, &o);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	exporter_fini(&b->exporter);
	metrics_destroy(&b->metrics);
	close(b->collector.listener);
	loop_fini(&b->loop);
	return 0;
}

static void set_conf(struct bed *b, const char *more)
{
	struct conf *c = collector_conf(&b->collector, more);

	exporter_set_conf(&b->exporter, c);
	conf_unref(&c);
}

static void send_spans(struct bed *b, size_t n)
{
	struct trace *t[4];

	for (size_t i = 0; i < n; i++)
		t[i] = collector_trace(i + 1);
	exporter_send(&b->exporter, t, n);
}

/* The next request, answered so. */
static void answer(struct bed *b, const char *text)
{
	int peer = -1;

	tcp_set_blocking(b->collector.listener, false);
	while (peer < 0) {
		loop_turn(&b->loop, false);
		peer = accept(b->collector.listener, NULL, NULL);
	}
	collector_read(&b->collector, peer, &b->loop);
	tcp_say(peer, text);
	close(peer);
}

static void wait_idle(struct bed *b)
{
	while (!exporter_is_idle(&b->exporter))
		loop_turn(&b->loop, true);
}

static void assert_counted(const struct bed *b, double sent, double failed)
{
	assert_true(metric_value(b->sent) == sent);
	assert_true(metric_value(b->failed) == failed);
}

static void traces_are_posted_as_json(void **state)
{
	struct bed *b = *state;

	set_conf(b, "  service_name: gw\n  headers: [\"x-key: secret\"]\n");
	send_spans(b, 2);
	assert_false(exporter_is_idle(&b->exporter));
	answer(b, OK_ANSWER);
	wait_idle(b);
	assert_int_equal(
		strncmp(b->collector.asked, "POST /v1/traces HTTP/1.1\r\n", 26),
		0);
	assert_non_null(strstr(b->collector.asked, "\r\nHost: 127.0.0.1:"));
	assert_non_null(strstr(b->collector.asked,
			       "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(b->collector.asked, "\r\nx-key: secret\r\n"));
	assert_non_null(strstr(b->collector.asked, "\"stringValue\":\"gw\""));
	assert_non_null(strstr(b->collector.asked, "\"0000000000000002\""));
	assert_counted(b, 2, 0);
	assert_int_equal(b->idles, 1);
}

static void what_is_taken_in_part_is_counted_so(void **state)
{
	struct bed *b = *state;

	set_conf(b, "");
	send_spans(b, 3);
	answer(b, "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n"
		  "{\"partialSuccess\":{\"rejectedSpans\":\"2\"}}");
	wait_idle(b);
	assert_counted(b, 1, 2);
}

static void what_a_busy_collector_refuses_is_told_again(void **state)
{
	struct bed *b = *state;

	set_conf(b, "");
	send_spans(b, 1);
	answer(b, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
	answer(b, "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n");
	answer(b, OK_ANSWER);
	wait_idle(b);
	assert_counted(b, 1, 0);
	assert_int_equal(b->idles, 1);
}

static void after_some_tries_it_is_given_up(void **state)
{
	struct bed *b = *state;

	set_conf(b, "");
	send_spans(b, 3);
	for (int i = 0; i < EXPORTER_MAX_TRIES; i++)
		answer(b, "HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n");
	wait_idle(b);
	assert_counted(b, 0, 3);
	assert_true(b->exporter.fails);
	send_spans(b, 1);
	answer(b, OK_ANSWER);
	wait_idle(b);
	assert_counted(b, 1, 3);
	assert_false(b->exporter.fails);
}

static void what_is_refused_for_good_is_given_up_at_once(void **state)
{
	struct bed *b = *state;

	set_conf(b, "");
	send_spans(b, 1);
	answer(b, "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
	wait_idle(b);
	assert_counted(b, 0, 1);
}

static void a_collector_that_is_away_costs_its_spans(void **state)
{
	struct bed *b = *state;

	set_conf(b, "");
	close(b->collector.listener);
	b->collector.listener = dup(0);
	send_spans(b, 2);
	wait_idle(b);
	assert_counted(b, 0, 2);
}

static void one_that_is_no_collector_costs_them_too(void **state)
{
	struct bed *b = *state;

	set_conf(b, "");
	send_spans(b, 1);
	for (int i = 0; i < EXPORTER_MAX_TRIES; i++)
		answer(b, "SSH-2.0-OpenSSH\r\n\r\n");
	wait_idle(b);
	assert_counted(b, 0, 1);
}

static void in_a_hurry_nothing_is_tried_again(void **state)
{
	struct bed *b = *state;

	set_conf(b, "");
	exporter_hurry(&b->exporter);
	assert_int_equal(b->idles, 0);
	send_spans(b, 1);
	answer(b, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
	wait_idle(b);
	assert_counted(b, 0, 1);
}

static void a_hurry_ends_what_waits_for_another_try(void **state)
{
	struct bed *b = *state;

	set_conf(b, "");
	b->exporter.o.first_pause_ms = 1000000;
	send_spans(b, 1);
	answer(b, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
	while (b->exporter.again.due_ms == 0)
		loop_turn(&b->loop, true);
	exporter_hurry(&b->exporter);
	assert_true(exporter_is_idle(&b->exporter));
	assert_counted(b, 0, 1);
	assert_int_equal(b->idles, 1);
}

static void what_is_under_way_at_the_end_is_counted(void **state)
{
	struct bed *b = *state;

	set_conf(b, "");
	send_spans(b, 2);
	exporter_fini(&b->exporter);
	assert_counted(b, 0, 2);
	exporter_init(&b->exporter,
		      &(struct exporter_options){.loop = &b->loop});
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(traces_are_posted_as_json),
		TEST(what_is_taken_in_part_is_counted_so),
		TEST(what_a_busy_collector_refuses_is_told_again),
		TEST(after_some_tries_it_is_given_up),
		TEST(what_is_refused_for_good_is_given_up_at_once),
		TEST(a_collector_that_is_away_costs_its_spans),
		TEST(one_that_is_no_collector_costs_them_too),
		TEST(in_a_hurry_nothing_is_tried_again),
		TEST(a_hurry_ends_what_waits_for_another_try),
		TEST(what_is_under_way_at_the_end_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/tracing/tracer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/tracing/queue.h"
#include "tests/unit/tracing/collector.h"

struct bed {
	struct metrics *metrics;
	struct tracer *tracer;
	struct collector collector;
};

static int set_up(void **state)
{
	static struct bed b;

	collector_open(&b.collector);
	b.metrics = metrics_create("1.2", "c");
	b.tracer = tracer_create(b.metrics, "1.2");
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	tracer_destroy(&b->tracer);
	metrics_destroy(&b->metrics);
	close(b->collector.listener);
	return 0;
}

static double counted(const struct bed *b, const char *result)
{
	return metric_value(
		metrics_cell(b->metrics, METRICS_TRACE_SPANS, result));
}

static void set_conf(struct bed *b, struct conf *c)
{
	tracer_set_conf(b->tracer, c);
	conf_unref(&c);
}

static struct conf *without_endpoint(void)
{
	struct conf_faults faults = {0};
	struct conf *c = conf_parse(
		SLICE("models: [{name: m, workers: [http://127.0.0.1:1]}]"),
		"f", &faults);

	assert_non_null(c);
	return c;
}

static void put(struct bed *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct trace *t = collector_trace(i + 1);

		tracer_put(b->tracer, &t);
		assert_null(t);
	}
}

static int take_request(struct bed *b)
{
	int peer = accept(b->collector.listener, NULL, NULL);

	assert_true(peer >= 0);
	collector_read(&b->collector, peer, NULL);
	return peer;
}

static void what_is_handed_over_is_told(void **state)
{
	struct bed *b = *state;
	int peer;

	set_conf(b, collector_conf(&b->collector, ""));
	put(b, 3);
	/* In one message, or in more where somebody was slow. */
	do {
		peer = take_request(b);
		tcp_say(peer, OK_ANSWER);
		close(peer);
	} while (strstr(b->collector.asked, "\"0000000000000003\"") == NULL);
	tracer_destroy(&b->tracer);
	assert_true(counted(b, "sent") == 3);
	assert_true(counted(b, "failed") + counted(b, "dropped") == 0);
}

static void a_slow_collector_makes_nobody_wait(void **state)
{
	struct bed *b = *state;
	int peer;

	set_conf(b, collector_conf(&b->collector, ""));
	put(b, 1);
	/* It has asked, and gets no answer: what comes now must wait. */
	peer = take_request(b);
	put(b, TRACE_QUEUE_ROOM + 5);
	assert_true(counted(b, "dropped") == 5);
	close(peer);
	close(b->collector.listener);
	b->collector.listener = dup(0);
	tracer_destroy(&b->tracer);
	assert_true(counted(b, "sent") == 0);
	assert_true(counted(b, "dropped") + counted(b, "failed") ==
		    TRACE_QUEUE_ROOM + 6);
}

static void without_an_endpoint_no_thread_is_begun(void **state)
{
	struct bed *b = *state;

	set_conf(b, without_endpoint());
	tracer_destroy(&b->tracer);
	assert_null(b->tracer);
	tracer_destroy(&b->tracer);
}

static void what_was_traced_before_there_was_no_endpoint_is_told(void **state)
{
	struct bed *b = *state;
	int peer;

	set_conf(b, collector_conf(&b->collector, ""));
	set_conf(b, without_endpoint());
	put(b, 1);
	peer = take_request(b);
	tcp_say(peer, OK_ANSWER);
	close(peer);
	tracer_destroy(&b->tracer);
	assert_true(counted(b, "sent") == 1);
}

static void spans_that_had_no_room_are_counted(void **state)
{
	struct bed *b = *state;
	struct trace *t = collector_trace(1);

	set_conf(b, collector_conf(&b->collector, ""));
	close(b->collector.listener);
	b->collector.listener = dup(0);
	for (size_t i = 0; i < TRACE_MAX_SPANS; i++)
		trace_add(t, TRACE_CLIENT, t->span, i + 2, 1);
	tracer_put(b->tracer, &t);
	assert_true(counted(b, "dropped") == 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_handed_over_is_told),
		TEST(a_slow_collector_makes_nobody_wait),
		TEST(without_an_endpoint_no_thread_is_begun),
		TEST(what_was_traced_before_there_was_no_endpoint_is_told),
		TEST(spans_that_had_no_room_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

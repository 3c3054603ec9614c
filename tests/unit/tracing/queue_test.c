#include "router/tracing/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct trace_queue q;

static int set_up(void **state)
{
	(void)state;
	trace_queue_init(&q);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	trace_queue_fini(&q);
	return 0;
}

static struct trace *numbered(uint64_t n)
{
	const struct trace_context c = {.span_id = n};

	return trace_create(&c);
}

static void assert_next(uint64_t n)
{
	struct trace *t;

	assert_int_equal(trace_queue_take(&q, &t, 1), 1);
	assert_int_equal(t->of.span_id, n);
	trace_destroy(&t);
}

static void the_oldest_is_taken_first(void **state)
{
	(void)state;
	assert_int_equal(trace_queue_put(&q, numbered(1)), 1);
	assert_int_equal(trace_queue_put(&q, numbered(2)), 2);
	assert_next(1);
	assert_int_equal(trace_queue_put(&q, numbered(3)), 2);
	assert_next(2);
	assert_next(3);
}

static void of_nothing_nothing_is_taken(void **state)
{
	struct trace *t = NULL;

	(void)state;
	assert_int_equal(trace_queue_take(&q, &t, 1), 0);
	assert_null(t);
	assert_int_equal(trace_queue_length(&q), 0);
}

static void no_more_are_taken_than_were_asked_for(void **state)
{
	struct trace *t[2];

	(void)state;
	for (uint64_t i = 1; i <= 3; i++)
		trace_queue_put(&q, numbered(i));
	assert_int_equal(trace_queue_take(&q, t, 2), 2);
	assert_int_equal(t[1]->of.span_id, 2);
	trace_destroy(&t[0]);
	trace_destroy(&t[1]);
	assert_int_equal(trace_queue_take(&q, t, 2), 1);
	trace_destroy(&t[0]);
}

static void a_full_queue_takes_no_more_until_there_is_room(void **state)
{
	struct trace *late = numbered(9999);

	(void)state;
	for (uint64_t i = 1; i <= TRACE_QUEUE_ROOM; i++)
		assert_int_equal(trace_queue_put(&q, numbered(i)), i);
	assert_int_equal(trace_queue_put(&q, late), 0);
	assert_int_equal(trace_queue_length(&q), TRACE_QUEUE_ROOM);
	/* It stayed ours. */
	assert_int_equal(late->of.span_id, 9999);
	assert_next(1);
	assert_int_equal(trace_queue_put(&q, late), TRACE_QUEUE_ROOM);
}

static void what_waits_at_the_end_is_freed(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 5; i++)
		trace_queue_put(&q, numbered(i));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_oldest_is_taken_first),
		TEST(of_nothing_nothing_is_taken),
		TEST(no_more_are_taken_than_were_asked_for),
		TEST(a_full_queue_takes_no_more_until_there_is_room),
		TEST(what_waits_at_the_end_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

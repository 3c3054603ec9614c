#include "router/proxy/step.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Every step of it may follow the one before. */
static void walk(const enum step *step, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!step_may_follow(step[i - 1], step[i]))
			fail_msg("%s after %s", step_name(step[i]),
				 step_name(step[i - 1]));
}

static void one_worker_serves_a_request(void **unused)
{
	static const enum step way[] = {STEP_READ,   STEP_ROUTE, STEP_TOKENIZE,
					STEP_CHOOSE, STEP_QUEUE, STEP_CHOOSE,
					STEP_SEND,   STEP_AWAIT, STEP_STREAM,
					STEP_FINISH};

	(void)unused;
	walk(way, sizeof(way) / sizeof(way[0]));
}

static void two_workers_serve_a_request(void **unused)
{
	static const enum step in_turn[] = {STEP_CHOOSE,    STEP_PREFILL,
					    STEP_PREFILLED, STEP_SEND,
					    STEP_AWAIT,     STEP_STREAM};
	static const enum step at_once[] = {STEP_CHOOSE, STEP_PREFILL,
					    STEP_SEND, STEP_AWAIT, STEP_STREAM};

	(void)unused;
	walk(in_turn, sizeof(in_turn) / sizeof(in_turn[0]));
	walk(at_once, sizeof(at_once) / sizeof(at_once[0]));
}

static void what_failed_is_planned_anew_until_a_byte_is_out(void **unused)
{
	(void)unused;
	assert_true(step_may_follow(STEP_PREFILL, STEP_CHOOSE));
	assert_true(step_may_follow(STEP_AWAIT, STEP_CHOOSE));
	assert_false(step_may_follow(STEP_STREAM, STEP_CHOOSE));
	assert_false(step_may_follow(STEP_STREAM, STEP_REPLY));
	assert_false(step_may_follow(STEP_REPLY, STEP_CHOOSE));
}

static void nothing_waits_with_a_prompt_computed(void **unused)
{
	(void)unused;
	for (int to = 0; to < STEP_N; to++)
		assert_int_equal(step_may_follow(STEP_PREFILLED, to),
				 to == STEP_SEND);
}

static void nothing_follows_the_end(void **unused)
{
	(void)unused;
	for (int to = 0; to < STEP_N; to++)
		assert_false(step_may_follow(STEP_FINISH, to));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_worker_serves_a_request),
		cmocka_unit_test(two_workers_serve_a_request),
		cmocka_unit_test(
			what_failed_is_planned_anew_until_a_byte_is_out),
		cmocka_unit_test(nothing_waits_with_a_prompt_computed),
		cmocka_unit_test(nothing_follows_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/fleet/recent.h"

static void what_was_added_is_there_at_once(void **state)
{
	struct recent r = {0};

	(void)state;
	recent_add(&r, 1000, 50);
	recent_add(&r, 500, 50);
	assert_int_equal(recent_read(&r, 50), 1500);
}

static void it_halves_with_every_half_life(void **state)
{
	struct recent r = {0};

	(void)state;
	recent_add(&r, 1000, 0);
	assert_int_equal(recent_read(&r, RECENT_HALF_MS), 500);
	assert_int_equal(recent_read(&r, 2 * RECENT_HALF_MS), 250);
	assert_int_equal(recent_read(&r, RECENT_HALF_MS / 2), 750);
}

static void it_never_rises_by_waiting(void **state)
{
	struct recent r = {0};
	uint64_t before = 123456;

	(void)state;
	recent_add(&r, before, 0);
	for (uint64_t ms = 0; ms < 200000; ms += 777) {
		uint64_t now = recent_read(&r, ms);

		assert_true(now <= before);
		before = now;
	}
	assert_int_equal(before, 0);
}

static void a_clock_that_is_behind_changes_nothing(void **state)
{
	struct recent r = {0};

	(void)state;
	recent_add(&r, 1000, 100);
	assert_int_equal(recent_read(&r, 99), 1000);
}

static void too_much_counts_as_the_most(void **state)
{
	struct recent r = {0};

	(void)state;
	recent_add(&r, UINT64_C(1) << 40, 0);
	assert_int_equal(recent_read(&r, 0), UINT32_MAX);
}

static void the_time_may_pass_32_bits(void **state)
{
	struct recent r = {0};
	uint64_t edge = UINT64_C(1) << 32;

	(void)state;
	recent_add(&r, 1000, edge - 10);
	assert_int_equal(recent_read(&r, edge - 10 + RECENT_HALF_MS), 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_is_there_at_once),
		cmocka_unit_test(it_halves_with_every_half_life),
		cmocka_unit_test(it_never_rises_by_waiting),
		cmocka_unit_test(a_clock_that_is_behind_changes_nothing),
		cmocka_unit_test(too_much_counts_as_the_most),
		cmocka_unit_test(the_time_may_pass_32_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

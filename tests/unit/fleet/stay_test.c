#include "router/fleet/stay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct stay l;

static int begin(void **unused)
{
	(void)unused;
	stay_init(&l);
	return 0;
}

static void see(size_t n, uint64_t gap_ms)
{
	for (size_t i = 0; i < n; i++)
		stay_saw(&l, gap_ms);
}

static void at_first_programs_are_given_time_to_come_back(void **unused)
{
	(void)unused;
	assert_in_range(stay_ms(&l), 1000, 2000);
}

static void it_becomes_little_more_than_the_gaps(void **unused)
{
	(void)unused;
	see(300, 3000);
	assert_in_range(stay_ms(&l), 3000, 6000);
	see(300, 200);
	assert_in_range(stay_ms(&l), 200, 500);
}

static void most_of_those_that_come_back_are_waited_for(void **unused)
{
	uint64_t late = 0;

	(void)unused;
	for (uint64_t i = 0; i < 2000; i++) {
		uint64_t gap_ms = 100 + i * 7919 % 4000;

		late += i > 1000 && gap_ms > stay_ms(&l);
		stay_saw(&l, gap_ms);
	}
	assert_in_range(late, 0, 100);
}

static void nobody_is_waited_for_who_comes_late(void **unused)
{
	(void)unused;
	see(100, 60000);
	assert_int_equal(stay_ms(&l), STAY_LEAST_MS);
}

static void a_few_who_come_late_change_nothing(void **unused)
{
	(void)unused;
	see(300, 1000);
	see(3, 600000);
	assert_in_range(stay_ms(&l), 1000, 2000);
}

static void it_stays_within_its_bounds(void **unused)
{
	(void)unused;
	see(1000, 0);
	assert_int_equal(stay_ms(&l), STAY_LEAST_MS);
	see(1000, STAY_MOST_MS);
	assert_int_equal(stay_ms(&l), STAY_MOST_MS);
	see(1000, UINT64_MAX);
	assert_int_equal(stay_ms(&l), STAY_LEAST_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			at_first_programs_are_given_time_to_come_back, begin),
		cmocka_unit_test_setup(it_becomes_little_more_than_the_gaps,
				       begin),
		cmocka_unit_test_setup(
			most_of_those_that_come_back_are_waited_for, begin),
		cmocka_unit_test_setup(nobody_is_waited_for_who_comes_late,
				       begin),
		cmocka_unit_test_setup(a_few_who_come_late_change_nothing,
				       begin),
		cmocka_unit_test_setup(it_stays_within_its_bounds, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

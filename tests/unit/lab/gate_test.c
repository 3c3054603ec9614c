/* What admission is for: coding agents past the point where their contexts
 * fit no more. */
#include "tests/lab/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lab/calibrate.h"

static void past_the_cliff_those_let_in_are_served_as_before_it(void **unused)
{
	struct calibration below = calibrate_run(12, 1, true);
	const size_t past[] = {14, 20, 48};

	(void)unused;
	for (size_t i = 0; i < 3; i++) {
		struct calibration c = calibrate_run(past[i], 1, true);

		assert_true(c.p99_s <= 2 * below.p99_s);
		assert_true(c.rate >= .95 * below.rate);
		assert_true(c.waited > 0 && c.waited_max_s > 0);
	}
}

static void before_the_cliff_nobody_loses_by_it(void **unused)
{
	(void)unused;
	for (size_t n = 6; n <= 12; n += 6) {
		struct calibration off = calibrate_run(n, 1, false),
				   on = calibrate_run(n, 1, true);

		assert_true(on.rate >= .98 * off.rate);
		assert_true(on.p99_s <= off.p99_s);
	}
}

static void without_it_they_lose_most_of_their_time(void **unused)
{
	struct calibration below = calibrate_run(12, 1, false),
			   past = calibrate_run(20, 1, false);

	(void)unused;
	assert_true(past.p99_s > 5 * below.p99_s);
	assert_true(past.rate < .7 * below.rate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			past_the_cliff_those_let_in_are_served_as_before_it),
		cmocka_unit_test(before_the_cliff_nobody_loses_by_it),
		cmocka_unit_test(without_it_they_lose_most_of_their_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

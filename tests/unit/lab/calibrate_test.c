/* The shape of the published table; how closely, `make lab` tells. */
#include "tests/lab/calibrate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_knee_lies_between_12_and_14_sessions(void **unused)
{
	struct calibration below = calibrate_run(12, 2, false),
			   past = calibrate_run(14, 2, false);

	(void)unused;
	assert_true(below.p99_s < 3);
	assert_true(past.p99_s > 4 * below.p99_s);
	assert_true(past.rate < below.rate);
}

static void below_the_knee_it_is_within_a_fifth(void **unused)
{
	(void)unused;
	for (size_t i = 1; i <= 3; i++) {
		const struct calibration *p = calibrate_at(i);
		struct calibration c = calibrate_run(p->sessions, 2, false);

		assert_true(c.p50_s > .8 * p->p50_s &&
			    c.p50_s < 1.2 * p->p50_s);
		assert_true(c.p99_s > .8 * p->p99_s &&
			    c.p99_s < 1.2 * p->p99_s);
		assert_true(c.rate > .9 * p->rate && c.rate < 1.1 * p->rate);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_knee_lies_between_12_and_14_sessions),
		cmocka_unit_test(below_the_knee_it_is_within_a_fifth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

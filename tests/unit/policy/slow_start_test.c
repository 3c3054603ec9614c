#include "router/policy/slow_start.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void it_begins_with_a_tenth_and_ends_with_all(void **unused)
{
	(void)unused;
	assert_true(slow_start_part(0, 30000) == 0.9);
	assert_true(slow_start_part(30000, 30000) == 0);
	assert_true(slow_start_part(UINT64_MAX, 30000) == 0);
}

static void it_never_takes_back_what_it_gave(void **unused)
{
	double before = 1;

	(void)unused;
	for (uint64_t ms = 0; ms <= 31000; ms += 100) {
		double now = slow_start_part(ms, 30000);

		assert_true(now <= before);
		before = now;
	}
	assert_true(before == 0);
}

static void without_a_time_all_is_given_at_once(void **unused)
{
	(void)unused;
	assert_true(slow_start_part(0, 0) == 0);
	assert_true(slow_start_part(1, 0) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_begins_with_a_tenth_and_ends_with_all),
		cmocka_unit_test(it_never_takes_back_what_it_gave),
		cmocka_unit_test(without_a_time_all_is_given_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tools/bench/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct histogram h;

static int clear(void **state)
{
	(void)state;
	memset(&h, 0, sizeof(h));
	return 0;
}

static void assert_near(double got, double wanted)
{
	assert_true(got >= wanted * 0.983 && got <= wanted * 1.017);
}

static void percentiles_are_right_to_two_in_a_hundred(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 100000; i++)
		histogram_add(&h, i * 1000);
	assert_near(histogram_at(&h, 0.5), 50e6);
	assert_near(histogram_at(&h, 0.9), 90e6);
	assert_near(histogram_at(&h, 0.99), 99e6);
	assert_true(h.n == 100000 && h.max == 100000000);
}

static void the_largest_value_has_a_bucket(void **state)
{
	(void)state;
	histogram_add(&h, UINT64_MAX);
	assert_near(histogram_at(&h, 0.5), 18446744073709551615.0);
}

static void nothing_added_gives_nothing(void **state)
{
	(void)state;
	assert_true(histogram_at(&h, 0.5) == 0);
}

static void small_values_are_exact(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 64; i++) {
		memset(&h, 0, sizeof(h));
		histogram_add(&h, i);
		assert_true(histogram_at(&h, 0.5) == (double)i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			percentiles_are_right_to_two_in_a_hundred, clear),
		cmocka_unit_test_setup(the_largest_value_has_a_bucket, clear),
		cmocka_unit_test_setup(nothing_added_gives_nothing, clear),
		cmocka_unit_test_setup(small_values_are_exact, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

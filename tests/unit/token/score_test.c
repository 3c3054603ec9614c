#include "tests/unit/token/fixture.h"

#include "common/token/score.h"

static double value(const char *text)
{
	double out = 12345;

	assert_int_equal(score_parse(slice_of(text), &out), OK);
	return out;
}

static void assert_same(double a, double b)
{
	assert_memory_equal(&a, &b, sizeof(a));
}

static void plain_numbers_are_exact(void **state)
{
	(void)state;
	assert_same(value("0"), 0.0);
	assert_same(value("-3"), -3.0);
	assert_same(value("-2.5"), -2.5);
	assert_same(value("1e3"), 1000.0);
	assert_same(value("25E-1"), 2.5);
	assert_same(value("-0.0"), -0.0);
}

/* Rounded twice: the nearest double would be another one. */
static void long_numbers_are_rounded_as_the_reference_does(void **state)
{
	double wide = 20122928619384766.0;

	(void)state;
	assert_same(value("-2.0122928619384766"), -(wide / 1e16));
	assert_same(value("9007199254740993e-1"),
		    (double)9007199254740993u / 10.0);
}

static void digits_that_do_not_fit_count_by_their_place(void **state)
{
	(void)state;
	assert_same(value("123456789012345678901234"),
		    12345678901234567890.0 * 1e4);
	assert_same(value("0.123456789012345678901234"),
		    12345678901234567890.0 / 1e20);
	assert_same(value("18446744073709551616"), 1844674407370955161.0 * 10);
}

static void tiny_numbers_become_nothing(void **state)
{
	(void)state;
	assert_same(value("1e-400"), 0.0);
	assert_same(value("5e-324"), 5e-324);
	assert_same(value("0e999999999"), 0.0);
	assert_same(value("1e-999999999999"), 0.0);
}

static void huge_numbers_are_refused(void **state)
{
	double out;

	(void)state;
	assert_int_equal(score_parse(SLICE("1e400"), &out), ERR_LIMIT);
	assert_int_equal(score_parse(SLICE("-9e308"), &out), ERR_LIMIT);
	assert_int_equal(score_parse(SLICE("1e99999999999"), &out), ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_numbers_are_exact),
		cmocka_unit_test(
			long_numbers_are_rounded_as_the_reference_does),
		cmocka_unit_test(digits_that_do_not_fit_count_by_their_place),
		cmocka_unit_test(tiny_numbers_become_nothing),
		cmocka_unit_test(huge_numbers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

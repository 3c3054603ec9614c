#include "router/conf/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void days_and_moments_are_read(void **state)
{
	uint64_t us = 0;

	(void)state;
	assert_int_equal(moment_parse(SLICE("1970-01-01"), &us), OK);
	assert_int_equal(us, 0);
	assert_int_equal(moment_parse(SLICE("2027-01-31T12:34:56Z"), &us), OK);
	assert_int_equal(us, 1801398896ull * 1000000);
	assert_int_equal(moment_parse(SLICE("2028-02-29"), &us), OK);
	assert_int_equal(us, 1835395200ull * 1000000);
}

static void what_is_no_moment_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"2027",
		"2027-1-31",
		"2027-01-31 12:00:00",
		"2027-01-31T12:00:00",
		"2027-01-31T12:00:00+01:00",
		"2027-01-31T12:00:00.5Z",
		"2027-02-29",
		"2027-13-01",
		"2027-00-10",
		"2027-01-00",
		"2027-01-31T24:00:00Z",
		"2027-01-31T12:60:00Z",
		"1969-12-31",
		"20a7-01-31",
		"2027/01/31",
	};
	uint64_t us = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(moment_parse(slice_of(wrong[i]), &us),
				 ERR_INVALID);
	assert_int_equal(us, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_and_moments_are_read),
		cmocka_unit_test(what_is_no_moment_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/proxy/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct pace usual = {.bytes_a_second = 1024, .max_ms = 300000};

static void nothing_may_come_for_the_time_of_grace(void **unused)
{
	(void)unused;
	assert_int_equal(pace_until(&usual, 0), PACE_GRACE_MS);
}

static void what_has_come_buys_time(void **unused)
{
	(void)unused;
	assert_int_equal(pace_until(&usual, 1024), PACE_GRACE_MS + 1000);
	assert_int_equal(pace_until(&usual, 10240), PACE_GRACE_MS + 10000);
}

static void no_rate_buys_more_than_the_most(void **unused)
{
	(void)unused;
	assert_int_equal(pace_until(&usual, 32 << 20), usual.max_ms);
	assert_int_equal(pace_until(&usual, UINT64_MAX), usual.max_ms);
}

static void without_a_rate_the_most_is_all_there_is(void **unused)
{
	const struct pace any = {.max_ms = 60000};

	(void)unused;
	assert_int_equal(pace_until(&any, 0), 60000);
	assert_int_equal(pace_until(&any, 1), 60000);
}

static void grace_is_within_the_most(void **unused)
{
	const struct pace brief = {.bytes_a_second = 1024, .max_ms = 100};

	(void)unused;
	assert_int_equal(pace_until(&brief, 0), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_may_come_for_the_time_of_grace),
		cmocka_unit_test(what_has_come_buys_time),
		cmocka_unit_test(no_rate_buys_more_than_the_most),
		cmocka_unit_test(without_a_rate_the_most_is_all_there_is),
		cmocka_unit_test(grace_is_within_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/fleet/pressure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/abort.h"

#define GIB ((uint64_t)1 << 30)

static enum pressure next(enum pressure now, unsigned percent)
{
	return pressure_next(now, GIB / 100 * percent, GIB);
}

static void each_level_begins_at_its_mark(void **unused)
{
	(void)unused;
	assert_int_equal(next(PRESSURE_NONE, 0), PRESSURE_NONE);
	assert_int_equal(next(PRESSURE_NONE, 89), PRESSURE_NONE);
	assert_int_equal(next(PRESSURE_NONE, 90), PRESSURE_HIGH);
	assert_int_equal(next(PRESSURE_HIGH, 94), PRESSURE_HIGH);
	assert_int_equal(next(PRESSURE_HIGH, 95), PRESSURE_CRITICAL);
	assert_int_equal(next(PRESSURE_NONE, 95), PRESSURE_CRITICAL);
	assert_int_equal(next(PRESSURE_NONE, 300), PRESSURE_CRITICAL);
}

static void a_level_lasts_below_its_mark(void **unused)
{
	(void)unused;
	assert_int_equal(next(PRESSURE_HIGH, 89), PRESSURE_HIGH);
	assert_int_equal(next(PRESSURE_HIGH, 85), PRESSURE_HIGH);
	assert_int_equal(next(PRESSURE_HIGH, 84), PRESSURE_NONE);
	assert_int_equal(next(PRESSURE_CRITICAL, 94), PRESSURE_CRITICAL);
	assert_int_equal(next(PRESSURE_CRITICAL, 90), PRESSURE_CRITICAL);
	assert_int_equal(next(PRESSURE_CRITICAL, 89), PRESSURE_HIGH);
	assert_int_equal(next(PRESSURE_CRITICAL, 84), PRESSURE_NONE);
}

static void without_a_bound_there_is_no_pressure(void **unused)
{
	(void)unused;
	assert_int_equal(pressure_next(PRESSURE_CRITICAL, UINT64_MAX, 0),
			 PRESSURE_NONE);
	assert_int_equal(pressure_next(PRESSURE_NONE, 1, UINT64_MAX),
			 PRESSURE_NONE);
	assert_int_equal(pressure_next(PRESSURE_NONE, UINT64_MAX, UINT64_MAX),
			 PRESSURE_CRITICAL);
}

static void name_none(void *arg)
{
	(void)arg;
	pressure_name((enum pressure)3);
}

static void only_levels_have_names(void **unused)
{
	(void)unused;
	assert_string_equal(pressure_name(PRESSURE_NONE), "none");
	assert_string_equal(pressure_name(PRESSURE_HIGH), "high");
	assert_string_equal(pressure_name(PRESSURE_CRITICAL), "critical");
	assert_true(aborts(name_none, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_level_begins_at_its_mark),
		cmocka_unit_test(a_level_lasts_below_its_mark),
		cmocka_unit_test(without_a_bound_there_is_no_pressure),
		cmocka_unit_test(only_levels_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

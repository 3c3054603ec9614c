#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void text_is_iso_8601_in_utc(void **unused)
{
	char out[CLOCK_TEXT_BYTES];

	(void)unused;
	assert_string_equal(clock_text(0, out), "1970-01-01T00:00:00.000000Z");
	assert_string_equal(clock_text(1769862896123456, out),
			    "2026-01-31T12:34:56.123456Z");
	assert_string_equal(clock_text(1709164800000009, out),
			    "2024-02-29T00:00:00.000009Z");
	assert_string_equal(clock_text(1709164800999999, out),
			    "2024-02-29T00:00:00.999999Z");
	assert_string_equal(clock_text(1709164799999999, out),
			    "2024-02-28T23:59:59.999999Z");
}

static void a_year_too_long_for_the_field_is_terminated(void **unused)
{
	char out[CLOCK_TEXT_BYTES];

	(void)unused;
	memset(out, 'x', sizeof(out));
	clock_text(UINT64_MAX, out);
	assert_non_null(memchr(out, '\0', sizeof(out)));
}

static void monotonic_time_does_not_go_back(void **unused)
{
	uint64_t ns = clock_ns(), ms = clock_ms();

	(void)unused;
	for (int i = 0; i < 1000; i++) {
		uint64_t now_ns = clock_ns(), now_ms = clock_ms();

		assert_true(now_ns >= ns && now_ms >= ms);
		assert_true(now_ms >= now_ns / 1000000);
		ns = now_ns;
		ms = now_ms;
	}
}

static void the_coarse_clock_is_the_same_one_a_little_late(void **unused)
{
	(void)unused;
	for (int i = 0; i < 1000; i++) {
		uint64_t before = clock_ms(), coarse = clock_coarse_ms();

		assert_true(coarse <= clock_ms());
		assert_true(coarse + 50 >= before);
	}
}

static void wall_time_is_of_this_century(void **unused)
{
	(void)unused;
	assert_true(clock_wall_us() > 1700000000000000);
	assert_true(clock_wall_us() < 4102444800000000);
}

/* So far ahead that the wall clock is read anew. */
#define AHEAD_NS 100000000000

static void a_moment_has_the_time_that_the_wall_clock_says(void **unused)
{
	uint64_t before = clock_wall_us();
	uint64_t us = clock_wall_us_at(clock_ns() + AHEAD_NS) - AHEAD_NS / 1000;

	(void)unused;
	/* Either clock rounds down. */
	assert_true(us + 2 >= before);
	assert_true(us <= clock_wall_us() + 2);
}

static void a_later_moment_is_later_on_the_wall(void **unused)
{
	uint64_t ns = clock_ns(), us = clock_wall_us_at(ns);

	(void)unused;
	assert_int_equal(clock_wall_us_at(ns + 7000), us + 7);
	assert_int_equal(clock_wall_us_at(ns - 7000), us - 7);
	assert_int_equal(clock_wall_us_at(ns), us);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_iso_8601_in_utc),
		cmocka_unit_test(a_year_too_long_for_the_field_is_terminated),
		cmocka_unit_test(monotonic_time_does_not_go_back),
		cmocka_unit_test(
			the_coarse_clock_is_the_same_one_a_little_late),
		cmocka_unit_test(wall_time_is_of_this_century),
		cmocka_unit_test(
			a_moment_has_the_time_that_the_wall_clock_says),
		cmocka_unit_test(a_later_moment_is_later_on_the_wall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "common/base/digits.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/rng.h"

static void same(uint64_t value)
{
	char room[DIGITS_MAX + 1], should[DIGITS_MAX + 1];
	char *end = room + DIGITS_MAX;

	*end = '\0';
	snprintf(should, sizeof(should), "%" PRIu64, value);
	assert_string_equal(digits_before(end, value), should);
	room[digits_write(room, value)] = '\0';
	assert_string_equal(room, should);
}

static void all_lengths_are_written_as_printf_does(void **unused)
{
	struct rng rng;

	(void)unused;
	rng_seed(&rng, 1);
	same(0);
	for (uint64_t power = 1; power < UINT64_MAX / 10; power *= 10) {
		same(power - 1);
		same(power);
		same(power * 9);
		same(rng_below(&rng, power) + power);
	}
	same(UINT64_MAX);
}

static void nothing_before_the_first_digit_is_touched(void **unused)
{
	char room[DIGITS_MAX];

	(void)unused;
	memset(room, '#', sizeof(room));
	digits_before(room + sizeof(room), 123);
	assert_memory_equal(room + DIGITS_MAX - 4, "#123", 4);
}

static void a_fixed_number_has_zeros_in_front(void **unused)
{
	char room[7] = "######";

	(void)unused;
	assert_int_equal(digits_fixed_before(room + 6, 45, 3), 0);
	assert_string_equal(room, "###045");
	assert_int_equal(digits_fixed_before(room + 6, 7, 4), 0);
	assert_string_equal(room, "##0007");
}

static void a_fixed_number_leaves_what_does_not_fit(void **unused)
{
	char room[7] = "######";

	(void)unused;
	assert_int_equal(digits_fixed_before(room + 6, 1234567, 3), 1234);
	assert_string_equal(room, "###567");
	assert_int_equal(digits_fixed_before(room + 6, 1234567, 6), 1);
	assert_string_equal(room, "234567");
}

static void of_no_digits_none_is_written(void **unused)
{
	char room[7] = "######";

	(void)unused;
	assert_int_equal(digits_fixed_before(room + 6, 89, 0), 89);
	assert_string_equal(room, "######");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_lengths_are_written_as_printf_does),
		cmocka_unit_test(nothing_before_the_first_digit_is_touched),
		cmocka_unit_test(a_fixed_number_has_zeros_in_front),
		cmocka_unit_test(a_fixed_number_leaves_what_does_not_fit),
		cmocka_unit_test(of_no_digits_none_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

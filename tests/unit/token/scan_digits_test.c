#include "tests/unit/token/pieces.h"

static void digits_are_taken_out_of_the_text(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_digits, "a12 b"), "a|1|2| b");
	assert_string_equal(pieces(scan_digit_runs, "a12 b"), "a|12| b");
	assert_string_equal(pieces(scan_numbers3, "1234a"), "123|4|a");
}

static void three_digits_at_a_time_leave_the_rest(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_ascii3, "a1234567b12"),
			    "a|123|456|7b12");
	assert_string_equal(pieces(scan_ascii3, "12\u0663"), "12\u0663");
}

static void text_without_digits_is_one_piece(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_digits, "a b\n"), "a b\n");
	assert_string_equal(pieces(scan_numbers3, " "), " ");
}

static void the_step_knows_newer_numbers_than_the_pattern(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_digits, "a\U00011de0b"),
			    "a|\U00011de0|b");
	assert_string_equal(pieces(scan_numbers3, "a\U00011de0b"),
			    "a\U00011de0b");
	assert_string_equal(pieces(scan_numbers3, "a\u00b2b"), "a|\u00b2|b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_are_taken_out_of_the_text),
		cmocka_unit_test(three_digits_at_a_time_leave_the_rest),
		cmocka_unit_test(text_without_digits_is_one_piece),
		cmocka_unit_test(the_step_knows_newer_numbers_than_the_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

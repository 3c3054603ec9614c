#include "tests/unit/token/pieces.h"

static void signs_are_taken_out_of_the_text(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_signs, "a!? b."), "a|!|?| b|.");
	assert_string_equal(pieces(scan_sign_runs, "a!? b."), "a|!?| b|.");
}

static void text_without_signs_is_one_piece(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_signs, "a b\n1"), "a b\n1");
	assert_string_equal(pieces(scan_sign_runs, " "), " ");
}

/* All of ASCII's, and of the others those that old tables have. */
static void symbols_of_ascii_alone_are_signs(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_signs, "a+b$\u20ac"), "a|+|b|$|\u20ac");
	assert_string_equal(pieces(scan_signs, "a\u00d7b\u20ac"),
			    "a\u00d7b\u20ac");
	assert_string_equal(pieces(scan_signs, "a\u3002b"), "a|\u3002|b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_are_taken_out_of_the_text),
		cmocka_unit_test(text_without_signs_is_one_piece),
		cmocka_unit_test(symbols_of_ascii_alone_are_signs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

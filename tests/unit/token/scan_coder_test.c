#include "tests/unit/token/pieces.h"

static void line_ends_stand_alone(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_coder_lines, "a b\r\n\nc"),
			    "a b|\r|\n|\n|c");
}

static void letters_take_one_blank_before_them(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_coder_letters, "a  b1c"), "a| | b|1|c");
	assert_string_equal(pieces(scan_coder_letters, "12 3"), "12 3");
	assert_string_equal(pieces(scan_coder_letters, "  "), "  ");
}

static void signs_take_one_blank_before_them(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_coder_signs, "a ;;b"), "a| ;;|b");
	assert_string_equal(pieces(scan_coder_signs, "a = b"), "a = b");
}

static void eastern_text_stands_alone(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_coder_east, "a\u4f60b"), "a|\u4f60|b");
	assert_string_equal(pieces(scan_coder_east, "\u07ff\u0800"),
			    "\u07ff|\u0800");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_ends_stand_alone),
		cmocka_unit_test(letters_take_one_blank_before_them),
		cmocka_unit_test(signs_take_one_blank_before_them),
		cmocka_unit_test(eastern_text_stands_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

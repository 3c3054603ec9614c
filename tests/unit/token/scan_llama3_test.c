#include "tests/unit/token/pieces.h"

static void expect(const char *text, const char *want)
{
	assert_string_equal(pieces(scan_llama3, text), want);
	assert_string_equal(pieces(scan_qwen2, text), want);
}

static void a_word_takes_one_character_before_it(void **state)
{
	(void)state;
	expect("Hello world", "Hello| world");
	expect("a\tb(c", "a|\tb|(c");
	expect("a\u00a0b", "a|\u00a0b");
	expect("a  b", "a| | b");
	expect("'hello", "'hello");
}

static void a_line_end_or_a_digit_is_not_taken_along(void **state)
{
	(void)state;
	expect("a\nb", "a|\n|b");
	expect("\rb", "\r|b");
	expect("1b", "1|b");
}

static void digits_go_by_three_or_one_by_one(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_llama3, "12345 67"), "123|45| |67");
	assert_string_equal(pieces(scan_qwen2, "123 4"), "1|2|3| |4");
	assert_string_equal(pieces(scan_llama3, "\u0661\u0662\u0663\u0664"),
			    "\u0661\u0662\u0663|\u0664");
}

static void signs_take_the_line_ends_behind_them(void **state)
{
	(void)state;
	expect("a;\n\nb", "a|;\n\n|b");
	expect(" ;)\r\n x", " ;)\r\n| x");
	expect("\t;", "\t|;");
	expect("; \n", ";| \n");
}

static void contractions_are_in_any_case(void **state)
{
	(void)state;
	expect("it's WE'LL", "it|'s| WE|'LL");
	expect("'\u017fa", "'\u017f|a");
	expect("'r", "'r");
}

static void blanks_close_at_the_last_line_end(void **state)
{
	(void)state;
	expect("a  \n \n  b", "a|  \n \n| | b");
	expect("a   ", "a|   ");
	expect("a  1", "a| | |1");
	expect(" ", " ");
	expect("  \n", "  \n");
}

static void tiktokens_own_text_differs_at_the_end_and_in_digits(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_cl100k, "a \n "), "a| \n ");
	assert_string_equal(pieces(scan_llama3, "a \n "), "a| \n| ");
	assert_string_equal(pieces(scan_cl100k, "a \n b"), "a| \n| b");
	assert_string_equal(pieces(scan_cl100k, "12345"), "12345");
}

static void marks_are_letters_for_some_only(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_qwen35, "e\u0301e"), "e\u0301e");
	assert_string_equal(pieces(scan_qwen2, "e\u0301e"), "e|\u0301e");
	assert_string_equal(pieces(scan_seed, ";\n\nb"), ";|\n\n|b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_takes_one_character_before_it),
		cmocka_unit_test(a_line_end_or_a_digit_is_not_taken_along),
		cmocka_unit_test(digits_go_by_three_or_one_by_one),
		cmocka_unit_test(signs_take_the_line_ends_behind_them),
		cmocka_unit_test(contractions_are_in_any_case),
		cmocka_unit_test(
			tiktokens_own_text_differs_at_the_end_and_in_digits),
		cmocka_unit_test(marks_are_letters_for_some_only),
		cmocka_unit_test(blanks_close_at_the_last_line_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

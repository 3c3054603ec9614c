#include "tests/unit/token/pieces.h"

static void expect(const char *text, const char *want)
{
	assert_string_equal(pieces(scan_gpt2, text), want);
}

static void words_take_one_space_before_them(void **state)
{
	(void)state;
	expect("Hello world", "Hello| world");
	expect("a  b", "a| | b");
	expect("x = 10", "x| =| 10");
	expect("\u4f60\u597d 12\u00bd", "\u4f60\u597d| 12\u00bd");
}

static void only_a_space_is_taken_along(void **state)
{
	(void)state;
	expect("a\tb", "a|\t|b");
	expect("a\u00a0b", "a|\u00a0|b");
	expect("a\nb", "a|\n|b");
}

static void contractions_are_in_lower_case_only(void **state)
{
	(void)state;
	expect("it's we'll", "it|'s| we|'ll");
	expect("IT'S", "IT|'|S");
	expect("'\u017f", "'|\u017f");
	expect("' s", "'| s");
}

static void blanks_at_the_end_stay_together(void **state)
{
	(void)state;
	expect("a  \n ", "a|  \n ");
	expect(" ", " ");
	expect("a \n\nb", "a| \n|\n|b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_take_one_space_before_them),
		cmocka_unit_test(only_a_space_is_taken_along),
		cmocka_unit_test(contractions_are_in_lower_case_only),
		cmocka_unit_test(blanks_at_the_end_stay_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

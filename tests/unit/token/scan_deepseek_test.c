#include "tests/unit/token/pieces.h"

static void expect(const char *text, const char *want)
{
	assert_string_equal(pieces(scan_deepseek, text), want);
}

static void one_sign_may_lead_an_ascii_word(void **state)
{
	(void)state;
	expect("(a b", "(a| b");
	expect("((a", "((|a");
	expect("'\u00e9", "'|\u00e9");
	expect("_abc\u00e9", "_abc|\u00e9");
}

static void other_characters_lead_any_word(void **state)
{
	(void)state;
	expect("\ta", "\ta");
	expect("\u200da", "\u200da");
	expect("\na", "\n|a");
}

static void what_nothing_matches_stays_in_one_piece(void **state)
{
	(void)state;
	expect("\u200d\u200d", "\u200d\u200d");
	expect("a\u200d\u200d!", "a|\u200d\u200d|!");
	expect("\u200d\u200da", "\u200d|\u200da");
	expect("\x01 a", "\x01| a");
}

static void signs_take_line_ends(void **state)
{
	(void)state;
	expect(" +=\n\nx", " +=\n\n|x");
	expect("  \n  x", "  \n| | x");
}

static void east_asian_runs_stand_alone(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_deepseek_cjk, "a\u4f60\u3042b"),
			    "a|\u4f60\u3042|b");
	assert_string_equal(pieces(scan_deepseek_cjk, "\u9fa6\u4f60"),
			    "\u9fa6|\u4f60");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_sign_may_lead_an_ascii_word),
		cmocka_unit_test(other_characters_lead_any_word),
		cmocka_unit_test(what_nothing_matches_stays_in_one_piece),
		cmocka_unit_test(signs_take_line_ends),
		cmocka_unit_test(east_asian_runs_stand_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

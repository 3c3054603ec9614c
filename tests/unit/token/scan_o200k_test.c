#include "tests/unit/token/pieces.h"

static void expect(const char *text, const char *want)
{
	assert_string_equal(pieces(scan_o200k, text), want);
}

static void a_word_ends_where_its_case_falls_back_up(void **state)
{
	(void)state;
	expect("getUserByID", "get|User|By|ID");
	expect("XMLHttpRequest", "XMLHttp|Request");
	expect("ABC", "ABC");
	expect("Hello WORLD", "Hello| WORLD");
}

static void letters_without_case_belong_to_both_sides(void **state)
{
	(void)state;
	expect("\u00aaAB", "\u00aa|AB");
	expect("A\u00aaB", "A\u00aa|B");
	expect("\u4f60\u597d", "\u4f60\u597d");
	expect("a\u4f60B", "a\u4f60|B");
}

static void a_mark_is_prefix_or_letter(void **state)
{
	(void)state;
	expect("\u0301", "\u0301");
	expect("\u0301a", "\u0301a");
	expect("e\u0301\u0302X", "e\u0301\u0302|X");
	expect(" \u0301", " \u0301");
}

static void a_contraction_stays_with_its_word(void **state)
{
	(void)state;
	expect("it's WE'LL", "it's| WE'LL");
	expect("'s", "'s");
	assert_string_equal(pieces(scan_tekken, "it's"), "it|'s");
	assert_string_equal(pieces(scan_tekken, "it'sX"), "it|'s|X");
}

static void signs_take_slashes_and_line_ends(void **state)
{
	(void)state;
	expect("a;\n/\nb", "a|;\n/\n|b");
	assert_string_equal(pieces(scan_kimi, "a;\n/b"), "a|;\n|/b");
}

static void digits_are_grouped_or_not(void **state)
{
	(void)state;
	expect("1234", "123|4");
	assert_string_equal(pieces(scan_tekken, "12"), "1|2");
}

static void han_stands_alone_for_kimi(void **state)
{
	(void)state;
	assert_string_equal(pieces(scan_kimi, "a\u4f60\u597dB"),
			    "a|\u4f60\u597d|B");
	assert_string_equal(pieces(scan_kimi, " \u4f60"), " |\u4f60");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_ends_where_its_case_falls_back_up),
		cmocka_unit_test(letters_without_case_belong_to_both_sides),
		cmocka_unit_test(a_mark_is_prefix_or_letter),
		cmocka_unit_test(a_contraction_stays_with_its_word),
		cmocka_unit_test(signs_take_slashes_and_line_ends),
		cmocka_unit_test(digits_are_grouped_or_not),
		cmocka_unit_test(han_stands_alone_for_kimi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/token/matches.h"

static void ranges_names_and_brackets_add_up(void **state)
{
	(void)state;
	expect("[a-c\\d_]+", "abcd1_-", "<abc>d<1_>-");
	expect("[[ab][c]]+", "abcd", "<abc>d");
	expect("[^[^a]b]", "abc", "<a>bc");
	expect("[[:digit:][:^ascii:]]+", "a1\u00e9", "a<1\u00e9>");
	expect("[(|)]+", "(|)a", "<(|)>a");
}

static void an_intersection_has_what_both_sides_have(void **state)
{
	(void)state;
	expect("[a-z&&[^b]&&[^c]]+", "abcd", "<a>bc<d>");
	expect("[\\p{L}&&[^\\p{Han}]]+", "a\u4f60b", "<a>\u4f60<b>");
	expect("[a&&]", "a&", "a&");
	expect("[^a-z&&[^b]]", "abE", "a<b><E>");
}

static void a_hyphen_that_makes_no_range_is_one(void **state)
{
	(void)state;
	expect("[-a]+", "-ab", "<-a>b");
	expect("[a-]+", "-ab", "<-a>b");
	expect("[0-9-a]+", "3-a8b", "<3-a8>b");
	expect("[\\d-]", "-", "<->");
	expect("[--0]+", "-./01", "<-./0>1");
}

static void a_bracket_that_comes_first_is_one(void **state)
{
	(void)state;
	expect("[]a]+", "a]b", "<a]>b");
	expect("[^]a]+", "a]b", "a]<b>");
}

static void letters_that_are_nothing_special_are_letters(void **state)
{
	(void)state;
	expect("[\\R\\b\\q]+", "R\bq", "<R\bq>");
}

static void case_may_be_ignored(void **state)
{
	(void)state;
	expect("(?i:[k])", "K\u212a", "<K><\u212a>");
	expect("(?i:[^a])", "aAb", "aA<b>");
	expect("(?i:[a-c&&[^b]])", "ABC", "<A>B<C>");
}

static void broken_ones_are_refused(void **state)
{
	(void)state;
	refuse("ab[c", ERR_INVALID, "byte 2 of the pattern: [ is not closed");
	refuse("[]", ERR_INVALID, "not closed");
	refuse("[^]", ERR_INVALID, "not closed");
	refuse("[b-a]", ERR_INVALID, "nothing in it");
	refuse("[a-\\d]", ERR_INVALID, "ends with a class");
	refuse("[\\d-a]", ERR_INVALID, "begins with a class");
	refuse("[[:foo:]]", ERR_INVALID, "no such name");
	refuse("[a\\", ERR_INVALID, "too early");
}

static void what_is_not_done_is_refused(void **state)
{
	char deep[200];

	(void)state;
	refuse("[a-[b]]", ERR_UNSUPPORTED, "ends with [");
	refuse("[\\1]", ERR_UNSUPPORTED, "\\1 in brackets");
	refuse("[\\cA]", ERR_UNSUPPORTED, "\\c in brackets");
	refuse("(?i:[\u00dfx])", ERR_UNSUPPORTED, "the same as two");
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	refuse(deep, ERR_LIMIT, "too deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_names_and_brackets_add_up),
		cmocka_unit_test(an_intersection_has_what_both_sides_have),
		cmocka_unit_test(a_hyphen_that_makes_no_range_is_one),
		cmocka_unit_test(a_bracket_that_comes_first_is_one),
		cmocka_unit_test(letters_that_are_nothing_special_are_letters),
		cmocka_unit_test(case_may_be_ignored),
		cmocka_unit_test(broken_ones_are_refused),
		cmocka_unit_test(what_is_not_done_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

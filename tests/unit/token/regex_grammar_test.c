#include "tests/unit/token/matches.h"

static void the_first_alternative_that_leads_on_is_taken(void **state)
{
	(void)state;
	expect("a|ab", "ab", "<a>b");
	expect("(?:a|ab)c", "abc", "<abc>");
	expect("a||b", "b", "<>b<>");
}

static void quantifiers_are_greedy_or_lazy_or_possessive(void **state)
{
	(void)state;
	expect("a+", "aaa", "<aaa>");
	expect("a+?", "aaa", "<a><a><a>");
	expect("a*+a", "aaa", "aaa");
	expect("a?+a", "aa", "<aa>");
	expect("(?:ab)*?c", "ababc", "<ababc>");
}

/* In Ruby's syntax, a plus behind braces repeats once more. */
static void braces_have_their_own_rules(void **state)
{
	(void)state;
	expect("a{2}", "aaaaa", "<aa><aa>a");
	expect("a{2,}b", "aaab", "<aaab>");
	expect("a{,2}b", "aaab", "a<aab>");
	expect("a{1,2}+", "aaaaa", "<aaaaa>");
	expect("a{1,2}?", "aa", "<a><a>");
	expect("\\Aa{2}?b", "b aab", "<b> aab");
	expect("a{1,2}{2}", "aaaaa", "<aaaa>a");
}

static void braces_that_count_nothing_are_text(void **state)
{
	(void)state;
	expect("a{x", "a{x", "<a{x>");
	expect("a{,}", "a{,}", "<a{,}>");
	expect("a{1", "a{1", "<a{1>");
	expect("]}", "]}", "<]}>");
}

static void anchors_mind_lines_and_ends(void **state)
{
	(void)state;
	expect("^x", "x\nx", "<x>\n<x>");
	expect("x$", "x\nx", "<x>\n<x>");
	expect("\\n^", "x\n", "x\n");
	expect("\\n$", "x\n", "x<\n>");
	expect("\\Ax|x\\z", "xxx", "<x>x<x>");
	expect("x\\Z", "x\n", "<x>\n");
	expect("\\b\\w", "ab c", "<a>b <c>");
	expect("\\B\\w", "ab c", "a<b> c");
	expect("x\\b", "x\u00b2", "x\u00b2");
}

static void a_dot_takes_all_but_a_line_end(void **state)
{
	(void)state;
	expect(".", "a\n\r", "<a>\n<\r>");
	expect("\\N\\O", "a\n", "<a\n>");
	expect("\\R", "\r\n\n\u2028", "<\r\n><\n><\u2028>");
}

static void what_cannot_be_repeated_is_refused(void **state)
{
	(void)state;
	refuse("a|*", ERR_INVALID, "byte 2 of the pattern: nothing to repeat");
	refuse("+a", ERR_INVALID, "nothing to repeat");
	refuse("^*x", ERR_INVALID, "repeated");
	refuse("(?=a)*b", ERR_INVALID, "repeated");
	refuse("a)", ERR_INVALID, ") without (");
}

static void counts_have_bounds(void **state)
{
	(void)state;
	expect("a{100000}", "a", "a");
	refuse("a{100001}", ERR_LIMIT, "100000");
	refuse("a{99999999999999999999}", ERR_LIMIT, "100000");
	refuse("a{3,1}", ERR_UNSUPPORTED, "n above m");
	refuse("a?+?+?+?+?+?+?+?+?+?+?+", ERR_LIMIT, "quantifiers");
}

static void what_refers_back_is_refused(void **state)
{
	(void)state;
	refuse("(a)\\1", ERR_UNSUPPORTED, "byte 3 of the pattern: \\1");
	refuse("\\k<n>", ERR_UNSUPPORTED, "\\k");
	refuse("\\g<n>", ERR_UNSUPPORTED, "\\g");
	refuse("a\\Kb", ERR_UNSUPPORTED, "\\K");
	refuse("\\X", ERR_UNSUPPORTED, "\\X");
	refuse("\\Ga", ERR_UNSUPPORTED, "\\G");
	refuse("\\", ERR_INVALID, "byte 0");
	refuse("(?<=\\R)a", ERR_UNSUPPORTED, "\\R");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_alternative_that_leads_on_is_taken),
		cmocka_unit_test(quantifiers_are_greedy_or_lazy_or_possessive),
		cmocka_unit_test(braces_have_their_own_rules),
		cmocka_unit_test(braces_that_count_nothing_are_text),
		cmocka_unit_test(anchors_mind_lines_and_ends),
		cmocka_unit_test(a_dot_takes_all_but_a_line_end),
		cmocka_unit_test(what_cannot_be_repeated_is_refused),
		cmocka_unit_test(counts_have_bounds),
		cmocka_unit_test(what_refers_back_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

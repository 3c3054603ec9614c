#include "tests/unit/token/matches.h"

static void all_sorts_of_groups_group(void **state)
{
	(void)state;
	expect("(a)(?:b)(?<n>c)(?'m'd)(?#x)e", "abcde", "<abcde>");
}

static void an_atomic_group_gives_nothing_back(void **state)
{
	(void)state;
	expect("(?>a+)a", "aaa", "aaa");
	expect("(?>a|ab)c", "abc", "abc");
	expect("(?>\\w+|b)(?=!)", "ab!", "<ab>!");
}

/* What follows the group decides nothing within it. */
static void an_atomic_group_goes_as_far_as_it_can(void **state)
{
	(void)state;
	expect("(?>(?:\\w|b){2,})\\p{Lu}", "BbA.", "BbA.");
	expect("(?:\\n)*+\\n", "\n\nb", "\n\nb");
}

static void flags_hold_to_the_end_of_their_group(void **state)
{
	(void)state;
	expect("(?i:a)b", "AbAB", "<Ab>AB");
	expect("(?:a(?i)b)c", "aBc aBC", "<aBc> aBC");
	expect("(?i)a(?-i:b)", "AbAB", "<Ab>AB");
	expect("(?m:.)(?-m:.)", "\na\n\n", "<\na>\n\n");
	expect("(?i-m:A)", "a", "<a>");
}

static void a_flag_takes_the_alternatives_behind_it_along(void **state)
{
	(void)state;
	expect("a(?i)b|c", "C aC", "C <aC>");
}

static void looking_takes_nothing(void **state)
{
	(void)state;
	expect("a(?=b)", "abac", "<a>bac");
	expect("a(?!b)", "abac", "ab<a>c");
	expect("(?<=a|bc)x", "axbcxx", "a<x>bc<x>x");
	expect("(?<![a-c]{2})x", "abx ax", "abx a<x>");
	expect("(?<=^)x", "xx", "<x>x");
	expect("(?<=(?:a|\u4f60){1,3})x", "\u4f60x", "\u4f60<x>");
}

static void unknown_groups_are_refused(void **state)
{
	(void)state;
	refuse("a(?~b)", ERR_UNSUPPORTED,
	       "byte 1 of the pattern: the group (?~");
	refuse("(?x: a)", ERR_UNSUPPORTED, "(?x");
	refuse("(?P<n>a)", ERR_UNSUPPORTED, "(?P");
	refuse("(?(1)a)", ERR_UNSUPPORTED, "(?(");
	refuse("(?s:.)", ERR_UNSUPPORTED, "(?s");
}

static void broken_groups_are_refused(void **state)
{
	char deep[200];

	(void)state;
	refuse("(", ERR_INVALID, "not closed");
	refuse("(?", ERR_INVALID, "not closed");
	refuse("(?i", ERR_INVALID, "not closed");
	refuse("(?:a", ERR_INVALID, "not closed");
	refuse("(?#a", ERR_INVALID, "not closed");
	refuse("(?<n", ERR_INVALID, "name");
	refuse("(?<>a)", ERR_INVALID, "name");
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	refuse(deep, ERR_LIMIT, "too deep");
}

static void looking_behind_has_a_bound(void **state)
{
	(void)state;
	refuse("(?<=a+)x", ERR_UNSUPPORTED, "255");
	refuse("(?<!a{256})x", ERR_UNSUPPORTED, "255");
	refuse("(?<=(?=a)a)x", ERR_INVALID, "looking ahead");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_sorts_of_groups_group),
		cmocka_unit_test(an_atomic_group_gives_nothing_back),
		cmocka_unit_test(an_atomic_group_goes_as_far_as_it_can),
		cmocka_unit_test(flags_hold_to_the_end_of_their_group),
		cmocka_unit_test(a_flag_takes_the_alternatives_behind_it_along),
		cmocka_unit_test(looking_takes_nothing),
		cmocka_unit_test(unknown_groups_are_refused),
		cmocka_unit_test(broken_groups_are_refused),
		cmocka_unit_test(looking_behind_has_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

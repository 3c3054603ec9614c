#include "tests/unit/token/matches.h"

/* The reference would look for these at the start of lines alone. */
static void dots_behind_an_edge_are_refused_at_the_start(void **state)
{
	(void)state;
	refuse("\\B.+a", ERR_UNSUPPORTED, ".*");
	refuse("a|(?:(?=a)(?m:.)*)", ERR_UNSUPPORTED, ".*");
	expect(".+a|^.*", "bba", "<bba>");
	expect("\\b..|a\\b.+", "a b", "<a >b");
}

static void characters_that_join_without_case_are_refused(void **state)
{
	(void)state;
	refuse("(?i:ss)", ERR_UNSUPPORTED, "the same as one");
	refuse("(?i:(?:s)[s])", ERR_UNSUPPORTED, "the same as one");
	refuse("(?i:\u00df)", ERR_UNSUPPORTED, "the same as two");
	expect("(?i:s+s?)|s(?i:t)", "sS\u017f", "<sS\u017f>");
	expect("(?i:'s|'t)(?i:s)(?i:s)", "'Sss", "<'Sss>");
}

static void counting_what_may_be_nothing_is_refused(void **state)
{
	(void)state;
	refuse("a(?:b?){2}", ERR_UNSUPPORTED, "byte 7");
	refuse("(?:^|a){1,2}", ERR_UNSUPPORTED, "may be nothing");
	refuse("(?:a*){2,}", ERR_UNSUPPORTED, "may be nothing");
	expect("(?:b?)+(?:a|){0,1}", "bba", "<bba>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dots_behind_an_edge_are_refused_at_the_start),
		cmocka_unit_test(characters_that_join_without_case_are_refused),
		cmocka_unit_test(counting_what_may_be_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

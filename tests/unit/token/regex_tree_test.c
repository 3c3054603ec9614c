#include <stdio.h>

#include "tests/unit/token/fixture.h"

#include "common/token/regex_tree.h"

static struct regex_tree tree;

static void parse(const char *pattern)
{
	struct error err;

	assert_int_equal(regex_tree_parse(slice_of(pattern), &tree, &err), OK);
}

static void expect_lengths(const char *pattern, uint32_t min, uint32_t max)
{
	uint32_t least, most;

	parse(pattern);
	regex_tree_lengths(tree.root, &least, &most);
	assert_int_equal(least, min);
	assert_int_equal(most, max);
	regex_tree_fini(&tree);
}

static void lengths_are_those_of_what_may_match(void **state)
{
	(void)state;
	expect_lengths("", 0, 0);
	expect_lengths("a\u4f60[bc]", 3, 3);
	expect_lengths("a|bcd|", 0, 3);
	expect_lengths("(?:ab){2,3}c?", 4, 7);
	expect_lengths("a(?=bcd)\\b(?<=x)^", 1, 1);
	expect_lengths("(?>a|bc)", 1, 2);
}

static void lengths_without_a_bound_have_none(void **state)
{
	(void)state;
	expect_lengths("a+", 1, REGEX_FOREVER);
	expect_lengths("(?:a*){0}", 0, 0);
	expect_lengths("(?:(?:a{100000}){100000}){100000}", REGEX_FOREVER,
		       REGEX_FOREVER);
}

static void a_class_that_is_there_twice_is_kept_once(void **state)
{
	(void)state;
	parse("[ab][ba][a-b]\\p{L}+\\p{L}*");
	assert_int_equal(tree.n_set, 2);
	regex_tree_fini(&tree);
}

static void too_many_classes_are_refused(void **state)
{
	char text[8192];
	size_t n = 0;
	struct error err;

	(void)state;
	for (unsigned i = 0; i <= REGEX_MAX_SETS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "[a\\x{%x}]",
				      0x1000 + i * 2);
	assert_int_equal(regex_tree_parse(slice_of(text), &tree, &err),
			 ERR_LIMIT);
	assert_non_null(strstr(err.text, "256 different classes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_are_those_of_what_may_match),
		cmocka_unit_test(lengths_without_a_bound_have_none),
		cmocka_unit_test(a_class_that_is_there_twice_is_kept_once),
		cmocka_unit_test(too_many_classes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

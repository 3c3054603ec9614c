#include "tests/unit/token/matches.h"

#include "common/token/regex_program.h"

static bool may_begin(const char *pattern, int byte)
{
	struct regex *re = regex_of(pattern);
	bool may = re->first.by_byte[byte] & REGEX_WAY_NEXT;

	regex_destroy(&re);
	return may;
}

static void a_match_begins_with_what_its_pattern_begins_with(void **state)
{
	(void)state;
	assert_true(may_begin("ab|[x-z]", 'a'));
	assert_true(may_begin("ab|[x-z]", 'y'));
	assert_false(may_begin("ab|[x-z]", 'b'));
	assert_true(may_begin("\u4f60", 0xe4));
	assert_false(may_begin("\u4f60", 'a'));
	assert_true(may_begin("(?=b)a*c", 'c'));
	assert_true(may_begin("(?>a|b)c", 'b'));
	assert_false(may_begin("(?>a|b)c", 'c'));
	assert_true(may_begin("(?>a?)c", 'c'));
}

static void what_may_be_empty_begins_with_anything(void **state)
{
	(void)state;
	assert_true(may_begin("a*", 'x'));
	assert_true(may_begin("a*", 256));
	assert_true(may_begin("(?=a)", 'x'));
	assert_false(may_begin("a", 256));
}

static void a_way_that_cannot_lead_on_is_not_taken(void **state)
{
	struct regex *re = regex_of("a|b");
	const struct regex_way *way = &re->way[re->op[re->start].way];

	(void)state;
	assert_int_equal(way->by_byte['a'], REGEX_WAY_NEXT);
	assert_int_equal(way->by_byte['b'], REGEX_WAY_OTHER);
	assert_int_equal(way->by_byte['c'], 0);
	assert_int_equal(way->by_byte[256], 0);
	regex_destroy(&re);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_match_begins_with_what_its_pattern_begins_with),
		cmocka_unit_test(what_may_be_empty_begins_with_anything),
		cmocka_unit_test(a_way_that_cannot_lead_on_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

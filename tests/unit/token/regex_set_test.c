#include "tests/unit/token/fixture.h"

#include "common/token/regex_set.h"
#include "common/token/unicode.h"

static struct regex_set a, b;

static int end(void **state)
{
	(void)state;
	regex_set_fini(&a);
	regex_set_fini(&b);
	return 0;
}

static void sorting_joins_what_touches(void **state)
{
	(void)state;
	regex_set_add(&a, 'x', 'z');
	regex_set_add(&a, 'a', 'c');
	regex_set_add(&a, 'd', 'f');
	regex_set_add(&a, 'b', 'b');
	regex_set_sort(&a);
	assert_int_equal(a.n, 2);
	assert_int_equal(a.range[0].first, 'a');
	assert_int_equal(a.range[0].last, 'f');
	assert_true(regex_set_has(&a, 'z'));
	assert_false(regex_set_has(&a, 'g'));
	assert_false(regex_set_has(&a, 0));
	assert_false(regex_set_has(&a, UNICODE_LAST));
}

static void negating_twice_changes_nothing(void **state)
{
	(void)state;
	regex_set_add(&a, 0, 5);
	regex_set_add(&a, 9, UNICODE_LAST);
	regex_set_negate(&a);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.range[0].first, 6);
	assert_int_equal(a.range[0].last, 8);
	regex_set_negate(&a);
	assert_int_equal(a.n, 2);
	assert_true(regex_set_has(&a, UNICODE_LAST));
}

static void the_empty_set_is_the_opposite_of_all(void **state)
{
	(void)state;
	regex_set_sort(&a);
	regex_set_negate(&a);
	regex_set_add(&b, 0, UNICODE_LAST);
	assert_true(regex_set_equal(&a, &b));
	regex_set_negate(&a);
	assert_int_equal(a.n, 0);
	assert_false(regex_set_equal(&a, &b));
}

static void an_intersection_has_what_both_have(void **state)
{
	(void)state;
	regex_set_add(&a, 0, 10);
	regex_set_add(&a, 20, 30);
	regex_set_add(&b, 5, 25);
	regex_set_intersect(&a, &b);
	assert_int_equal(a.n, 2);
	assert_int_equal(a.range[0].first, 5);
	assert_int_equal(a.range[1].last, 25);
	regex_set_fini(&b);
	regex_set_intersect(&a, &b);
	assert_int_equal(a.n, 0);
}

static void one_can_be_removed(void **state)
{
	(void)state;
	regex_set_add(&a, 1, 3);
	regex_set_remove(&a, 2);
	assert_false(regex_set_has(&a, 2));
	assert_true(regex_set_has(&a, 3));
}

static void what_is_joined_over_and_over_stays_small(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		regex_set_add(&b, i * 2, i * 2);
	for (int i = 0; i < 1000; i++)
		regex_set_join(&a, &b);
	assert_true(a.size < 100000);
	regex_set_sort(&a);
	assert_true(regex_set_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(sorting_joins_what_touches, end),
		cmocka_unit_test_teardown(negating_twice_changes_nothing, end),
		cmocka_unit_test_teardown(the_empty_set_is_the_opposite_of_all,
					  end),
		cmocka_unit_test_teardown(an_intersection_has_what_both_have,
					  end),
		cmocka_unit_test_teardown(one_can_be_removed, end),
		cmocka_unit_test_teardown(
			what_is_joined_over_and_over_stays_small, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

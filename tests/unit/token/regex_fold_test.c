#include "tests/unit/token/fixture.h"

#include "common/token/regex_fold.h"

static bool same(uint32_t c, uint32_t other)
{
	struct regex_set s = {0};
	bool has;

	regex_fold_char(c, &s);
	has = regex_set_has(&s, other);
	regex_set_fini(&s);
	return has;
}

static void both_cases_are_the_same(void **state)
{
	(void)state;
	assert_true(same('a', 'A'));
	assert_true(same('A', 'a'));
	assert_true(same(0x3c3, 0x3c2));
	assert_true(same(0x1c5, 0x1c4));
	assert_true(same(0xfb05, 0xfb06));
}

static void a_long_s_is_an_s_and_a_kelvin_a_k(void **state)
{
	(void)state;
	assert_true(same('s', 0x17f));
	assert_true(same(0x17f, 'S'));
	assert_true(same('k', 0x212a));
}

static void others_are_not_the_same(void **state)
{
	(void)state;
	assert_false(same('a', 'b'));
	assert_false(same('i', 0x130));
	assert_false(same('s', 0xfb05));
	assert_false(same('1', '2'));
	assert_true(same('1', '1'));
}

static bool is_long(uint32_t c)
{
	struct regex_set s = {0};
	bool found;

	regex_set_add(&s, c, c);
	found = regex_fold_is_long(&s);
	regex_set_fini(&s);
	return found;
}

static void some_are_the_same_as_two(void **state)
{
	(void)state;
	assert_true(is_long(0xdf));
	assert_true(is_long(0xfb01));
	assert_false(is_long('s'));
	assert_false(is_long('\''));
}

static void two_may_be_the_same_as_one(void **state)
{
	(void)state;
	assert_true(regex_fold_joins('s', 'S'));
	assert_true(regex_fold_joins('F', 'i'));
	assert_false(regex_fold_joins('i', 'f'));
	assert_false(regex_fold_joins('l', 'l'));
	assert_false(regex_fold_joins('\'', 's'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_cases_are_the_same),
		cmocka_unit_test(a_long_s_is_an_s_and_a_kelvin_a_k),
		cmocka_unit_test(others_are_not_the_same),
		cmocka_unit_test(some_are_the_same_as_two),
		cmocka_unit_test(two_may_be_the_same_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

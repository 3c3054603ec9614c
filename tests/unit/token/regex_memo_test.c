#include "tests/unit/token/fixture.h"

#include "common/base/mem.h"
#include "common/token/regex_memo.h"

static struct regex_room room;

static int begin(void **state)
{
	(void)state;
	room = (struct regex_room){0};
	regex_memo_clear(&room, 8);
	return 0;
}

static int end(void **state)
{
	(void)state;
	regex_room_fini(&room);
	return 0;
}

static void what_is_put_is_found(void **state)
{
	uint32_t fate = 0;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++)
		regex_memo_put(&room, i % 8, i, i % 2 ? REGEX_FAILS : i + 1);
	for (uint32_t i = 0; i < 5000; i++) {
		assert_true(regex_memo_get(&room, i % 8, i, &fate));
		assert_int_equal(fate, i % 2 ? REGEX_FAILS : i + 1);
	}
}

static void what_was_not_put_is_not_found(void **state)
{
	uint32_t fate = 7;

	(void)state;
	regex_memo_put(&room, 1, 2, 3);
	assert_false(regex_memo_get(&room, 2, 1, &fate));
	assert_false(regex_memo_get(&room, 0, 0, &fate));
	assert_int_equal(fate, 7);
}

static void it_forgets_when_cleared(void **state)
{
	uint32_t fate;

	(void)state;
	regex_memo_put(&room, 1, 2, 3);
	regex_memo_put_run(&room, 1, 2, 3);
	regex_memo_clear(&room, 8);
	assert_false(regex_memo_get(&room, 1, 2, &fate));
	assert_false(regex_memo_fails(&room, 1, 2));
}

static void its_memory_has_a_bound(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2000000; i++)
		regex_memo_put(&room, 1, i, REGEX_FAILS);
	assert_true(regex_memo_bytes(&room) < (16u << 20));
}

static void a_run_that_failed_fails_from_within(void **state)
{
	(void)state;
	regex_memo_put_run(&room, 3, 10, 20);
	assert_true(regex_memo_fails(&room, 3, 10));
	assert_true(regex_memo_fails(&room, 3, 20));
	assert_false(regex_memo_fails(&room, 3, 9));
	assert_false(regex_memo_fails(&room, 3, 21));
	assert_false(regex_memo_fails(&room, 2, 15));
	regex_memo_put_run(&room, 3, 12, 20);
	assert_true(regex_memo_fails(&room, 3, 11));
	regex_memo_put_run(&room, 3, 30, 31);
	assert_false(regex_memo_fails(&room, 3, 15));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_put_is_found, begin,
						end),
		cmocka_unit_test_setup_teardown(what_was_not_put_is_not_found,
						begin, end),
		cmocka_unit_test_setup_teardown(it_forgets_when_cleared, begin,
						end),
		cmocka_unit_test_setup_teardown(its_memory_has_a_bound, begin,
						end),
		cmocka_unit_test_setup_teardown(
			a_run_that_failed_fails_from_within, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/index/sets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct sets sets;

static int init(void **state)
{
	(void)state;
	sets_init(&sets, 1 << 20);
	return 0;
}

static int fini(void **state)
{
	(void)state;
	sets_fini(&sets);
	return 0;
}

static void equal_sets_share_a_number(void **state)
{
	uint32_t a = sets_ref(&sets, 5), b = sets_ref(&sets, 6);

	(void)state;
	assert_int_not_equal(a, 0);
	assert_int_not_equal(a, b);
	assert_int_equal(sets_ref(&sets, 5), a);
	assert_int_equal(sets_mask(&sets, a), 5);
	assert_int_equal(sets_mask(&sets, b), 6);
}

static void the_empty_set_is_number_zero(void **state)
{
	(void)state;
	assert_int_equal(sets_ref(&sets, 0), 0);
	sets_unref(&sets, 0);
	assert_int_equal(sets.used, 0);
}

static void a_number_is_free_with_its_last_user(void **state)
{
	uint32_t a = sets_ref(&sets, 5);

	(void)state;
	assert_int_equal(sets_ref(&sets, 5), a);
	sets_unref(&sets, a);
	assert_int_not_equal(sets_ref(&sets, 7), a);
	sets_unref(&sets, a);
	assert_int_equal(sets_ref(&sets, 9), a);
	assert_int_equal(sets_mask(&sets, a), 9);
}

static void many_sets_are_found_again(void **state)
{
	static uint32_t number[20000];

	(void)state;
	for (uint32_t i = 0; i < 20000; i++)
		number[i] = sets_ref(&sets, (uint64_t)(i + 1) << 20);
	/* Every third goes, so that gaps are closed. */
	for (uint32_t i = 0; i < 20000; i += 3)
		sets_unref(&sets, number[i]);
	for (uint32_t i = 0; i < 20000; i++) {
		if (i % 3 == 0)
			continue;
		assert_int_equal(sets_ref(&sets, (uint64_t)(i + 1) << 20),
				 number[i]);
	}
	assert_int_equal(sets.used, 20000 - 6667);
}

static void without_a_number_left_there_is_none(void **state)
{
	uint64_t mask = 1;

	(void)state;
	while (sets_ref(&sets, mask) != 0)
		mask++;
	assert_int_equal(mask, sets.max);
	assert_int_equal(sets_ref(&sets, mask), 0);
	/* Those that are known still are. */
	assert_int_not_equal(sets_ref(&sets, 1), 0);
	assert_in_range(sets_bytes(&sets), 1, 1 << 20);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, init, fini)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(equal_sets_share_a_number),
		CASE(the_empty_set_is_number_zero),
		CASE(a_number_is_free_with_its_last_user),
		CASE(many_sets_are_found_again),
		CASE(without_a_number_left_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

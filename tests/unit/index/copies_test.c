#include "router/index/copies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct copies copies;

static int init(void **state)
{
	(void)state;
	copies_init(&copies, 1 << 20);
	return 0;
}

static int fini(void **state)
{
	(void)state;
	copies_fini(&copies);
	return 0;
}

static void what_was_added_can_be_taken_as_often(void **state)
{
	(void)state;
	assert_false(copies_take(&copies, 7));
	copies_add(&copies, 7);
	copies_add(&copies, 7);
	copies_add(&copies, 0);
	assert_true(copies_take(&copies, 7));
	assert_true(copies_take(&copies, 7));
	assert_false(copies_take(&copies, 7));
	assert_true(copies_take(&copies, 0));
	assert_false(copies_take(&copies, 0));
	assert_int_equal(copies.n, 0);
}

static void a_forgotten_key_has_no_copies(void **state)
{
	(void)state;
	copies_forget(&copies, 1);
	copies_add(&copies, 1);
	copies_add(&copies, 1);
	copies_forget(&copies, 1);
	copies_forget(&copies, 1);
	assert_false(copies_take(&copies, 1));
}

static void keys_are_forgotten_by_their_bits(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 10000; i++)
		copies_add(&copies, i);
	copies_forget_all(&copies, 7, 3);
	assert_int_equal(copies.n, 10000 / 8 * 7);
	for (uint64_t i = 0; i < 10000; i++)
		assert_int_equal(copies_take(&copies, i), i % 8 != 3);
	copies_forget_all(&copies, 7, 3);
}

static void what_has_no_room_is_not_counted(void **state)
{
	uint64_t n = 0;

	(void)state;
	do
		copies_add(&copies, n);
	while (copies.n == ++n);
	assert_in_range(copies_bytes(&copies), 1 << 19, 1 << 20);
	assert_false(copies_take(&copies, n - 1));
	assert_true(copies_take(&copies, 0));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, init, fini)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_added_can_be_taken_as_often),
		CASE(a_forgotten_key_has_no_copies),
		CASE(keys_are_forgotten_by_their_bits),
		CASE(what_has_no_room_is_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/fleet/slot_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct slot_keys k;

static int begin(void **unused)
{
	(void)unused;
	memset(&k, 0, sizeof(k));
	return 0;
}

static int count(uint64_t key)
{
	int n = 0;

	for (int i = slot_keys_first(&k, key); i >= 0;
	     i = slot_keys_next(&k, i))
		n++;
	return n;
}

static bool finds(uint64_t key, int slot)
{
	for (int i = slot_keys_first(&k, key); i >= 0;
	     i = slot_keys_next(&k, i))
		if (i == slot)
			return true;
	return false;
}

static void a_slot_is_found_by_its_key(void **unused)
{
	(void)unused;
	slot_keys_add(&k, 7, 0);
	slot_keys_add(&k, UINT64_MAX, SLOT_KEYS_MAX - 1);
	assert_true(finds(7, 0));
	assert_true(finds(UINT64_MAX, SLOT_KEYS_MAX - 1));
}

static void nothing_is_found_in_an_empty_one(void **unused)
{
	(void)unused;
	assert_int_equal(slot_keys_first(&k, 0), -1);
	assert_int_equal(slot_keys_first(&k, 7), -1);
}

static void all_slots_of_a_key_are_found(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < SLOT_KEYS_MAX; i++)
		slot_keys_add(&k, 7, i);
	assert_int_equal(count(7), SLOT_KEYS_MAX);
	for (int i = 0; i < SLOT_KEYS_MAX; i++)
		assert_true(finds(7, i));
}

static void what_was_removed_is_not_found(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < 3; i++)
		slot_keys_add(&k, 7, i);
	slot_keys_remove(&k, 7, 1);
	assert_int_equal(count(7), 2);
	assert_false(finds(7, 1));
	slot_keys_remove(&k, 7, 2);
	slot_keys_remove(&k, 7, 0);
	assert_int_equal(slot_keys_first(&k, 7), -1);
}

static void a_slot_that_gets_another_key_is_not_found_by_the_old(void **unused)
{
	(void)unused;
	slot_keys_add(&k, 1, 5);
	slot_keys_remove(&k, 1, 5);
	slot_keys_add(&k, 2, 5);
	assert_false(finds(1, 5));
	assert_true(finds(2, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_slot_is_found_by_its_key, begin),
		cmocka_unit_test_setup(nothing_is_found_in_an_empty_one, begin),
		cmocka_unit_test_setup(all_slots_of_a_key_are_found, begin),
		cmocka_unit_test_setup(what_was_removed_is_not_found, begin),
		cmocka_unit_test_setup(
			a_slot_that_gets_another_key_is_not_found_by_the_old,
			begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

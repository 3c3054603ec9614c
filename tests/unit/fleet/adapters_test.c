#include "router/fleet/adapters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static uint64_t numbered(unsigned i)
{
	char text[16];

	snprintf(text, sizeof(text), "a%u", i);
	return adapters_name(slice_of(text));
}

static void what_was_sent_there_is_loaded(void **unused)
{
	struct adapters a = {0};

	(void)unused;
	adapters_use(&a, numbered(1), 10);
	assert_true(adapters_has(&a, numbered(1)));
	assert_false(adapters_has(&a, numbered(2)));
}

static void what_it_tells_of_is_loaded(void **unused)
{
	struct adapters a = {0};

	(void)unused;
	adapters_told(&a, 2, SLICE("a1,a2"), 10);
	assert_true(adapters_has(&a, numbered(1)));
	assert_true(adapters_has(&a, numbered(2)));
	adapters_told(&a, 0, SLICE(""), 20);
	assert_true(adapters_has(&a, numbered(2)));
	assert_int_equal(atomic_load(&a.room), 2);
}

static void the_one_used_longest_ago_gives_way(void **unused)
{
	struct adapters a = {0};

	(void)unused;
	adapters_told(&a, 2, SLICE("a1"), 10);
	adapters_use(&a, numbered(2), 20);
	adapters_use(&a, numbered(1), 30);
	adapters_use(&a, numbered(3), 40);
	assert_true(adapters_has(&a, numbered(1)));
	assert_true(adapters_has(&a, numbered(3)));
	assert_false(adapters_has(&a, numbered(2)));
}

static void no_more_than_there_is_room_for_are_loaded(void **unused)
{
	struct adapters a = {0};
	unsigned n = 0;

	(void)unused;
	for (unsigned i = 0; i < 3 * ADAPTERS_MAX; i++)
		adapters_use(&a, numbered(i), i + 1);
	for (unsigned i = 0; i < 3 * ADAPTERS_MAX; i++)
		n += adapters_has(&a, numbered(i));
	assert_int_equal(n, 8);
	adapters_told(&a, 1000000, SLICE(""), 1000);
	n = 0;
	for (unsigned i = 0; i < 3 * ADAPTERS_MAX; i++)
		n += adapters_has(&a, numbered(i));
	assert_int_equal(n, ADAPTERS_MAX);
}

static void no_name_is_no_adapter(void **unused)
{
	struct adapters a = {0};

	(void)unused;
	assert_true(adapters_name(SLICE("")) == 0);
	adapters_use(&a, 0, 10);
	adapters_told(&a, 4, SLICE(",,,"), 10);
	assert_false(adapters_has(&a, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sent_there_is_loaded),
		cmocka_unit_test(what_it_tells_of_is_loaded),
		cmocka_unit_test(the_one_used_longest_ago_gives_way),
		cmocka_unit_test(no_more_than_there_is_room_for_are_loaded),
		cmocka_unit_test(no_name_is_no_adapter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

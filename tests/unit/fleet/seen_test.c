#include "router/fleet/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void what_was_put_is_taken_in_the_order_of_time(void **state)
{
	static const uint64_t at[] = {30, 10, 40, 20};
	struct seen_slots s = {0};
	struct seen out[SEEN_SLOTS];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_true(seen_put(&s, &(struct seen){.at_us = at[i]}));
	assert_int_equal(seen_take(&s, out), 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(out[i].at_us, 10 * (i + 1));
}

static void what_finds_no_room_is_lost_and_the_rest_stays(void **state)
{
	struct seen_slots s = {0};
	struct seen out[SEEN_SLOTS];

	(void)state;
	for (uint64_t i = 0; i < SEEN_SLOTS; i++)
		assert_true(seen_put(&s, &(struct seen){.at_us = i}));
	assert_false(seen_put(&s, &(struct seen){.at_us = 99}));
	assert_int_equal(seen_take(&s, out), SEEN_SLOTS);
	assert_int_equal(out[SEEN_SLOTS - 1].at_us, SEEN_SLOTS - 1);
	assert_true(seen_put(&s, &(struct seen){.at_us = 99}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_taken_in_the_order_of_time),
		cmocka_unit_test(what_finds_no_room_is_lost_and_the_rest_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

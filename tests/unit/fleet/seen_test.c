#include "router/fleet/seen.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define WRITERS 3
#define EACH    2000

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

static void nothing_is_taken_twice(void **state)
{
	struct seen_slots s = {0};
	struct seen out[SEEN_SLOTS];

	(void)state;
	assert_int_equal(seen_take(&s, out), 0);
	seen_put(&s, &(struct seen){.at_us = 1});
	assert_int_equal(seen_take(&s, out), 1);
	assert_int_equal(seen_take(&s, out), 0);
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

static void *put_each(void *arg)
{
	for (uint64_t i = 1; i <= EACH; i++)
		seen_put(arg, &(struct seen){.at_us = i, .sent_us = i});
	return NULL;
}

/* Under several threads all that arrives is whole. */
static void what_arrives_is_whole(void **state)
{
	struct seen_slots s = {0};
	struct seen out[SEEN_SLOTS];
	pthread_t writer[WRITERS];
	unsigned taken = 0, n;

	(void)state;
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&writer[i], NULL, put_each, &s),
				 0);
	for (int turn = 0; turn < 1000; turn++) {
		n = seen_take(&s, out);
		taken += n;
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(out[i].at_us, out[i].sent_us);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writer[i], NULL);
	taken += seen_take(&s, out);
	assert_in_range(taken, 1, WRITERS * EACH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_taken_in_the_order_of_time),
		cmocka_unit_test(nothing_is_taken_twice),
		cmocka_unit_test(what_finds_no_room_is_lost_and_the_rest_stays),
		cmocka_unit_test(what_arrives_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

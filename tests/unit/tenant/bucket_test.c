#include "router/tenant/bucket.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND 1000000000ull
#define START  (1000 * SECOND)

/* Ten at once, two a second. */
static const struct bucket_rate ten = {10, 5 * SECOND};

static bool take(struct bucket *b, uint64_t n, uint64_t now)
{
	uint64_t wait;

	return bucket_take(b, &ten, n, now, &wait);
}

static uint64_t left(const struct bucket *b, uint64_t now)
{
	return bucket_look(b, &ten, now).remaining;
}

static void a_full_bucket_gives_its_capacity_and_no_more(void **state)
{
	struct bucket b = {0};

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(left(&b, START), 10 - i);
		assert_true(take(&b, 1, START));
	}
	assert_int_equal(left(&b, START), 0);
	assert_false(take(&b, 1, START));
}

static void it_says_how_long_to_wait(void **state)
{
	struct bucket b = {0};
	uint64_t wait = 0;

	(void)state;
	assert_true(take(&b, 10, START));
	assert_false(bucket_take(&b, &ten, 1, START, &wait));
	assert_int_equal(wait, SECOND / 2);
	assert_false(bucket_take(&b, &ten, 10, START, &wait));
	assert_int_equal(wait, 5 * SECOND);
	assert_false(take(&b, 1, START + SECOND / 2 - 1));
	assert_true(take(&b, 1, START + SECOND / 2));
	assert_false(take(&b, 1, START + SECOND / 2));
}

static void a_refusal_takes_nothing(void **state)
{
	struct bucket b = {0};

	(void)state;
	assert_true(take(&b, 8, START));
	assert_false(take(&b, 3, START));
	assert_int_equal(left(&b, START), 2);
	assert_true(take(&b, 2, START));
}

static void more_than_it_holds_never_comes(void **state)
{
	struct bucket b = {0};
	uint64_t wait = 0;

	(void)state;
	assert_false(bucket_take(&b, &ten, 11, START, &wait));
	assert_int_equal(wait, UINT64_MAX);
	assert_int_equal(left(&b, START), 10);
}

static void it_fills_up_and_not_over(void **state)
{
	struct bucket b = {0};

	(void)state;
	assert_true(take(&b, 10, START));
	assert_int_equal(bucket_look(&b, &ten, START).full_in_ns, 5 * SECOND);
	assert_int_equal(left(&b, START + 2 * SECOND), 4);
	assert_int_equal(left(&b, START + 1000 * SECOND), 10);
	assert_int_equal(bucket_look(&b, &ten, START + 6 * SECOND).full_in_ns,
			 0);
	assert_true(take(&b, 10, START + 1000 * SECOND));
	assert_false(take(&b, 1, START + 1000 * SECOND));
}

static void a_long_run_gives_what_the_rate_is(void **state)
{
	const struct bucket_rate odd = {7, 3 * SECOND + 1};
	struct bucket b = {0};
	uint64_t given = 0, wait;

	(void)state;
	for (uint64_t ms = 0; ms < 300000; ms++)
		given += bucket_take(&b, &odd, 1, START + ms * 1000000, &wait);
	/* 700 in 300 s, and the seven it began with. */
	assert_in_range(given, 700, 707);
}

static void what_was_used_over_is_owed(void **state)
{
	struct bucket b = {0};

	(void)state;
	assert_true(take(&b, 5, START));
	bucket_owe(&b, &ten, 15, START);
	assert_int_equal(left(&b, START), 0);
	assert_int_equal(bucket_look(&b, &ten, START).full_in_ns, 10 * SECOND);
	assert_false(take(&b, 1, START + 5 * SECOND));
	assert_true(take(&b, 1, START + 5 * SECOND + SECOND / 2));
	for (int i = 0; i < 8; i++)
		bucket_owe(&b, &ten, UINT64_MAX, START);
	assert_false(take(&b, 1, START + 1000 * SECOND));
}

static void what_was_not_used_comes_back(void **state)
{
	struct bucket b = {0};

	(void)state;
	assert_true(take(&b, 10, START));
	bucket_give_back(&b, &ten, 6, 10, START, START);
	assert_int_equal(left(&b, START), 6);
}

/* It has come back by itself meanwhile. */
static void nothing_is_given_back_twice(void **state)
{
	struct bucket b = {0};

	(void)state;
	assert_true(take(&b, 10, START));
	assert_true(take(&b, 10, START + 5 * SECOND));
	bucket_give_back(&b, &ten, 10, 10, START, START + 5 * SECOND);
	assert_int_equal(left(&b, START + 5 * SECOND), 0);
	bucket_give_back(&b, &ten, 10, 10, START + 5 * SECOND,
			 START + 8 * SECOND);
	assert_int_equal(left(&b, START + 8 * SECOND), 10);
	bucket_give_back(&b, &ten, 10, 10, START + 8 * SECOND,
			 START + 8 * SECOND);
	assert_int_equal(left(&b, START + 8 * SECOND), 10);
	assert_true(take(&b, 10, START + 8 * SECOND));
	assert_false(take(&b, 1, START + 8 * SECOND));
}

static void without_a_limit_all_is_given(void **state)
{
	const struct bucket_rate none = {0};
	struct bucket b = {0};
	uint64_t wait;

	(void)state;
	assert_true(bucket_take(&b, &none, UINT64_MAX, START, &wait));
	bucket_owe(&b, &none, UINT64_MAX, START);
	bucket_give_back(&b, &none, 1, 1, START, START);
	assert_int_equal(bucket_look(&b, &none, START).remaining, 0);
	assert_int_equal(atomic_load(&b.full_at_ns), 0);
}

static void large_rates_are_exact(void **state)
{
	const struct bucket_rate big = {1000000000000, 60 * SECOND};
	struct bucket b = {0};
	uint64_t wait;

	(void)state;
	assert_true(bucket_take(&b, &big, 999999999999, START, &wait));
	assert_false(bucket_take(&b, &big, 1000000000, START, &wait));
	assert_in_range(bucket_look(&b, &big, START).remaining, 0, 1);
}

static struct bucket shared;
static atomic_int given;

static void *take_many(void *unused)
{
	for (int i = 0; i < 20000; i++)
		if (take(&shared, 1, START))
			atomic_fetch_add(&given, 1);
	return unused;
}

static void threads_together_get_no_more(void **state)
{
	pthread_t thread[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, take_many, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(atomic_load(&given), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_bucket_gives_its_capacity_and_no_more),
		cmocka_unit_test(it_says_how_long_to_wait),
		cmocka_unit_test(a_refusal_takes_nothing),
		cmocka_unit_test(more_than_it_holds_never_comes),
		cmocka_unit_test(it_fills_up_and_not_over),
		cmocka_unit_test(a_long_run_gives_what_the_rate_is),
		cmocka_unit_test(what_was_used_over_is_owed),
		cmocka_unit_test(what_was_not_used_comes_back),
		cmocka_unit_test(nothing_is_given_back_twice),
		cmocka_unit_test(without_a_limit_all_is_given),
		cmocka_unit_test(large_rates_are_exact),
		cmocka_unit_test(threads_together_get_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

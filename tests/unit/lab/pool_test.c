#include "tests/lab/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/rng.h"

static uint64_t last_removed, n_stored, n_removed;

static void on_stored(void *arg, uint64_t key)
{
	(void)arg;
	(void)key;
	n_stored++;
}

static void on_removed(void *arg, uint64_t key)
{
	(void)arg;
	last_removed = key;
	n_removed++;
}

static const struct pool_events events = {on_stored, on_removed};

static void the_least_recently_used_goes_first(void **unused)
{
	struct pool p;

	(void)unused;
	pool_init(&p, 3, &events, NULL);
	pool_put(&p, 1);
	pool_put(&p, 2);
	pool_put(&p, 3);
	pool_put(&p, 1);
	pool_put(&p, 4);
	assert_int_equal(last_removed, 2);
	assert_int_equal(pool_find(&p, 2), POOL_NONE);
	assert_int_not_equal(pool_find(&p, 1), POOL_NONE);
	pool_fini(&p);
}

static void what_is_held_does_not_go(void **unused)
{
	struct pool p;
	uint32_t block;

	(void)unused;
	pool_init(&p, 2, &events, NULL);
	block = pool_take(&p);
	pool_name(&p, block, 7);
	pool_put(&p, 8);
	pool_put(&p, 9);
	assert_int_equal(last_removed, 8);
	assert_int_equal(pool_find(&p, 7), block);
	pool_release(&p, block);
	assert_int_equal(p.n_free, 2);
	pool_fini(&p);
}

static void a_name_that_is_taken_is_not_given_again(void **unused)
{
	struct pool p;
	uint32_t a, b;

	(void)unused;
	pool_init(&p, 4, &events, NULL);
	n_stored = 0;
	a = pool_take(&p);
	b = pool_take(&p);
	pool_name(&p, a, 5);
	pool_name(&p, b, 5);
	assert_int_equal(n_stored, 1);
	assert_int_equal(pool_find(&p, 5), a);
	pool_release(&p, b);
	assert_int_equal(pool_take(&p), b); /* anonymous: the first to go */
	pool_fini(&p);
}

static void a_match_ends_at_the_first_hole(void **unused)
{
	static const uint64_t chain[] = {1, 2, 3, 4};
	struct pool p;

	(void)unused;
	pool_init(&p, 8, NULL, NULL);
	pool_put(&p, 1);
	pool_put(&p, 2);
	pool_put(&p, 4);
	assert_int_equal(pool_match(&p, chain, 4), 2);
	assert_int_equal(pool_match(&p, chain, 1), 1);
	assert_int_equal(pool_match(&p, chain + 2, 2), 0);
	pool_fini(&p);
}

/* Probing past freed slots must not lose anybody. */
static void names_are_found_after_many_changes(void **unused)
{
	struct pool p;
	struct rng r;

	(void)unused;
	rng_seed(&r, 3);
	pool_init(&p, 500, &events, NULL);
	n_stored = n_removed = 0;
	for (int i = 0; i < 20000; i++) {
		uint64_t key = 1 + rng_below(&r, 2000);

		pool_put(&p, key);
		assert_int_not_equal(pool_find(&p, key), POOL_NONE);
	}
	assert_int_equal(n_stored - n_removed, 500);
	for (uint32_t i = 0; i < p.n; i++)
		assert_int_equal(pool_find(&p, p.block[i].key), i);
	pool_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_recently_used_goes_first),
		cmocka_unit_test(what_is_held_does_not_go),
		cmocka_unit_test(a_name_that_is_taken_is_not_given_again),
		cmocka_unit_test(a_match_ends_at_the_first_hole),
		cmocka_unit_test(names_are_found_after_many_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

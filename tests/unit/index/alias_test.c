#include "common/base/rng.h"
#include "router/index/alias.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static struct alias *a;

static struct alias_stats stats(void)
{
	struct alias_stats s;

	alias_stats(a, &s);
	return s;
}

static int init(void **state)
{
	(void)state;
	a = alias_create(1 << 20);
	return 0;
}

static int fini(void **state)
{
	(void)state;
	alias_destroy(&a);
	alias_destroy(&a);
	return 0;
}

static bool named(unsigned worker, uint64_t hash, uint64_t want)
{
	uint64_t key = ~want;

	return alias_get(a, worker, hash, &key) && key == want;
}

static void a_name_resolves_for_its_worker_only(void **state)
{
	uint64_t key = 99;

	(void)state;
	alias_put(a, 3, 10, 20);
	alias_put(a, 4, 10, 21);
	alias_put(a, 3, 0, 0);
	assert_true(named(3, 10, 20));
	assert_true(named(4, 10, 21));
	assert_true(named(3, 0, 0));
	assert_false(alias_get(a, 5, 10, &key));
	assert_false(alias_get(a, 3, 11, &key));
	assert_int_equal(key, 99);
	assert_int_equal(stats().entries, 3);
}

static void a_name_goes_with_its_last_copy(void **state)
{
	uint64_t key = 99;

	(void)state;
	assert_false(alias_remove(a, 0, 1, &key));
	alias_put(a, 0, 1, 7);
	alias_put(a, 0, 1, 7);
	assert_true(alias_remove(a, 0, 1, &key));
	assert_int_equal(key, 7);
	assert_true(named(0, 1, 7));
	assert_true(alias_remove(a, 0, 1, &key));
	assert_false(alias_get(a, 0, 1, &key));
	assert_false(alias_remove(a, 0, 1, &key));
	assert_int_equal(stats().entries, 0);
}

static void another_key_starts_again_at_one_copy(void **state)
{
	uint64_t key;

	(void)state;
	alias_put(a, 0, 1, 7);
	alias_put(a, 0, 1, 7);
	alias_put(a, 0, 1, 8);
	assert_true(named(0, 1, 8));
	assert_true(alias_remove(a, 0, 1, &key));
	assert_false(alias_get(a, 0, 1, &key));
}

static void a_cleared_worker_has_no_names(void **state)
{
	uint64_t key;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		alias_put(a, 1, i, i);
		alias_put(a, 2, i, i);
	}
	alias_clear(a, 1);
	alias_clear(a, 1);
	assert_int_equal(stats().entries, 1000);
	for (uint64_t i = 0; i < 1000; i++) {
		assert_false(alias_get(a, 1, i, &key));
		assert_true(named(2, i, i));
	}
	alias_clear(a, 2);
	assert_int_equal(stats().bytes, 0);
	assert_int_equal(stats().entries, 0);
}

#define MODEL 2000
static struct {
	unsigned copies;
	uint64_t key;
} model[MODEL];

static void random_steps_agree_with_plain_counters(void **state)
{
	struct rng r;
	uint64_t key;

	(void)state;
	rng_seed(&r, 1);
	memset(model, 0, sizeof(model));
	for (int i = 0; i < 200000; i++) {
		uint64_t h = rng_below(&r, MODEL);
		uint64_t k = rng_below(&r, 20) == 0 ? h + 1 : h;
		uint64_t bias = i / 20000 % 2 ? 30 : 70;

		if (rng_below(&r, 100) < bias) {
			alias_put(a, 9, h, k);
			model[h].copies = model[h].copies && model[h].key == k
						  ? model[h].copies + 1
						  : 1;
			model[h].key = k;
		} else {
			assert_int_equal(alias_remove(a, 9, h, &key),
					 model[h].copies > 0);
			model[h].copies -= model[h].copies > 0;
		}
	}
	for (uint64_t h = 0; h < MODEL; h++) {
		assert_int_equal(alias_get(a, 9, h, &key), model[h].copies > 0);
		if (model[h].copies > 0)
			assert_true(key == model[h].key);
	}
}

static void the_bound_is_kept_by_forgetting_the_oldest(void **state)
{
	uint64_t n = 500000, key;

	(void)state;
	for (uint64_t i = 0; i < n; i++) {
		alias_put(a, 0, i, i + 1);
		alias_put(a, 0, 5, 6);
		assert_true(stats().bytes <= 1 << 20);
	}
	assert_int_equal(stats().evicted, n - stats().entries);
	assert_in_range(stats().entries, (1 << 20) / 40, (1 << 20) / 24);
	assert_true(named(0, 5, 6));
	assert_false(alias_get(a, 0, 6, &key));
	for (uint64_t i = n - stats().entries / 2; i < n; i++)
		assert_true(named(0, i, i + 1));
}

static void late_workers_get_their_share_of_the_bound(void **state)
{
	unsigned found = 0;

	(void)state;
	for (uint64_t i = 0; i < 100000; i++)
		alias_put(a, 0, i, i);
	for (uint64_t i = 0; i < 100000; i++)
		alias_put(a, 1, i, i);
	assert_true(stats().bytes <= 1 << 20);
	for (uint64_t i = 95000; i < 100000; i++) {
		assert_true(named(1, i, i));
		found += named(0, i, i);
	}
	assert_int_equal(found, 5000);
}

static void without_memory_nothing_is_kept(void **state)
{
	struct alias *none = alias_create(0);
	uint64_t key;

	(void)state;
	alias_put(none, 0, 1, 2);
	assert_false(alias_get(none, 0, 1, &key));
	alias_destroy(&none);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, init, fini)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_name_resolves_for_its_worker_only),
		CASE(a_name_goes_with_its_last_copy),
		CASE(another_key_starts_again_at_one_copy),
		CASE(a_cleared_worker_has_no_names),
		CASE(random_steps_agree_with_plain_counters),
		CASE(the_bound_is_kept_by_forgetting_the_oldest),
		CASE(late_workers_get_their_share_of_the_bound),
		CASE(without_memory_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

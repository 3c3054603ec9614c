#include "common/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/abort.h"

static void a_seed_gives_the_same_numbers_each_time(void **unused)
{
	struct rng a, b, c;

	(void)unused;
	rng_seed(&a, 1);
	rng_seed(&b, 1);
	rng_seed(&c, 2);
	for (int i = 0; i < 100; i++) {
		uint64_t x = rng_next(&a);

		assert_true(x == rng_next(&b));
		assert_true(x != rng_next(&c));
	}
}

/* The first outputs of xoshiro256** from the state 1, 2, 3, 4: by hand,
 * rotl(2 * 5, 7) * 9 = 11520, then 0, then 1509978240. */
static void the_generator_is_xoshiro256_starstar(void **unused)
{
	struct rng r = {{1, 2, 3, 4}};

	(void)unused;
	assert_true(rng_next(&r) == 11520);
	assert_true(rng_next(&r) == 0);
	assert_true(rng_next(&r) == 1509978240);
	assert_true(rng_next(&r) == 1215971899390074240);
}

static void a_seed_of_zero_is_as_good(void **unused)
{
	struct rng r;

	(void)unused;
	rng_seed(&r, 0);
	assert_true(rng_next(&r) != 0);
	assert_true(rng_next(&r) != rng_next(&r));
}

static void below_reaches_all_and_never_its_bound(void **unused)
{
	unsigned seen[7] = {0};
	struct rng r;

	(void)unused;
	rng_seed(&r, 3);
	for (int i = 0; i < 7000; i++) {
		uint64_t x = rng_below(&r, 7);

		assert_true(x < 7);
		seen[x]++;
	}
	for (int i = 0; i < 7; i++)
		assert_in_range(seen[i], 850, 1150);
	assert_int_equal(rng_below(&r, 1), 0);
	assert_true(rng_below(&r, UINT64_MAX) < UINT64_MAX);
}

static void unit_stays_below_one(void **unused)
{
	struct rng r, most = {{0, 0, 0, 0}};
	double sum = 0;

	(void)unused;
	rng_seed(&r, 4);
	for (int i = 0; i < 10000; i++) {
		double x = rng_unit(&r);

		assert_true(x >= 0 && x < 1);
		sum += x;
	}
	assert_true(sum > 4800 && sum < 5200);
	assert_true(rng_unit(&most) == 0);
}

static void the_systems_numbers_differ_each_time(void **unused)
{
	unsigned char a[1000] = {0}, b[1000] = {0};
	int zeros = 0;

	(void)unused;
	rng_system(a, sizeof(a));
	rng_system(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	for (int i = 0; i < 1000; i++)
		zeros += a[i] == 0;
	assert_true(zeros < 50);
	rng_system(a, 0);
}

static void below_nothing(void *arg)
{
	rng_below(arg, 0);
}

static void below_zero_aborts(void **unused)
{
	struct rng r;

	(void)unused;
	rng_seed(&r, 5);
	assert_true(aborts(below_nothing, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seed_gives_the_same_numbers_each_time),
		cmocka_unit_test(the_generator_is_xoshiro256_starstar),
		cmocka_unit_test(a_seed_of_zero_is_as_good),
		cmocka_unit_test(below_reaches_all_and_never_its_bound),
		cmocka_unit_test(unit_stays_below_one),
		cmocka_unit_test(the_systems_numbers_differ_each_time),
		cmocka_unit_test(below_zero_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

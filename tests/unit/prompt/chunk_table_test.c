#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/rng.h"
#include "router/prompt/chunk_table.h"

#define KEYS 200

static struct chunk_table table;
static char a, b;

static int end(void **state)
{
	(void)state;
	chunk_table_fini(&table);
	return 0;
}

/* Many share their low bits: probes run into each other. */
static struct fingerprint_value key_of(size_t i)
{
	return (struct fingerprint_value){i % 16, i};
}

static void an_empty_table_has_nothing(void **state)
{
	(void)state;
	assert_null(chunk_table_find(&table, key_of(1)));
	chunk_table_remove(&table, key_of(1), &a);
	assert_int_equal(chunk_table_bytes(&table), 0);
}

static void the_newest_holder_is_found(void **state)
{
	(void)state;
	chunk_table_set(&table, key_of(1), &a);
	chunk_table_set(&table, key_of(1), &b);
	assert_ptr_equal(chunk_table_find(&table, key_of(1)), &b);
	assert_int_equal(table.n, 1);
	assert_null(chunk_table_find(&table, key_of(17)));
}

static void only_its_own_holder_is_removed(void **state)
{
	(void)state;
	chunk_table_set(&table, key_of(1), &b);
	chunk_table_remove(&table, key_of(1), &a);
	assert_ptr_equal(chunk_table_find(&table, key_of(1)), &b);
	chunk_table_remove(&table, key_of(1), &b);
	assert_null(chunk_table_find(&table, key_of(1)));
	assert_int_equal(table.n, 0);
}

static void it_does_what_a_plain_list_does(void **state)
{
	void *want[KEYS] = {NULL};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 5);
	for (size_t step = 0; step < 20000; step++) {
		size_t i = rng_below(&rng, KEYS);
		void *holder = rng_below(&rng, 2) ? &a : &b;

		if (rng_below(&rng, 2)) {
			chunk_table_set(&table, key_of(i), holder);
			want[i] = holder;
		} else {
			chunk_table_remove(&table, key_of(i), holder);
			if (want[i] == holder)
				want[i] = NULL;
		}
		i = rng_below(&rng, KEYS);
		assert_ptr_equal(chunk_table_find(&table, key_of(i)), want[i]);
	}
	for (size_t i = 0; i < KEYS; i++)
		assert_ptr_equal(chunk_table_find(&table, key_of(i)), want[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_empty_table_has_nothing, end),
		cmocka_unit_test_teardown(the_newest_holder_is_found, end),
		cmocka_unit_test_teardown(only_its_own_holder_is_removed, end),
		cmocka_unit_test_teardown(it_does_what_a_plain_list_does, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

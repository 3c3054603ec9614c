#include "common/base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/rng.h"

static struct slice name_of(unsigned i)
{
	static char text[16];

	snprintf(text, sizeof(text), "key-%u", i);
	return slice_of(text);
}

static void an_empty_map_finds_nothing(void **unused)
{
	struct slice key;
	void *value;
	struct map m;
	size_t at = 0;

	(void)unused;
	map_init(&m);
	assert_null(map_find(&m, SLICE("a")));
	assert_null(map_remove(&m, SLICE("a")));
	assert_false(map_next(&m, &at, &key, &value));
	map_fini(&m);
}

static void setting_again_gives_the_old_value(void **unused)
{
	int a, b;
	struct map m;

	(void)unused;
	map_init(&m);
	assert_null(map_set(&m, SLICE("k"), &a));
	assert_ptr_equal(map_set(&m, SLICE("k"), &b), &a);
	assert_ptr_equal(map_find(&m, SLICE("k")), &b);
	assert_int_equal(m.n, 1);
	map_fini(&m);
}

static void keys_are_copied_and_may_hold_any_byte(void **unused)
{
	char key[] = {'a', '\0', 'b'};
	int a, b, empty;
	struct map m;

	(void)unused;
	map_init(&m);
	map_set(&m, (struct slice){key, 3}, &a);
	key[2] = 'c';
	assert_null(map_find(&m, (struct slice){key, 3}));
	map_set(&m, (struct slice){key, 3}, &b);
	map_set(&m, (struct slice){NULL, 0}, &empty);
	assert_ptr_equal(map_find(&m, SLICE("a\0b")), &a);
	assert_ptr_equal(map_find(&m, SLICE("a\0c")), &b);
	assert_ptr_equal(map_find(&m, SLICE("")), &empty);
	assert_null(map_find(&m, SLICE("a")));
	map_fini(&m);
}

static void a_walk_sees_each_entry_once(void **unused)
{
	unsigned seen[1000] = {0}, n = 0;
	struct slice key;
	void *value;
	struct map m;
	size_t at = 0;

	(void)unused;
	map_init(&m);
	for (unsigned i = 0; i < 1000; i++)
		map_set(&m, name_of(i), &seen[i]);
	while (map_next(&m, &at, &key, &value)) {
		(*(unsigned *)value)++;
		n++;
	}
	assert_int_equal(n, 1000);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(seen[i], 1);
	map_fini(&m);
}

/* Against a plain array: removal must close the holes it makes. */
static void any_history_ends_as_a_plain_table_would(void **unused)
{
	static char value[64];
	bool there[64] = {0};
	size_t n = 0;
	struct rng r;
	struct map m;

	(void)unused;
	rng_seed(&r, 7);
	map_init(&m);
	for (int i = 0; i < 50000; i++) {
		unsigned k = (unsigned)rng_below(&r, 64);
		void *want = there[k] ? &value[k] : NULL;

		if (rng_below(&r, 2) == 0) {
			assert_ptr_equal(map_set(&m, name_of(k), &value[k]),
					 want);
			n += !there[k];
			there[k] = true;
		} else {
			assert_ptr_equal(map_remove(&m, name_of(k)), want);
			n -= there[k];
			there[k] = false;
		}
		k = (unsigned)rng_below(&r, 64);
		assert_ptr_equal(map_find(&m, name_of(k)),
				 there[k] ? &value[k] : NULL);
		assert_int_equal(m.n, n);
	}
	map_fini(&m);
}

static void two_maps_order_their_keys_differently(void **unused)
{
	struct map a, b;

	(void)unused;
	map_init(&a);
	map_init(&b);
	assert_true(a.seed != b.seed);
	map_fini(&a);
	map_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_map_finds_nothing),
		cmocka_unit_test(setting_again_gives_the_old_value),
		cmocka_unit_test(keys_are_copied_and_may_hold_any_byte),
		cmocka_unit_test(a_walk_sees_each_entry_once),
		cmocka_unit_test(any_history_ends_as_a_plain_table_would),
		cmocka_unit_test(two_maps_order_their_keys_differently),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

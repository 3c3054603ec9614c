#include "router/fleet/shared_prefix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BLOCK 16
#define KEYS  64

static struct shared_prefixes s;
static uint64_t key[KEYS], other[KEYS]; /* that part after half */

static int begin(void **unused)
{
	(void)unused;
	memset(&s, 0, sizeof(s));
	for (size_t i = 0; i < KEYS; i++) {
		key[i] = 1000 + i;
		other[i] = i < KEYS / 2 ? key[i] : 2000 + i;
	}
	return 0;
}

static void one_is_found_by_every_chain_that_begins_with_it(void **unused)
{
	int i;

	(void)unused;
	i = shared_prefix_add(&s, key, 20, BLOCK, SHARED_PREFIX_NONE);
	assert_int_equal(shared_prefix_find(&s, key, KEYS), i);
	assert_int_equal(shared_prefix_find(&s, other, KEYS), i);
	assert_int_equal(shared_prefix_find(&s, key, 20), i);
	assert_int_equal(shared_prefix_blocks(&s, i), 20);
	assert_int_equal(s.tokens, 20 * BLOCK);
}

static void none_is_found_by_others(void **unused)
{
	(void)unused;
	shared_prefix_add(&s, key, 40, BLOCK, SHARED_PREFIX_NONE);
	assert_int_equal(shared_prefix_find(&s, other, KEYS),
			 SHARED_PREFIX_NONE);
	assert_int_equal(shared_prefix_find(&s, key, 39), SHARED_PREFIX_NONE);
	assert_int_equal(shared_prefix_find(&s, NULL, 0), SHARED_PREFIX_NONE);
	assert_int_equal(shared_prefix_blocks(&s, SHARED_PREFIX_NONE), 0);
}

static void of_two_the_longer_is_found_and_adds_what_it_has_more(void **unused)
{
	int a, b;

	(void)unused;
	a = shared_prefix_add(&s, key, 20, BLOCK, SHARED_PREFIX_NONE);
	b = shared_prefix_add(&s, key, 50, BLOCK, a);
	assert_int_equal(shared_prefix_find(&s, key, KEYS), b);
	assert_int_equal(shared_prefix_find(&s, other, KEYS), a);
	assert_int_equal(s.tokens, 50 * BLOCK);
}

static void it_goes_with_its_last_holder(void **unused)
{
	int i;

	(void)unused;
	i = shared_prefix_add(&s, key, 20, BLOCK, SHARED_PREFIX_NONE);
	shared_prefix_hold(&s, i);
	shared_prefix_release(&s, i);
	assert_int_equal(shared_prefix_find(&s, key, KEYS), i);
	shared_prefix_release(&s, i);
	assert_int_equal(shared_prefix_find(&s, key, KEYS), SHARED_PREFIX_NONE);
	assert_int_equal(s.tokens, 0);
}

static void a_parent_stays_while_what_goes_on_from_it_does(void **unused)
{
	int a, b;

	(void)unused;
	a = shared_prefix_add(&s, key, 20, BLOCK, SHARED_PREFIX_NONE);
	b = shared_prefix_add(&s, key, 50, BLOCK, a);
	shared_prefix_release(&s, a);
	assert_int_equal(s.tokens, 50 * BLOCK);
	shared_prefix_release(&s, b);
	assert_int_equal(s.tokens, 0);
}

static void past_their_number_there_is_no_room(void **unused)
{
	(void)unused;
	for (uint32_t i = 0; i < SHARED_PREFIXES; i++)
		assert_int_not_equal(shared_prefix_add(&s, key, i + 1, BLOCK,
						       SHARED_PREFIX_NONE),
				     SHARED_PREFIX_NONE);
	assert_int_equal(
		shared_prefix_add(&s, key, KEYS, BLOCK, SHARED_PREFIX_NONE),
		SHARED_PREFIX_NONE);
}

static void of_none_nothing_is_held(void **unused)
{
	(void)unused;
	shared_prefix_hold(&s, SHARED_PREFIX_NONE);
	shared_prefix_release(&s, SHARED_PREFIX_NONE);
	assert_int_equal(s.tokens, 0);
}

static void its_own_sessions_begin_with_nothing_longer(void **unused)
{
	uint32_t n[SHARED_PREFIXES];
	int a, b, c;

	(void)unused;
	a = shared_prefix_add(&s, key, 20, BLOCK, SHARED_PREFIX_NONE);
	b = shared_prefix_add(&s, key, 40, BLOCK, a);
	shared_prefix_hold(&s, b);
	c = shared_prefix_add(&s, key, 60, BLOCK, b);
	shared_prefix_hold(&s, a);
	shared_prefix_own(&s, n);
	assert_int_equal(n[c], 1);
	assert_int_equal(n[b], 2);
	assert_int_equal(n[a], 2);
	assert_int_equal(shared_prefix_tokens(&s, c), 60 * BLOCK);
	assert_int_equal(shared_prefix_tokens(&s, a), 20 * BLOCK);
}

static void what_is_free_has_neither_sessions_nor_tokens(void **unused)
{
	uint32_t n[SHARED_PREFIXES];
	int a;

	(void)unused;
	a = shared_prefix_add(&s, key, 20, BLOCK, SHARED_PREFIX_NONE);
	shared_prefix_release(&s, a);
	shared_prefix_own(&s, n);
	for (int i = 0; i < SHARED_PREFIXES; i++)
		assert_int_equal(n[i], 0);
	assert_int_equal(shared_prefix_tokens(&s, SHARED_PREFIX_NONE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			one_is_found_by_every_chain_that_begins_with_it, begin),
		cmocka_unit_test_setup(none_is_found_by_others, begin),
		cmocka_unit_test_setup(
			of_two_the_longer_is_found_and_adds_what_it_has_more,
			begin),
		cmocka_unit_test_setup(it_goes_with_its_last_holder, begin),
		cmocka_unit_test_setup(
			a_parent_stays_while_what_goes_on_from_it_does, begin),
		cmocka_unit_test_setup(past_their_number_there_is_no_room,
				       begin),
		cmocka_unit_test_setup(of_none_nothing_is_held, begin),
		cmocka_unit_test_setup(
			its_own_sessions_begin_with_nothing_longer, begin),
		cmocka_unit_test_setup(
			what_is_free_has_neither_sessions_nor_tokens, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

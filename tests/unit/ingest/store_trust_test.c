#include "router/ingest/store_trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static atomic_uint missed;
static struct store_trust a, b;

static int set_up(void **state)
{
	(void)state;
	missed = 0;
	a = b = (struct store_trust){0};
	return 0;
}

static void miss(struct store_trust *t, enum store_trust_action action)
{
	assert_int_equal(store_trust_add(t, &missed, false, 1000), action);
}

static void a_miss_now_and_then_changes_nothing(void **unused)
{
	(void)unused;
	for (int i = 0; i < 20; i++) {
		miss(&a, STORE_TRUST_FINE);
		miss(&a, STORE_TRUST_FINE);
		assert_int_equal(store_trust_add(&a, &missed, true, 1000),
				 STORE_TRUST_FINE);
	}
	assert_int_equal(a.until_ms, 0);
}

static void one_that_never_gets_anything_is_to_do_without(void **unused)
{
	(void)unused;
	miss(&a, STORE_TRUST_FINE);
	miss(&a, STORE_TRUST_FINE);
	miss(&a, STORE_TRUST_LEAVE);
	assert_int_equal(a.until_ms, 1000 + STORE_TRUST_MS);
	assert_false(store_trust_is_over(&a, 1000 + STORE_TRUST_MS - 1));
	assert_true(store_trust_is_over(&a, 1000 + STORE_TRUST_MS));
	assert_false(store_trust_is_over(&a, 1000 + STORE_TRUST_MS));
}

static void others_that_get_theirs_show_whose_fault_it_is(void **unused)
{
	(void)unused;
	for (int i = 0; i < 2; i++) {
		miss(&a, STORE_TRUST_FINE);
		assert_int_equal(store_trust_add(&b, &missed, true, 1000),
				 STORE_TRUST_FINE);
	}
	miss(&a, STORE_TRUST_LEAVE);
}

static void what_several_miss_is_gone(void **unused)
{
	(void)unused;
	miss(&b, STORE_TRUST_FINE);
	miss(&a, STORE_TRUST_FINE);
	miss(&a, STORE_TRUST_FINE);
	miss(&a, STORE_TRUST_EMPTY);
	assert_int_equal(a.until_ms, 0);
	assert_int_equal(missed, 0);
	/* And begins anew. */
	miss(&a, STORE_TRUST_FINE);
}

static void where_one_was_alone_the_next_shows_that_it_is_gone(void **unused)
{
	(void)unused;
	miss(&a, STORE_TRUST_FINE);
	miss(&a, STORE_TRUST_FINE);
	miss(&a, STORE_TRUST_LEAVE);
	miss(&b, STORE_TRUST_FINE);
	miss(&b, STORE_TRUST_FINE);
	miss(&b, STORE_TRUST_EMPTY);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_miss_now_and_then_changes_nothing),
		TEST(one_that_never_gets_anything_is_to_do_without),
		TEST(others_that_get_theirs_show_whose_fault_it_is),
		TEST(what_several_miss_is_gone),
		TEST(where_one_was_alone_the_next_shows_that_it_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a store that workers share does to the price: the part of cost_test
 * that is about it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/policy/fleet.h"

static void store(struct trial *t, size_t i, uint32_t blocks)
{
	t->c[i].store_blocks = blocks;
	t->c[i].store_ms = 10;
	t->c[i].store_token_ms = .02;
}

static void what_a_store_has_any_of_them_loads(void **unused)
{
	struct trial t = known_trial(3, 8000);

	(void)unused;
	store(&t, 1, 400);
	store(&t, 2, 400);
	t.c[1].ahead_ms = 500;
	t.c[1].inflight = t.c[1].unanswered = 1;
	assert_int_equal(trial_run(&t, "cost"), 2);
	assert_string_equal(t.d.reason, "store");
	assert_true(fabs(t.term[2].transfer - (10 + 6400 * .02)) < 1e-9);
	assert_true(t.term[2].tokens == 8000 - 6400);
	assert_true(t.term[0].tokens == 8000);
	/* A worker that has it all itself need not load it. */
	t.c[0].held_blocks = 400;
	assert_int_equal(trial_run(&t, "cost"), 0);
	assert_string_equal(t.d.reason, "cache");
}

static void of_a_store_only_what_is_behind_its_own_is_loaded(void **unused)
{
	struct trial t = known_trial(1, 8000);

	(void)unused;
	t.c[0].held_blocks = 100;
	t.c[0].other_blocks = 200;
	t.c[0].loading_ms = 3;
	store(&t, 0, 400);
	trial_run(&t, "cost");
	assert_true(fabs(t.term[0].transfer -
			 (3 + price_load_ms(&price_usual, 1600) + 10 +
			  3200 * .02)) < 1e-9);
	/* What is under way there is there by then. */
	t.c[0].coming_blocks = 450;
	t.c[0].exact = t.c[0].follows = true;
	trial_run(&t, "cost");
	assert_true(t.term[0].transfer == 0);
	assert_true(t.term[0].tokens == 8000 - 450 * 16);
}

/* The engine loads it all the same: that is what it costs there. */
static void a_slow_store_has_its_price_whatever_computing_has(void **unused)
{
	struct trial t = known_trial(2, 8000);

	(void)unused;
	store(&t, 1, 400);
	t.c[1].store_token_ms = 1;
	assert_int_equal(trial_run(&t, "cost"), 0);
	assert_true(t.term[1].transfer > 6400);
	assert_string_equal(t.d.reason, "load over cache");
}

static void a_slow_store_is_left_alone_by_who_can_be_told(void **unused)
{
	struct trial t = known_trial(2, 8500);
	double computing, loading;

	(void)unused;
	t.c[0].exclusion = POLICY_DOWN;
	trial_run(&t, "cost");
	computing = t.term[1].cost;
	store(&t, 1, 400);
	t.c[1].store_token_ms = 1;
	trial_run(&t, "cost");
	loading = t.term[1].cost;
	assert_false(t.term[1].leaves_store);
	t.c[1].store_optional = true;
	trial_run(&t, "cost");
	assert_true(t.term[1].leaves_store);
	assert_true(t.term[1].cost < loading);
	assert_true(fabs(t.term[1].cost - computing) < 1e-6);
	assert_string_not_equal(t.d.reason, "store");
	/* But not where it is fast. */
	store(&t, 1, 400);
	trial_run(&t, "cost");
	assert_false(t.term[1].leaves_store);
	assert_string_equal(t.d.reason, "store");
}

static void what_a_peer_gives_leaves_no_store_alone(void **unused)
{
	struct trial t = known_trial(2, 20100);

	(void)unused;
	store(&t, 1, 1200);
	t.c[1].store_token_ms = 1;
	t.c[1].store_optional = t.c[1].fetches = true;
	t.c[0].exclusion = POLICY_DRAINING;
	t.c[0].gives = true;
	t.c[0].held_blocks = 1200;
	trial_run(&t, "cost");
	assert_int_equal(t.term[1].source, 0);
	assert_false(t.term[1].leaves_store);
}

static void a_peer_that_is_nearer_than_the_store_is_asked(void **unused)
{
	struct trial t = known_trial(2, 20000);

	(void)unused;
	t.c[0].gives = t.c[1].fetches = true;
	t.c[0].held_blocks = 1200;
	t.c[0].exclusion = POLICY_DRAINING;
	store(&t, 1, 1200);
	trial_run(&t, "cost");
	assert_int_equal(t.term[1].source, 0);
	t.c[1].store_token_ms = .002;
	trial_run(&t, "cost");
	assert_int_equal(t.term[1].source, -1);
	assert_string_equal(t.d.reason, "store");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_store_has_any_of_them_loads),
		cmocka_unit_test(
			of_a_store_only_what_is_behind_its_own_is_loaded),
		cmocka_unit_test(
			a_slow_store_has_its_price_whatever_computing_has),
		cmocka_unit_test(a_slow_store_is_left_alone_by_who_can_be_told),
		cmocka_unit_test(what_a_peer_gives_leaves_no_store_alone),
		cmocka_unit_test(a_peer_that_is_nearer_than_the_store_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

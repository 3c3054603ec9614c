#include "tests/unit/policy/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int run(struct trial *t)
{
	return trial_run(t, "round_robin");
}

static void each_has_its_turn(void **unused)
{
	struct trial t = trial_of(5);
	int first = run(&t);

	(void)unused;
	for (int i = 1; i < 20; i++)
		assert_int_equal(run(&t), (first + i) % 5);
}

static void nobody_inherits_a_share(void **unused)
{
	struct trial t = trial_of(5);
	unsigned served[5] = {0};

	(void)unused;
	t.c[1].exclusion = POLICY_DOWN;
	t.c[4].exclusion = POLICY_FULL;
	for (int i = 0; i < 30; i++)
		served[run(&t)]++;
	assert_int_equal(served[0], 10);
	assert_int_equal(served[1], 0);
	assert_int_equal(served[2], 10);
	assert_int_equal(served[3], 10);
	assert_int_equal(served[4], 0);
}

static void lanes_do_not_all_begin_with_the_same(void **unused)
{
	unsigned seen = 0;

	(void)unused;
	for (uint64_t seed = 0; seed < 16; seed++) {
		struct trial t = trial_of(4);

		policy_state_init(&t.s, seed);
		seen |= 1u << run(&t);
	}
	assert_int_equal(seen, 15);
}

static void one_that_comes_back_lets_turns_go_by(void **unused)
{
	struct trial t = trial_of(4);
	unsigned served[4] = {0};

	(void)unused;
	t.c[2].slow_start = 0.9;
	for (int i = 0; i < 4000; i++)
		served[run(&t)]++;
	assert_in_range(served[2], 50, 200);
	assert_in_range(served[0], 1150, 1450);
}

static void where_all_come_back_somebody_serves(void **unused)
{
	struct trial t = trial_of(2);
	unsigned served[2] = {0};

	(void)unused;
	t.c[0].slow_start = t.c[1].slow_start = 0.9;
	for (int i = 0; i < 1000; i++)
		served[run(&t)]++;
	assert_in_range(served[0], 300, 700);
}

static void one_that_comes_back_alone_has_every_turn(void **unused)
{
	struct trial t = trial_of(3);

	(void)unused;
	t.c[0].exclusion = t.c[2].exclusion = POLICY_DOWN;
	t.c[1].slow_start = 0.9;
	for (int i = 0; i < 50; i++)
		assert_int_equal(run(&t), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_turn),
		cmocka_unit_test(nobody_inherits_a_share),
		cmocka_unit_test(one_that_comes_back_lets_turns_go_by),
		cmocka_unit_test(where_all_come_back_somebody_serves),
		cmocka_unit_test(one_that_comes_back_alone_has_every_turn),
		cmocka_unit_test(lanes_do_not_all_begin_with_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

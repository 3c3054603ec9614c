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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_turn),
		cmocka_unit_test(nobody_inherits_a_share),
		cmocka_unit_test(lanes_do_not_all_begin_with_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/policy/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void all_are_drawn_alike(void **unused)
{
	struct trial t = trial_of(4);
	unsigned served[4] = {0};

	(void)unused;
	t.c[0].inflight = 100;
	for (int i = 0; i < 4000; i++)
		served[trial_run(&t, "random")]++;
	for (int i = 0; i < 4; i++)
		assert_in_range(served[i], 850, 1150);
}

static void the_same_seed_draws_the_same(void **unused)
{
	struct trial a = trial_of(16), b = trial_of(16);

	(void)unused;
	for (int i = 0; i < 100; i++)
		assert_int_equal(trial_run(&a, "random"),
				 trial_run(&b, "random"));
}

static void another_seed_draws_another_way(void **unused)
{
	struct trial a = trial_of(16), b = trial_of(16);
	int same = 0;

	(void)unused;
	policy_state_init(&b.s, 2);
	for (int i = 0; i < 100; i++)
		same += trial_run(&a, "random") == trial_run(&b, "random");
	assert_in_range(same, 0, 30);
}

static void one_that_comes_back_is_drawn_as_its_share_says(void **unused)
{
	struct trial t = trial_of(3);
	unsigned served[3] = {0};

	(void)unused;
	t.c[1].slow_start = 0.5;
	for (int i = 0; i < 5000; i++)
		served[trial_run(&t, "random")]++;
	assert_in_range(served[1], 850, 1150);
	assert_in_range(served[0], 1800, 2200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			one_that_comes_back_is_drawn_as_its_share_says),
		cmocka_unit_test(all_are_drawn_alike),
		cmocka_unit_test(the_same_seed_draws_the_same),
		cmocka_unit_test(another_seed_draws_another_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

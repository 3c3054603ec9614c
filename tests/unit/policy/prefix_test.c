#include "tests/unit/policy/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int run(struct trial *t)
{
	return trial_run(t, "prefix");
}

static void the_longest_match_serves(void **unused)
{
	struct trial t = trial_of(4);

	(void)unused;
	trial_prompt(&t, 1601);
	t.c[1].approx_blocks = 60;
	t.c[2].approx_blocks = 61;
	t.c[2].inflight = 30;
	t.c[2].inflight_tokens = 30000;
	assert_int_equal(run(&t), 2);
	assert_string_equal(t.d.reason, "prefix");
}

static void equal_matches_go_by_load(void **unused)
{
	struct trial t = trial_of(4);

	(void)unused;
	trial_prompt(&t, 1601);
	for (int i = 0; i < 4; i++) {
		t.c[i].approx_blocks = 80;
		t.c[i].inflight = i == 2 ? 1 : 5;
	}
	assert_int_equal(run(&t), 2);
	assert_string_equal(t.d.reason, "prefix");
}

static void too_short_a_match_does_not_count(void **unused)
{
	struct trial t = trial_of(4);

	(void)unused;
	trial_prompt(&t, 1601);
	t.c[1].approx_blocks = 49;
	t.c[1].inflight = 1;
	assert_int_not_equal(run(&t), 1);
	assert_string_equal(t.d.reason, "least load");
	t.c[1].approx_blocks = 50;
	assert_int_equal(run(&t), 1);
}

static void events_are_not_looked_at(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	trial_prompt(&t, 1601);
	t.c[0].held_blocks = 100;
	t.c[0].inflight = 1;
	assert_int_equal(run(&t), 1);
}

static void a_much_busier_match_is_passed_over(void **unused)
{
	struct trial t = trial_of(4);

	(void)unused;
	trial_prompt(&t, 1601);
	t.c[1].approx_blocks = 100;
	t.c[1].inflight = 32;
	assert_int_equal(run(&t), 1);
	t.c[1].inflight = 33;
	assert_int_not_equal(run(&t), 1);
	assert_string_equal(t.d.reason, "least load");
}

static void one_hot_worker_leaves_the_others_their_affinity(void **unused)
{
	struct trial t = trial_of(4);

	(void)unused;
	trial_prompt(&t, 1601);
	t.c[0].inflight = 400;
	t.c[3].approx_blocks = 80;
	t.c[3].inflight = 10;
	assert_int_equal(run(&t), 3);
}

static void both_measures_of_imbalance_are_needed(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	trial_prompt(&t, 1601);
	t.c[0].approx_blocks = 100;
	t.c[0].inflight = 540;
	t.c[1].inflight = 500;
	assert_int_equal(run(&t), 0);
	t.c[0].inflight = 560;
	assert_int_equal(run(&t), 1);
}

static void a_short_prompt_goes_by_load(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	trial_prompt(&t, 10);
	t.c[0].inflight = 1;
	assert_int_equal(run(&t), 1);
	assert_string_equal(t.d.reason, "least load");
}

static void one_that_comes_back_is_busy_sooner(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	trial_prompt(&t, 1601);
	t.c[0].approx_blocks = 100;
	t.c[0].inflight = 10;
	assert_int_equal(run(&t), 0);
	t.c[0].slow_start = 0.9;
	assert_int_equal(run(&t), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_comes_back_is_busy_sooner),
		cmocka_unit_test(the_longest_match_serves),
		cmocka_unit_test(equal_matches_go_by_load),
		cmocka_unit_test(too_short_a_match_does_not_count),
		cmocka_unit_test(events_are_not_looked_at),
		cmocka_unit_test(a_much_busier_match_is_passed_over),
		cmocka_unit_test(
			one_hot_worker_leaves_the_others_their_affinity),
		cmocka_unit_test(both_measures_of_imbalance_are_needed),
		cmocka_unit_test(a_short_prompt_goes_by_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/policy/policy.h"

#include "router/policy/price.h"
#include "tests/unit/policy/fleet.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void the_holder_of_the_prefix_serves(void **unused)
{
	struct trial t = known_trial(4, 8000);

	(void)unused;
	t.c[2].held_blocks = 400;
	assert_int_equal(trial_run(&t, "cost"), 2);
	assert_string_equal(t.d.reason, "cache");
	assert_true(t.term[2].compute < t.term[0].compute);
}

static void a_busy_holder_gives_way_when_waiting_costs_more(void **unused)
{
	struct trial t = known_trial(2, 8000);

	(void)unused;
	t.c[0].held_blocks = 400;
	t.c[0].inflight = t.c[0].unanswered = 1;
	t.c[0].ahead_ms = 200;
	assert_int_equal(trial_run(&t, "cost"), 0);
	t.c[0].ahead_ms = 5000;
	assert_int_equal(trial_run(&t, "cost"), 1);
	assert_string_equal(t.d.reason, "load over cache");
}

static void work_costs_more_where_others_wait_for_it(void **unused)
{
	struct trial t = known_trial(2, 8000);

	(void)unused;
	t.c[0].inflight = t.c[0].unanswered = 4;
	t.c[1].inflight = 4;
	assert_int_equal(trial_run(&t, "cost"), 1);
	assert_true(t.term[0].work > 5 * t.term[1].work);
}

static void memory_costs_more_the_fuller_it_is(void **unused)
{
	struct trial t = known_trial(3, 8000);

	(void)unused;
	t.c[0].live_tokens = 30000;
	t.c[1].live_tokens = 150000;
	t.c[2].live_tokens = 260000;
	trial_run(&t, "cost");
	/* The emptier two cost as the fleet does in the mean. */
	assert_true(t.term[1].memory <= t.term[2].memory / 3);
	assert_true(t.term[0].memory <= t.term[1].memory);
	assert_true(t.term[2].memory > 0);
}

/* There is memory for more, and none waits: but no more than so many run. */
static void who_runs_all_it_can_gives_way(void **unused)
{
	struct trial t = known_trial(2, 8000);

	(void)unused;
	t.c[0].held_blocks = 400;
	t.c[0].inflight = 300;
	t.c[1].inflight = 100;
	assert_int_equal(trial_run(&t, "cost"), 0);
	t.c[0].max_running = t.c[1].max_running = 256;
	assert_int_equal(trial_run(&t, "cost"), 1);
	assert_true(t.term[0].wait > 45.0 / 256 * 200 * 14);
	t.c[0].inflight = 100;
	assert_int_equal(trial_run(&t, "cost"), 0);
}

/* But for one that is told to run more. */
static void a_limit_not_met_yet_is_that_of_others(void **unused)
{
	struct trial t = known_trial(3, 8000);
	double before;

	(void)unused;
	t.c[0].inflight = t.c[1].inflight = 300;
	t.c[0].running = t.c[1].running = 250;
	trial_run(&t, "cost");
	before = t.term[0].memory;
	t.c[2].max_running = 256;
	t.c[1].running = 290;
	trial_run(&t, "cost");
	assert_true(t.term[0].memory > before && t.term[0].wait > 1);
	assert_true(t.term[1].memory <= before);
}

static void a_limit_far_off_costs_nothing(void **unused)
{
	struct trial t = known_trial(2, 8000);
	double before;

	(void)unused;
	t.c[0].live_tokens = 100000;
	t.c[0].inflight = 20;
	trial_run(&t, "cost");
	before = t.term[0].cost;
	t.c[0].max_running = 1024;
	trial_run(&t, "cost");
	assert_true(t.term[0].cost == before);
	/* Nor does nonsense break anything. */
	t.c[0].max_running = 1;
	trial_run(&t, "cost");
	assert_true(isfinite(t.term[0].cost) && t.term[0].cost > before);
}

/* Where a worker tells of no room and no usage. */
static void a_guessed_room_has_its_price_within_bounds(void **unused)
{
	static const struct policy_rates small = {
		.token_ms = .04, .step_ms = 14, .room_tokens = 10000};
	struct trial t = known_trial(2, 4000);
	double empty, half, full;

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		t.c[i].kv_tokens = 0;
		t.c[i].rates = &small;
	}
	trial_run(&t, "cost");
	empty = t.term[0].memory;
	t.c[0].live_tokens = 5000;
	trial_run(&t, "cost");
	half = t.term[0].memory;
	t.c[0].live_tokens = 7000;
	trial_run(&t, "cost");
	full = t.term[0].memory;
	assert_true(empty == 0 && half > 0 && full > half);
	t.c[0].live_tokens = 1000000;
	trial_run(&t, "cost");
	assert_true(t.term[0].memory == full);
	t.c[0].kv_usage = .9;
	trial_run(&t, "cost");
	assert_true(t.term[0].memory > full);
}

static void what_does_not_fit_waits(void **unused)
{
	struct trial t = known_trial(2, 8000);

	(void)unused;
	t.c[0].live_tokens = 299000;
	t.c[0].inflight = 30;
	t.c[0].held_blocks = 400;
	t.c[1].live_tokens = 200000;
	t.c[1].inflight = 20;
	trial_run(&t, "cost");
	assert_true(t.term[0].wait > t.term[1].wait);
}

static void what_is_pushed_out_has_its_price(void **unused)
{
	struct trial t = known_trial(2, 8000);

	(void)unused;
	t.c[0].reuse = .5;
	assert_int_equal(trial_run(&t, "cost"), 1);
	assert_true(t.term[0].eviction > 0 && t.term[1].eviction == 0);
	/* What its other tier has already pushes nothing out of that. */
	t.c[1].reuse = .5;
	t.c[1].spills = true;
	t.c[1].other_blocks = 499;
	trial_run(&t, "cost");
	assert_true(t.term[1].eviction < t.term[0].eviction / 5);
}

static void what_is_gone_again_does_not_count(void **unused)
{
	struct trial t = known_trial(2, 8000);

	(void)unused;
	t.c[0].approx_blocks = 499;
	t.c[0].follows = t.c[1].follows = true;
	trial_run(&t, "cost");
	assert_true(t.term[0].tokens == 8000);
	t.c[0].coming_blocks = 400;
	assert_int_equal(trial_run(&t, "cost"), 0);
	assert_true(t.term[0].tokens == 8000 - 400 * 16);
}

static void a_fetch_is_told_with_its_source(void **unused)
{
	struct trial t = known_trial(3, 20000);

	(void)unused;
	for (size_t i = 0; i < 3; i++)
		t.c[i].gives = t.c[i].fetches = true;
	t.c[1].held_blocks = 1200;
	t.c[1].inflight = t.c[1].unanswered = 8;
	t.c[1].ahead_ms = 9000;
	assert_int_not_equal(trial_run(&t, "cost"), 1);
	assert_string_equal(t.d.reason, "fetch");
	assert_int_equal(t.term[t.d.chosen].source, 1);
	assert_int_equal(t.term[t.d.chosen].fetch_blocks, 1200);
	assert_true(t.term[t.d.chosen].transfer > 0);
}

static void what_is_less_than_the_start_of_a_fetch_is_computed(void **unused)
{
	struct trial t = known_trial(2, 120);

	(void)unused;
	t.c[0].gives = t.c[1].fetches = true;
	t.c[0].held_blocks = 7;
	t.c[0].ahead_ms = 9000;
	t.c[0].inflight = t.c[0].unanswered = 8;
	assert_int_equal(trial_run(&t, "cost"), 1);
	assert_int_equal(t.term[1].source, -1);
}

/* The first is full; the two that hold all of the prompt cannot be asked. */
static struct trial far_and_near(void)
{
	struct trial t = known_trial(3, 20000);

	for (size_t i = 0; i < 3; i++)
		t.c[i].gives = t.c[i].fetches = true;
	t.c[0].held_blocks = t.c[1].held_blocks = 1200;
	t.c[0].exclusion = t.c[1].exclusion = POLICY_FULL;
	t.c[0].zone = 1;
	t.c[1].zone = t.c[2].zone = 2;
	return t;
}

static void the_nearer_of_two_gives(void **unused)
{
	struct trial t = far_and_near();
	double in_zone, in_rack;

	(void)unused;
	assert_int_equal(trial_run(&t, "cost"), 2);
	assert_int_equal(t.term[2].source, 1);
	in_zone = t.term[2].transfer;
	t.c[1].rack = t.c[2].rack = 5;
	trial_run(&t, "cost");
	in_rack = t.term[2].transfer;
	assert_true(in_rack < in_zone);
	t.c[1].held_blocks = 0;
	trial_run(&t, "cost");
	assert_int_equal(t.term[2].source, 0);
	assert_true(t.term[2].transfer > 2 * in_zone);
}

static void a_far_one_gives_where_the_near_one_has_little(void **unused)
{
	struct trial t = far_and_near();

	(void)unused;
	t.c[1].held_blocks = 100;
	trial_run(&t, "cost");
	assert_int_equal(t.term[2].source, 0);
}

static void of_many_places_the_one_that_holds_most_gives(void **unused)
{
	struct trial t = known_trial(40, 20000);

	(void)unused;
	for (size_t i = 0; i < 40; i++) {
		t.c[i].gives = t.c[i].fetches = true;
		t.c[i].zone = (uint32_t)i + 1;
		t.c[i].held_blocks = i == 0 ? 0 : 600 + (uint32_t)i;
		t.c[i].exclusion = i == 0 ? POLICY_ALLOWED : POLICY_FULL;
	}
	trial_run(&t, "cost");
	assert_int_equal(t.term[0].source, 39);
}

static void our_own_zone_is_preferred_for_as_much_as_was_said(void **unused)
{
	struct trial t = known_trial(2, 8000);

	(void)unused;
	t.c[0].away_ms = 2;
	assert_int_equal(trial_run(&t, "cost"), 1);
	assert_true(t.term[0].away == 2 && t.term[1].away == 0);
	assert_true(fabs(t.term[0].cost - t.term[1].cost - 2) < 1e-6);
	t.c[0].held_blocks = 60;
	assert_int_equal(trial_run(&t, "cost"), 0);
}

static void who_has_the_adapter_is_preferred_within_reason(void **unused)
{
	struct trial t = known_trial(2, 8000);

	(void)unused;
	t.c[0].lacks_adapter = true;
	assert_int_equal(trial_run(&t, "cost"), 1);
	assert_true(t.term[0].adapter > 0 && t.term[1].adapter == 0);
	t.c[1].ahead_ms = 20;
	assert_int_equal(trial_run(&t, "cost"), 1);
	t.c[1].ahead_ms = 2000;
	t.c[1].inflight = t.c[1].unanswered = 1;
	assert_int_equal(trial_run(&t, "cost"), 0);
}

static void nobody_fetches_from_those_who_do_not_give(void **unused)
{
	struct trial t = known_trial(2, 20000);

	(void)unused;
	t.c[1].fetches = true;
	t.c[0].held_blocks = 1200;
	t.c[0].ahead_ms = 90000;
	t.c[0].inflight = t.c[0].unanswered = 8;
	assert_int_equal(trial_run(&t, "cost"), 1);
	assert_int_equal(t.term[1].source, -1);
}

static void the_other_tier_is_worth_less_than_the_gpu(void **unused)
{
	struct trial t = known_trial(3, 8000);

	(void)unused;
	t.c[1].other_blocks = 400;
	assert_int_equal(trial_run(&t, "cost"), 1);
	assert_true(t.term[1].transfer > 0);
	t.c[2].held_blocks = 400;
	assert_int_equal(trial_run(&t, "cost"), 2);
}

static void the_parts_sum_up_to_the_cost(void **unused)
{
	struct trial t = known_trial(2, 8000);
	const struct policy_term *x = &t.term[0];

	(void)unused;
	t.c[0].live_tokens = 100000;
	t.c[0].reuse = .2;
	t.c[0].unanswered = t.c[0].inflight = 2;
	t.c[0].ahead_ms = 100;
	t.c[0].away_ms = 5;
	t.c[0].lacks_adapter = true;
	trial_run(&t, "cost");
	assert_true(fabs(x->cost - (fmax(x->wait, x->transfer) + x->compute +
				    x->work + x->memory + x->eviction +
				    x->away + x->adapter)) < 1e-6);
	assert_true(fabs(x->cost - x->prefill - x->load) < 1e-6);
}

/* The first holds it, and another is to have it, too. */
static struct trial placed_trial(double favour_ms)
{
	struct trial t = known_trial(3, 8500);

	for (size_t i = 0; i < 3; i++)
		t.c[i].gives = t.c[i].fetches = true;
	t.c[0].held_blocks = 500;
	t.c[1].favour_ms = favour_ms;
	return t;
}

static void who_is_to_have_a_prefix_is_sent_who_asks_for_it(void **unused)
{
	struct trial t = placed_trial(250);
	double with;

	(void)unused;
	assert_int_equal(trial_run(&t, "cost"), 1);
	assert_string_equal(t.d.reason, "placement");
	assert_int_equal(t.term[1].source, 0);
	with = t.term[1].cost;
	assert_true(t.term[1].placement == -250 && t.term[0].placement == 0);
	t.c[1].favour_ms = 0;
	assert_int_equal(trial_run(&t, "cost"), 0);
	assert_true(fabs(t.term[1].cost - 250 - with) < 1e-6);
}

static void but_no_more_is_paid_for_it_than_it_is_worth(void **unused)
{
	struct trial t = placed_trial(20);

	(void)unused;
	assert_int_equal(trial_run(&t, "cost"), 0);
	assert_string_equal(t.d.reason, "cache");
	t = placed_trial(250);
	t.c[1].ahead_ms = 1000;
	t.c[1].unanswered = t.c[1].inflight = 1;
	assert_int_equal(trial_run(&t, "cost"), 0);
}

static void and_nobody_is_sent_to_who_takes_none(void **unused)
{
	struct trial t = placed_trial(1e6);

	(void)unused;
	t.c[1].exclusion = POLICY_FULL;
	assert_int_equal(trial_run(&t, "cost"), 0);
	t.c[1].exclusion = POLICY_BROKEN;
	assert_int_equal(trial_run(&t, "cost"), 0);
}

static void what_is_not_known_is_guessed_from_counts(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	trial_prompt(&t, 8000);
	t.c[0].inflight = 10;
	t.c[0].inflight_tokens = 50000;
	assert_int_equal(trial_run(&t, "cost"), 1);
	t.c[0].inflight = t.c[0].inflight_tokens = 0;
	t.c[1].kv_usage = .95;
	assert_int_equal(trial_run(&t, "cost"), 0);
}

static void an_unknown_prompt_goes_where_least_is_ahead(void **unused)
{
	struct trial t = known_trial(3, 0);

	(void)unused;
	t.c[0].ahead_ms = 50;
	t.c[0].inflight = t.c[0].unanswered = 1;
	t.c[2].ahead_ms = 20;
	t.c[2].inflight = t.c[2].unanswered = 1;
	assert_int_equal(trial_run(&t, "cost"), 1);
}

static void one_that_comes_back_is_spared(void **unused)
{
	struct trial t = known_trial(2, 8000);

	(void)unused;
	t.c[0].inflight = t.c[0].unanswered = 1;
	t.c[0].ahead_ms = 1000;
	assert_int_equal(trial_run(&t, "cost"), 1);
	t.c[1].slow_start = 0.9;
	assert_int_equal(trial_run(&t, "cost"), 0);
}

static void one_that_comes_back_helps_where_others_drown(void **unused)
{
	struct trial t = known_trial(2, 8000);

	(void)unused;
	t.c[1].slow_start = 0.9;
	t.c[0].inflight = t.c[0].unanswered = 1;
	t.c[0].ahead_ms = 60000;
	assert_int_equal(trial_run(&t, "cost"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_comes_back_is_spared),
		cmocka_unit_test(one_that_comes_back_helps_where_others_drown),
		cmocka_unit_test(the_holder_of_the_prefix_serves),
		cmocka_unit_test(
			a_busy_holder_gives_way_when_waiting_costs_more),
		cmocka_unit_test(work_costs_more_where_others_wait_for_it),
		cmocka_unit_test(memory_costs_more_the_fuller_it_is),
		cmocka_unit_test(who_runs_all_it_can_gives_way),
		cmocka_unit_test(a_limit_not_met_yet_is_that_of_others),
		cmocka_unit_test(a_limit_far_off_costs_nothing),
		cmocka_unit_test(a_guessed_room_has_its_price_within_bounds),
		cmocka_unit_test(what_does_not_fit_waits),
		cmocka_unit_test(what_is_pushed_out_has_its_price),
		cmocka_unit_test(what_is_gone_again_does_not_count),
		cmocka_unit_test(a_fetch_is_told_with_its_source),
		cmocka_unit_test(
			what_is_less_than_the_start_of_a_fetch_is_computed),
		cmocka_unit_test(the_nearer_of_two_gives),
		cmocka_unit_test(a_far_one_gives_where_the_near_one_has_little),
		cmocka_unit_test(of_many_places_the_one_that_holds_most_gives),
		cmocka_unit_test(
			our_own_zone_is_preferred_for_as_much_as_was_said),
		cmocka_unit_test(
			who_has_the_adapter_is_preferred_within_reason),
		cmocka_unit_test(nobody_fetches_from_those_who_do_not_give),
		cmocka_unit_test(the_other_tier_is_worth_less_than_the_gpu),
		cmocka_unit_test(the_parts_sum_up_to_the_cost),
		cmocka_unit_test(
			who_is_to_have_a_prefix_is_sent_who_asks_for_it),
		cmocka_unit_test(but_no_more_is_paid_for_it_than_it_is_worth),
		cmocka_unit_test(and_nobody_is_sent_to_who_takes_none),
		cmocka_unit_test(what_is_not_known_is_guessed_from_counts),
		cmocka_unit_test(an_unknown_prompt_goes_where_least_is_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

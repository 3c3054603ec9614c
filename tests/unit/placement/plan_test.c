#include "router/placement/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/policy/price.h"

#define WORKERS  3
#define PREFIXES 2
#define MOVES    8

static struct plan_worker w[WORKERS];
static struct plan_prefix p[PREFIXES];
static enum plan_holds holds[PREFIXES][WORKERS];
static struct plan_query q;
static struct plan_move move[MOVES];

/* The first holds two prefixes, one of which many ask for, and has as much to
 * do as it should; the others have nothing. */
static int begin(void **unused)
{
	(void)unused;
	memset(holds, 0, sizeof(holds));
	for (size_t i = 0; i < WORKERS; i++)
		w[i] = (struct plan_worker){.rates = &price_usual,
					    .room_tokens = 100000,
					    .admits = true,
					    .gives = true,
					    .fetches = true};
	for (size_t i = 0; i < PREFIXES; i++) {
		p[i] = (struct plan_prefix){.id = i,
					    .tokens = 8000,
					    .beyond = 500,
					    .rate = 10,
					    .outlook = 10,
					    .weight = 50,
					    .holds = holds[i]};
		holds[i][0] = PLAN_HOLDS;
	}
	p[0].rate = p[0].outlook = 1;
	w[0].busy = 0.9;
	q = (struct plan_query){.worker = w,
				.n_workers = WORKERS,
				.prefix = p,
				.n_prefixes = PREFIXES,
				.max_moves = MOVES,
				.at_a_time = 2};
	return 0;
}

static size_t plan(void)
{
	return plan_make(&q, move);
}

static void what_is_asked_for_most_leaves_who_is_busy(void **unused)
{
	(void)unused;
	w[1].busy = 0.3;
	assert_in_range(plan(), 1, 2);
	assert_int_equal(move[0].prefix, 1);
	assert_int_equal(move[0].reason, PLAN_DEMAND);
	assert_int_equal(move[0].from, 0);
	assert_int_equal(move[0].to, 2);
	assert_true(move[0].gain_ms > move[0].fetch_ms);
}

static void who_has_time_keeps_it(void **unused)
{
	(void)unused;
	w[0].busy = 0.3;
	assert_int_equal(plan(), 0);
}

static void a_demand_that_will_be_too_much_is_met_before_it_is(void **unused)
{
	(void)unused;
	w[0].busy = 0.5;
	assert_int_equal(plan(), 0);
	p[0].outlook = 30;
	p[0].rate = 10;
	p[0].id = 7;
	assert_true(plan() > 0);
	assert_int_equal(move[0].prefix, 7);
}

static void one_sighting_is_no_demand(void **unused)
{
	(void)unused;
	p[0].weight = p[1].weight = 2;
	assert_int_equal(plan(), 0);
}

static void nobody_is_given_what_would_overload_him(void **unused)
{
	(void)unused;
	w[1].busy = w[2].busy = 0.8;
	assert_int_equal(plan(), 0);
}

static void who_cannot_take_it_is_left_alone(void **unused)
{
	(void)unused;
	w[1].fetches = false;
	w[2].room_tokens = 7999;
	assert_int_equal(plan(), 0);
	w[2].room_tokens = 8000;
	w[2].admits = false;
	assert_int_equal(plan(), 0);
	w[2].admits = true;
	w[2].getting = 2;
	assert_int_equal(plan(), 0);
}

static void nobody_gives_what_is_only_coming(void **unused)
{
	(void)unused;
	holds[0][0] = holds[1][0] = PLAN_COMING;
	assert_int_equal(plan(), 0);
}

static void who_gives_to_two_gives_to_no_more(void **unused)
{
	(void)unused;
	w[0].giving = 2;
	assert_int_equal(plan(), 0);
	w[0].giving = 1;
	assert_int_equal(plan(), 1);
}

static void what_is_computed_as_soon_is_not_copied(void **unused)
{
	(void)unused;
	p[0].tokens = p[1].tokens = 512;
	assert_int_equal(plan(), 0);
}

static void what_would_push_out_as_much_is_not_copied(void **unused)
{
	(void)unused;
	w[1].reuse = w[2].reuse = 1;
	p[0].rate = p[0].outlook = p[1].rate = p[1].outlook = 0.5;
	w[0].busy = 3;
	assert_int_equal(plan(), 0);
	w[2].reuse = 0;
	assert_true(plan() > 0);
	assert_int_equal(move[0].to, 2);
}

static void who_drains_gives_what_nobody_else_has(void **unused)
{
	(void)unused;
	w[0].admits = false;
	w[0].drains = true;
	holds[0][1] = PLAN_HOLDS;
	p[1].weight = 1;
	assert_int_equal(plan(), 1);
	assert_int_equal(move[0].prefix, 1);
	assert_int_equal(move[0].reason, PLAN_DRAIN);
	assert_int_equal(move[0].from, 0);
}

static void what_nobody_asks_for_goes_with_it(void **unused)
{
	(void)unused;
	w[0].admits = false;
	w[0].drains = true;
	p[0].rate = p[0].outlook = p[1].rate = p[1].outlook = 1e-4;
	assert_int_equal(plan(), 0);
}

static void who_comes_up_is_warmed_whoever_has_time(void **unused)
{
	(void)unused;
	w[0].busy = 0.1;
	w[2].warms = true;
	assert_int_equal(plan(), 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(move[i].reason, PLAN_WARM);
		assert_int_equal(move[i].to, 2);
	}
	/* What most ask for first. */
	assert_int_equal(move[0].prefix, 1);
	assert_true(move[0].gain_ms > move[1].gain_ms);
}

static void no_more_than_allowed_is_planned(void **unused)
{
	(void)unused;
	w[1].warms = w[2].warms = true;
	q.max_moves = 1;
	assert_int_equal(plan(), 1);
	q.max_moves = 0;
	assert_int_equal(plan(), 0);
}

static void of_nothing_that_was_asked_for_there_is_no_plan(void **unused)
{
	(void)unused;
	q.prefix = NULL;
	q.n_prefixes = 0;
	assert_int_equal(plan(), 0);
}

static void busy_is_the_part_of_the_time_that_prompts_take(void **unused)
{
	struct policy_rates r = {.token_ms = 0.1};

	(void)unused;
	/* 5,000 tokens a second keep 28,854 in an amount that halves in 4 s.
	 */
	assert_true(plan_busy(&r, 28854, 0) > 0.499 &&
		    plan_busy(&r, 28854, 0) < 0.501);
	assert_true(plan_busy(&r, 0, 2500) == 0.5);
	assert_true(plan_busy(&r, 0, 0) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, begin)
		TEST(what_is_asked_for_most_leaves_who_is_busy),
		TEST(who_has_time_keeps_it),
		TEST(a_demand_that_will_be_too_much_is_met_before_it_is),
		TEST(one_sighting_is_no_demand),
		TEST(nobody_is_given_what_would_overload_him),
		TEST(who_cannot_take_it_is_left_alone),
		TEST(nobody_gives_what_is_only_coming),
		TEST(who_gives_to_two_gives_to_no_more),
		TEST(what_is_computed_as_soon_is_not_copied),
		TEST(what_would_push_out_as_much_is_not_copied),
		TEST(who_drains_gives_what_nobody_else_has),
		TEST(what_nobody_asks_for_goes_with_it),
		TEST(who_comes_up_is_warmed_whoever_has_time),
		TEST(no_more_than_allowed_is_planned),
		TEST(of_nothing_that_was_asked_for_there_is_no_plan),
		TEST(busy_is_the_part_of_the_time_that_prompts_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

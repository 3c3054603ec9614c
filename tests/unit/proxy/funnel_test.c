#include "router/proxy/funnel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define STEPS (FUNNEL_LEVELS - 1)

static uint64_t sum(const uint64_t lost[STEPS])
{
	uint64_t all = 0;

	for (size_t i = 0; i < STEPS; i++)
		all += lost[i];
	return all;
}

static void each_level_loses_what_the_next_one_lacks(void **state)
{
	const uint64_t level[FUNNEL_LEVELS] = {100, 99, 96, 80, 64, 48, 16};
	const uint64_t expected[STEPS] = {1, 3, 16, 16, 16, 32};
	uint64_t lost[STEPS];

	(void)state;
	funnel_losses(level, lost);
	assert_memory_equal(lost, expected, sizeof(lost));
	assert_int_equal(sum(lost), 100 - 16);
}

static void nothing_is_lost_of_what_is_delivered_whole(void **state)
{
	const uint64_t level[FUNNEL_LEVELS] = {64, 64, 64, 64, 64, 64, 64};
	uint64_t lost[STEPS];

	(void)state;
	funnel_losses(level, lost);
	assert_int_equal(sum(lost), 0);
}

/* What was held by a worker need not have been sent there by us. */
static void a_lower_level_raises_those_above_it(void **state)
{
	const uint64_t level[FUNNEL_LEVELS] = {100, 100, 96, 0, 96, 0, 48};
	const uint64_t expected[STEPS] = {0, 4, 0, 0, 48, 0};
	uint64_t lost[STEPS];

	(void)state;
	funnel_losses(level, lost);
	assert_memory_equal(lost, expected, sizeof(lost));
}

static void delivered_beyond_all_expectation_is_no_loss(void **state)
{
	const uint64_t level[FUNNEL_LEVELS] = {100, 0, 0, 0, 0, 0, 90};
	const uint64_t expected[STEPS] = {10};
	uint64_t lost[STEPS];

	(void)state;
	funnel_losses(level, lost);
	assert_memory_equal(lost, expected, sizeof(lost));
}

static void more_delivered_than_asked_loses_nothing(void **state)
{
	const uint64_t level[FUNNEL_LEVELS] = {100, 0, 0, 0, 0, 0, UINT64_MAX};
	uint64_t lost[STEPS];

	(void)state;
	funnel_losses(level, lost);
	assert_int_equal(sum(lost), 0);
}

static void no_level_has_more_than_was_asked(void **state)
{
	const uint64_t level[FUNNEL_LEVELS] = {10, 99, 99, 99, 99, 99, 4};
	const uint64_t expected[STEPS] = {[FUNNEL_CHOSEN] = 6};
	uint64_t lost[STEPS];

	(void)state;
	funnel_losses(level, lost);
	assert_memory_equal(lost, expected, sizeof(lost));
}

static void nothing_asked_is_nothing_lost(void **state)
{
	const uint64_t level[FUNNEL_LEVELS] = {0, 7, 7, 7, 7, 7, 7};
	uint64_t lost[STEPS];

	(void)state;
	funnel_losses(level, lost);
	assert_int_equal(sum(lost), 0);
}

static enum cells_column why(enum policy_exclusion e, double its_load,
			     double chosen_load)
{
	const struct policy_candidate best = {.exclusion = e};
	const struct policy_term its = {.load = its_load};
	const struct policy_term chosen = {.load = chosen_load};

	return funnel_passed_over(&best, &its, &chosen);
}

static void who_carries_more_is_passed_over_for_its_load(void **state)
{
	(void)state;
	assert_int_equal(why(POLICY_ALLOWED, 2, 1), CELLS_LOST_LOAD);
}

static void who_carries_no_more_is_passed_over_by_the_policy(void **state)
{
	(void)state;
	assert_int_equal(why(POLICY_ALLOWED, 1, 1), CELLS_LOST_POLICY);
	assert_int_equal(why(POLICY_ALLOWED, 0, 1), CELLS_LOST_POLICY);
}

static void who_only_prefills_is_passed_over_by_the_policy(void **state)
{
	(void)state;
	assert_int_equal(why(POLICY_ROLE, 2, 1), CELLS_LOST_POLICY);
}

static void who_is_out_is_so_whatever_it_carries(void **state)
{
	(void)state;
	assert_int_equal(why(POLICY_DOWN, 2, 1), CELLS_LOST_HEALTH);
	assert_int_equal(why(POLICY_DRAINING, 0, 1), CELLS_LOST_HEALTH);
	assert_int_equal(why(POLICY_BROKEN, 2, 1), CELLS_LOST_HEALTH);
	assert_int_equal(why(POLICY_PAUSED, 0, 1), CELLS_LOST_HEALTH);
	assert_int_equal(why(POLICY_TRIED, 2, 1), CELLS_LOST_HEALTH);
}

static void who_has_no_room_is_so_whatever_it_carries(void **state)
{
	(void)state;
	assert_int_equal(why(POLICY_FULL, 0, 1), CELLS_LOST_ADMISSION);
	assert_int_equal(why(POLICY_CROWDED, 2, 1), CELLS_LOST_ADMISSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_level_loses_what_the_next_one_lacks),
		cmocka_unit_test(nothing_is_lost_of_what_is_delivered_whole),
		cmocka_unit_test(a_lower_level_raises_those_above_it),
		cmocka_unit_test(delivered_beyond_all_expectation_is_no_loss),
		cmocka_unit_test(more_delivered_than_asked_loses_nothing),
		cmocka_unit_test(no_level_has_more_than_was_asked),
		cmocka_unit_test(nothing_asked_is_nothing_lost),
		cmocka_unit_test(who_carries_more_is_passed_over_for_its_load),
		cmocka_unit_test(
			who_carries_no_more_is_passed_over_by_the_policy),
		cmocka_unit_test(
			who_only_prefills_is_passed_over_by_the_policy),
		cmocka_unit_test(who_is_out_is_so_whatever_it_carries),
		cmocka_unit_test(who_has_no_room_is_so_whatever_it_carries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

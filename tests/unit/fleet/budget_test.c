#include "router/fleet/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/thread.h"

#define SECOND   1000
#define START_MS (UINT64_C(7654) * SECOND)

static const struct conf_retries rules = {.budget = 0.2, .min_per_second = 1};
static const struct conf_retries share_only = {.budget = 0.2};

struct bed {
	struct budget b;
	struct budget_part p;
	uint64_t now_ms;
};

static struct bed bed_of(void)
{
	return (struct bed){.now_ms = START_MS};
}

static void count(struct bed *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		budget_count(&t->b, &t->p, t->now_ms);
}

static size_t take(struct bed *t, const struct conf_retries *r, size_t n)
{
	size_t got = 0;

	for (size_t i = 0; i < n; i++)
		got += budget_take(&t->b, &t->p, r, t->now_ms);
	return got;
}

static void a_share_of_what_came_may_be_tried_again(void **state)
{
	struct bed t = bed_of();

	(void)state;
	count(&t, 1000);
	assert_int_equal(take(&t, &share_only, 1000), 200);
	assert_int_equal(take(&t, &share_only, 10), 0);
}

static void requests_that_a_lane_has_not_told_of_count_when_it_asks(
	void **state)
{
	struct bed t = bed_of();

	(void)state;
	count(&t, 5); /* too few to be told at once */
	assert_int_equal(take(&t, &share_only, 5), 1);
}

static void nothing_that_came_means_nothing_again(void **state)
{
	struct bed t = bed_of();

	(void)state;
	assert_int_equal(take(&t, &share_only, 5), 0);
}

static void a_quiet_fleet_may_retry_some_a_second(void **state)
{
	struct bed t = bed_of();

	(void)state;
	assert_int_equal(take(&t, &rules, 50), BUDGET_WINDOW_S);
	t.now_ms += SECOND;
	assert_int_equal(take(&t, &rules, 50), 0);
	t.now_ms += BUDGET_WINDOW_S * SECOND;
	assert_int_equal(take(&t, &rules, 50), BUDGET_WINDOW_S);
}

static void a_budget_of_nothing_allows_nothing(void **state)
{
	const struct conf_retries none = {.budget = 0};
	struct bed t = bed_of();

	(void)state;
	count(&t, 1000);
	assert_int_equal(take(&t, &none, 10), 0);
}

static void what_came_long_ago_does_not_count(void **state)
{
	struct bed t = bed_of();

	(void)state;
	count(&t, 1000);
	t.now_ms += BUDGET_WINDOW_S * SECOND;
	assert_int_equal(take(&t, &share_only, 1), 1);
	t.now_ms += SECOND;
	assert_int_equal(take(&t, &share_only, 10), 0);
}

static void what_is_told_too_late_is_dropped(void **state)
{
	struct bed t = bed_of();
	struct budget_part slow = {0};

	(void)state;
	budget_count(&t.b, &slow, t.now_ms);
	t.now_ms += BUDGET_SLOTS * SECOND;
	count(&t, 16);
	/* Its one request belongs to a slot that is another second's now. */
	assert_false(budget_take(&t.b, &slow, &share_only,
				 t.now_ms - BUDGET_SLOTS * SECOND));
	assert_int_equal(take(&t, &share_only, 10), 3);
}

static void a_denied_one_costs_nothing(void **state)
{
	struct bed t = bed_of();

	(void)state;
	count(&t, 5);
	assert_int_equal(take(&t, &share_only, 100), 1);
	count(&t, 5);
	assert_int_equal(take(&t, &share_only, 100), 1);
}

/* The storm of the fault book: every answer is a refusal for ten seconds,
 * at 500 requests a second, each of which would be tried three times. */
static void a_fleet_that_refuses_all_is_asked_a_fifth_more_at_most(void **state)
{
	const struct conf_retries usual = {.budget = 0.2, .min_per_second = 10};
	struct bed t = bed_of();
	size_t requests = 0, attempts = 0;

	(void)state;
	t.now_ms += 900; /* the clock's seconds are not the storm's */
	for (; requests < 5000; requests++, t.now_ms += 2) {
		count(&t, 1);
		attempts += 1 + take(&t, &usual, 2);
	}
	assert_true((double)attempts <= 1.2 * (double)requests);
	assert_true((double)attempts >= 1.15 * (double)requests);
}

#define LANES 4
#define EACH  20000

struct lane {
	struct thread thread;
	struct budget *budget;
	size_t taken;
};

static void run_lane(void *arg)
{
	struct lane *l = arg;
	struct budget_part p = {0};

	for (size_t i = 0; i < EACH; i++) {
		budget_count(l->budget, &p, START_MS);
		l->taken += budget_take(l->budget, &p, &share_only, START_MS);
	}
}

static void lanes_together_stay_within_it(void **state)
{
	struct budget b = {0};
	struct lane lane[LANES] = {0};
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < LANES; i++) {
		lane[i].budget = &b;
		thread_start(&lane[i].thread, "lane", run_lane, &lane[i]);
	}
	for (size_t i = 0; i < LANES; i++) {
		thread_join(&lane[i].thread);
		taken += lane[i].taken;
	}
	assert_true(taken <= LANES * EACH / 5);
	assert_true(taken > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_share_of_what_came_may_be_tried_again),
		cmocka_unit_test(
			requests_that_a_lane_has_not_told_of_count_when_it_asks),
		cmocka_unit_test(nothing_that_came_means_nothing_again),
		cmocka_unit_test(a_quiet_fleet_may_retry_some_a_second),
		cmocka_unit_test(a_budget_of_nothing_allows_nothing),
		cmocka_unit_test(what_came_long_ago_does_not_count),
		cmocka_unit_test(what_is_told_too_late_is_dropped),
		cmocka_unit_test(a_denied_one_costs_nothing),
		cmocka_unit_test(
			a_fleet_that_refuses_all_is_asked_a_fifth_more_at_most),
		cmocka_unit_test(lanes_together_stay_within_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

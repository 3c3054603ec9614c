#include "router/fleet/breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND 1000

static const struct conf_breaker rules = {
	.failures = 5,
	.share = 0.5,
	.window_ms = 10 * SECOND,
	.min_requests = 20,
	.open_for_ms = 4 * SECOND,
	.open_max_ms = 60 * SECOND,
	.half_open_requests = 1,
};

struct bed {
	struct breaker b;
	struct breaker_now now;
	struct conf_breaker rules;
};

static struct bed bed_of(void)
{
	return (struct bed){.now.ms = 1000 * SECOND, .rules = rules};
}

static bool miss(struct bed *t)
{
	return breaker_failed(&t->b, &t->rules, BREAKER_RESET, &t->now);
}

static bool serve(struct bed *t)
{
	return breaker_passed(&t->b, &t->rules, &t->now);
}

static bool look(struct bed *t)
{
	return breaker_look(&t->b, &t->now);
}

static void fail_times(struct bed *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		miss(t);
}

static uint64_t open_for(const struct bed *t)
{
	return t->b.until_ms - t->now.ms;
}

/* From closed to open again and again, as soon as it may be tried. */
static void reopen(struct bed *t)
{
	t->now.ms = t->b.until_ms;
	look(t);
	miss(t);
}

static void it_opens_after_failures_in_a_row(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	for (size_t i = 1; i < rules.failures; i++)
		assert_false(miss(&t));
	assert_int_equal(t.b.state, BREAKER_CLOSED);
	assert_true(miss(&t));
	assert_int_equal(t.b.state, BREAKER_OPEN);
	assert_int_equal(t.b.last, BREAKER_RESET);
	assert_int_equal(open_for(&t), rules.open_for_ms);
}

static void an_answer_in_between_breaks_the_row(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	for (size_t i = 0; i < 9; i++) {
		fail_times(&t, rules.failures - 1);
		t.now.answers++;
		t.now.ms += 11 * SECOND; /* no share of one window */
	}
	assert_int_equal(t.b.state, BREAKER_CLOSED);
}

static void it_opens_for_a_share_of_failures(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	for (size_t i = 0; i < rules.min_requests / 2 - 1; i++) {
		assert_false(miss(&t));
		t.now.answers++;
	}
	miss(&t);
	t.now.answers++;
	assert_int_equal(t.b.state, BREAKER_CLOSED);
	assert_true(miss(&t)); /* 11 of 21 */
	assert_int_equal(t.b.state, BREAKER_OPEN);
}

static void a_smaller_share_may_fail(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	for (size_t i = 0; i < 200; i++) {
		assert_false(miss(&t));
		t.now.answers += 2;
		t.now.ms += 50;
	}
	assert_int_equal(t.b.state, BREAKER_CLOSED);
}

static void what_failed_before_the_window_does_not_count(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	for (size_t i = 0; i < 200; i++) {
		assert_false(miss(&t));
		t.now.answers++;
		t.now.ms += 2 * SECOND;
	}
	assert_int_equal(t.b.state, BREAKER_CLOSED);
}

static void neither_rule_need_be_there(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	t.rules.failures = 0;
	t.rules.share = 0;
	fail_times(&t, 1000);
	assert_int_equal(t.b.state, BREAKER_CLOSED);
	t.rules.failures = 1;
	assert_true(miss(&t));
}

static void it_may_be_tried_when_its_time_is_over(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	fail_times(&t, 5);
	t.now.ms += rules.open_for_ms - 1;
	assert_false(look(&t));
	assert_int_equal(t.b.state, BREAKER_OPEN);
	t.now.ms++;
	assert_true(look(&t));
	assert_int_equal(t.b.state, BREAKER_HALF_OPEN);
	assert_false(look(&t));
}

static void a_trial_that_does_well_closes_it(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	fail_times(&t, 5);
	t.now.ms = t.b.until_ms;
	look(&t);
	assert_true(serve(&t));
	assert_int_equal(t.b.state, BREAKER_CLOSED);
	assert_false(serve(&t));
	/* And it begins to count anew. */
	for (size_t i = 1; i < rules.failures; i++)
		assert_false(miss(&t));
}

static void as_many_trials_must_do_well_as_there_are(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	t.rules.half_open_requests = 3;
	fail_times(&t, 5);
	t.now.ms = t.b.until_ms;
	look(&t);
	assert_false(serve(&t));
	assert_false(serve(&t));
	assert_int_equal(t.b.state, BREAKER_HALF_OPEN);
	assert_true(serve(&t));
	assert_int_equal(t.b.state, BREAKER_CLOSED);
}

static void one_trial_that_fails_opens_it_for_twice_as_long(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	t.rules.half_open_requests = 3;
	fail_times(&t, 5);
	t.now.ms = t.b.until_ms;
	look(&t);
	serve(&t);
	assert_true(miss(&t));
	assert_int_equal(t.b.state, BREAKER_OPEN);
	assert_int_equal(open_for(&t), 2 * rules.open_for_ms);
}

static void its_time_doubles_up_to_the_most(void **unused)
{
	struct bed t = bed_of();
	uint64_t wanted = rules.open_for_ms;

	(void)unused;
	fail_times(&t, 5);
	for (size_t i = 0; i < 100; i++) {
		assert_int_equal(open_for(&t), wanted < rules.open_max_ms
						       ? wanted
						       : rules.open_max_ms);
		if (wanted < rules.open_max_ms)
			wanted *= 2;
		reopen(&t);
	}
}

static void trouble_soon_after_it_closed_is_the_same_trouble(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	fail_times(&t, 5);
	t.now.ms = t.b.until_ms;
	look(&t);
	serve(&t);
	t.now.ms += rules.open_max_ms;
	fail_times(&t, 5);
	assert_int_equal(open_for(&t), 2 * rules.open_for_ms);
}

static void trouble_much_later_is_a_new_one(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	fail_times(&t, 5);
	t.now.ms = t.b.until_ms;
	look(&t);
	serve(&t);
	t.now.ms += rules.open_max_ms + 1;
	fail_times(&t, 5);
	assert_int_equal(open_for(&t), rules.open_for_ms);
}

static void what_was_under_way_when_it_opened_says_nothing_new(void **unused)
{
	struct bed t = bed_of();
	uint64_t until_ms;

	(void)unused;
	fail_times(&t, 5);
	until_ms = t.b.until_ms;
	t.now.ms += SECOND;
	for (size_t i = 0; i < 50; i++)
		assert_false(miss(&t));
	assert_int_equal(t.b.until_ms, until_ms);
	assert_int_equal(t.b.times, 1);
}

/* Requests go to an open one where breakers are not heeded. */
static void one_that_does_well_closes_it_even_while_it_is_open(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	fail_times(&t, 5);
	assert_true(serve(&t));
	assert_int_equal(t.b.state, BREAKER_CLOSED);
}

static void a_new_life_is_tried_at_once(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	assert_false(breaker_renew(&t.b));
	fail_times(&t, 5);
	assert_true(breaker_renew(&t.b));
	assert_int_equal(t.b.state, BREAKER_HALF_OPEN);
	assert_false(breaker_renew(&t.b));
}

static void jitter_shortens_by_a_tenth_at_most(void **unused)
{
	struct bed t = bed_of();

	(void)unused;
	t.now.jitter = 0.999;
	fail_times(&t, 5);
	assert_in_range(open_for(&t), rules.open_for_ms * 9 / 10,
			rules.open_for_ms * 9 / 10 + 10);
}

static void states_and_failures_have_names(void **unused)
{
	(void)unused;
	assert_string_equal(breaker_state_name(BREAKER_HALF_OPEN), "half_open");
	assert_string_equal(breaker_failure_name(BREAKER_BUSY), "busy");
	for (int i = 0; i < BREAKER_FAILURE_KINDS; i++)
		assert_non_null(breaker_failure_help((enum breaker_failure)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_opens_after_failures_in_a_row),
		cmocka_unit_test(an_answer_in_between_breaks_the_row),
		cmocka_unit_test(it_opens_for_a_share_of_failures),
		cmocka_unit_test(a_smaller_share_may_fail),
		cmocka_unit_test(what_failed_before_the_window_does_not_count),
		cmocka_unit_test(neither_rule_need_be_there),
		cmocka_unit_test(it_may_be_tried_when_its_time_is_over),
		cmocka_unit_test(a_trial_that_does_well_closes_it),
		cmocka_unit_test(as_many_trials_must_do_well_as_there_are),
		cmocka_unit_test(
			one_trial_that_fails_opens_it_for_twice_as_long),
		cmocka_unit_test(its_time_doubles_up_to_the_most),
		cmocka_unit_test(
			trouble_soon_after_it_closed_is_the_same_trouble),
		cmocka_unit_test(trouble_much_later_is_a_new_one),
		cmocka_unit_test(
			what_was_under_way_when_it_opened_says_nothing_new),
		cmocka_unit_test(
			one_that_does_well_closes_it_even_while_it_is_open),
		cmocka_unit_test(a_new_life_is_tried_at_once),
		cmocka_unit_test(jitter_shortens_by_a_tenth_at_most),
		cmocka_unit_test(states_and_failures_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

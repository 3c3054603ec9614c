#include "router/fleet/others.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct backlog_view nothing;

static void before_anything_was_told_ours_is_all(void **state)
{
	struct others o = {0};
	const struct backlog_view ours = {.live_tokens = 700};
	struct others_view v = others_look(&o, &ours, 1000000);

	(void)state;
	assert_true(v.running <= 0 && v.waiting <= 0);
	assert_true(v.live_tokens == 700);
}

static void what_is_told_beyond_ours_is_theirs(void **state)
{
	struct others o = {0};
	struct others_view v;

	(void)state;
	others_tell(&o, &(struct others_told){.running = 30,
					      .waiting = 10,
					      .ours = 20,
					      .used_tokens = 5000,
					      .now_ms = 1000});
	v = others_look(&o, &nothing, 1500);
	assert_true(v.running == 15 && v.waiting == 5);
}

/* Requests that were sent since the worker looked are not less than none. */
static void what_is_ours_is_not_theirs(void **state)
{
	struct others o = {0};
	struct others_view v;

	(void)state;
	others_tell(&o, &(struct others_told){.running = 3,
					      .waiting = 4,
					      .ours = 9,
					      .now_ms = 1000});
	v = others_look(&o, &nothing, 1000);
	assert_true(v.running <= 0 && v.waiting <= 0);
}

static void what_was_told_long_ago_counts_for_less(void **state)
{
	const struct backlog_view ours = {.live_tokens = 1000};
	struct others o = {0};

	(void)state;
	others_tell(&o, &(struct others_told){.running = 8,
					      .used_tokens = 9000,
					      .now_ms = 1000});
	assert_true(others_look(&o, &nothing, 3000).running == 8);
	assert_true(fabs(others_look(&o, &nothing, 9000).running - 4) < .01);
	assert_true(others_look(&o, &nothing, 9000000).running < .01);
	assert_true(fabs(others_look(&o, &ours, 9000000).live_tokens - 1000) <
		    1);
}

static void those_who_wait_will_hold_what_those_who_run_do(void **state)
{
	struct others o = {0};

	(void)state;
	others_tell(&o, &(struct others_told){.running = 30,
					      .waiting = 10,
					      .used_tokens = 6000,
					      .now_ms = 1000});
	assert_true(others_look(&o, &nothing, 1500).live_tokens == 8000);
}

static void nobody_runs_and_yet_some_wait(void **state)
{
	struct others o = {0};

	(void)state;
	others_tell(&o, &(struct others_told){.waiting = 10,
					      .used_tokens = 6000,
					      .now_ms = 1000});
	assert_true(others_look(&o, &nothing, 1500).live_tokens == 6000);
}

static void nonsense_that_is_told_has_a_bound(void **state)
{
	struct others o = {0};
	double live;

	(void)state;
	others_tell(&o, &(struct others_told){.running = 1,
					      .waiting = UINT32_MAX,
					      .used_tokens = UINT64_MAX,
					      .now_ms = 1000});
	live = others_look(&o, &nothing, 1500).live_tokens;
	assert_true(live > 0 && live <= 1e15);
}

/* A burst of twins brings the prefix once. */
static void what_came_since_counts_as_far_as_it_is_new(void **state)
{
	struct backlog_view b = {.added_tokens = 50000, .ended_tokens = 40000};
	struct others o = {0};

	(void)state;
	others_tell(&o, &(struct others_told){.used_tokens = 8000,
					      .backlog = b,
					      .now_ms = 1000});
	b.live_tokens = 900000;
	b.added_tokens += 300;
	assert_true(others_look(&o, &b, 1500).live_tokens == 8300);
	b.ended_tokens += 300;
	assert_true(others_look(&o, &b, 1500).live_tokens == 8000);
	b.ended_tokens += 90000;
	assert_true(others_look(&o, &b, 1500).live_tokens <= 0);
}

static void shared_prefixes_are_seen_where_all_is_ours(void **state)
{
	struct backlog_view b = {.live_tokens = 10000};
	struct others o = {0};
	struct others_told t = {.running = 10,
				.ours = 10,
				.used_tokens = 4000,
				.backlog = b,
				.now_ms = 1000};

	(void)state;
	for (int i = 0; i < 30; i++)
		others_tell(&o, &t);
	b.ended_tokens += 5000;
	assert_true(fabs(others_look(&o, &b, 1000).live_tokens - 2000) < 50);
	/* Another's load says nothing about ours. */
	t.running = 20;
	t.used_tokens = 9000;
	others_tell(&o, &t);
	assert_true(fabs(others_look(&o, &b, 1000).live_tokens - 7000) < 50);
}

/* Of its tokens, half is what each request holds alone. */
static struct others with_shared_prefixes(void)
{
	struct others o = {0};

	for (int i = 0; i < 60; i++)
		others_tell(&o, &(struct others_told){
					.running = 10,
					.ours = 10,
					.used_tokens = 5000,
					.backlog = {.live_tokens = 10000},
					.now_ms = 1000,
				});
	return o;
}

static void what_is_cached_comes_into_use_when_it_is_asked_for_again(
	void **state)
{
	struct others o = with_shared_prefixes();
	struct others_sent turn = {.live = 20000, .computed = 1000};

	(void)state;
	assert_true(fabs(others_brings(&o, &turn) - 10000) < 50);
}

static void what_others_under_way_have_comes_into_use_once(void **state)
{
	struct others o = {0};
	struct others_sent twin = {
		.live = 8500, .computed = 500, .shared = 8000};

	(void)state;
	assert_true(fabs(others_brings(&o, &twin) - 500) < 1e-9);
	o = with_shared_prefixes();
	assert_true(fabs(others_brings(&o, &twin) - 500) < 1e-9);
}

static void what_is_computed_comes_into_use_however_much_is_shared(void **state)
{
	struct others o = with_shared_prefixes();
	struct others_sent cold = {.live = 9000, .computed = 9000};

	(void)state;
	assert_true(fabs(others_brings(&o, &cold) - 9000) < 1e-9);
	cold.shared = 20000; /* more than it has */
	assert_true(fabs(others_brings(&o, &cold) - 9000) < 1e-9);
}

/* One look after the other, a second apart. */
static uint32_t most_after(struct others *o, const uint32_t (*look)[2],
			   size_t n, uint64_t from_ms)
{
	for (size_t i = 0; i < n; i++)
		others_tell(
			o, &(struct others_told){.running = look[i][0],
						 .waiting = look[i][1],
						 .ours = 1000,
						 .now_ms = from_ms + 1000 * i});
	return others_look(o, &nothing, from_ms).max_running;
}

static const uint32_t full[][2] = {{198, 0}, {200, 1}, {200, 9}, {200, 20}};

static void one_that_is_full_shows_how_many_it_runs(void **state)
{
	struct others o = {0};

	(void)state;
	assert_int_equal(most_after(&o, full, 3, 1000), 0);
	o = (struct others){0};
	assert_int_equal(most_after(&o, full, 4, 1000), 200);
	assert_int_equal(most_after(&o, full, 1, 60000), 200);
}

static void a_usual_limit_shows_at_once(void **state)
{
	static const uint32_t usual[][2] = {{256, 1}};
	static const uint32_t empty[][2] = {{256, 0}};
	static const uint32_t few[][2] = {{64, 1}};
	struct others o = {0};

	(void)state;
	assert_int_equal(most_after(&o, few, 1, 1000), 0);
	assert_int_equal(most_after(&o, empty, 1, 2000), 0);
	assert_int_equal(most_after(&o, usual, 1, 3000), 256);
}

static void one_that_fills_up_does_not(void **state)
{
	static const uint32_t more[][2] = {
		{250, 9}, {251, 9}, {250, 9}, {252, 9}};
	static const uint32_t at_ease[][2] = {
		{200, 0}, {200, 0}, {200, 3}, {200, 0}};
	static const uint32_t few[][2] = {{3, 9}, {3, 9}, {3, 9}, {3, 9}};
	struct others o = {0};

	(void)state;
	assert_int_equal(most_after(&o, more, 4, 1000), 0);
	assert_int_equal(most_after(&o, at_ease, 4, 10000), 0);
	assert_int_equal(most_after(&o, few, 4, 20000), 0);
}

static void one_that_runs_more_has_another_limit(void **state)
{
	static const uint32_t more[][2] = {{201, 0}};
	static const uint32_t less[][2] = {{120, 5}, {120, 5}, {120, 5}};
	struct others o = {0};

	(void)state;
	most_after(&o, full, 4, 1000);
	assert_int_equal(most_after(&o, more, 1, 10000), 0);
	most_after(&o, full, 4, 20000);
	assert_int_equal(most_after(&o, less, 3, 30000), 120);
}

static void a_limit_not_met_for_long_is_forgotten(void **state)
{
	static const uint32_t less[][2] = {{100, 0}};
	struct others o = {0};

	(void)state;
	most_after(&o, full, 4, 1000);
	assert_int_equal(most_after(&o, less, 1, 1800000), 200);
	assert_int_equal(most_after(&o, less, 1, 3700000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_anything_was_told_ours_is_all),
		cmocka_unit_test(what_is_told_beyond_ours_is_theirs),
		cmocka_unit_test(what_is_ours_is_not_theirs),
		cmocka_unit_test(what_was_told_long_ago_counts_for_less),
		cmocka_unit_test(
			those_who_wait_will_hold_what_those_who_run_do),
		cmocka_unit_test(nobody_runs_and_yet_some_wait),
		cmocka_unit_test(nonsense_that_is_told_has_a_bound),
		cmocka_unit_test(what_came_since_counts_as_far_as_it_is_new),
		cmocka_unit_test(one_that_is_full_shows_how_many_it_runs),
		cmocka_unit_test(a_usual_limit_shows_at_once),
		cmocka_unit_test(one_that_fills_up_does_not),
		cmocka_unit_test(one_that_runs_more_has_another_limit),
		cmocka_unit_test(a_limit_not_met_for_long_is_forgotten),
		cmocka_unit_test(
			what_is_cached_comes_into_use_when_it_is_asked_for_again),
		cmocka_unit_test(
			what_others_under_way_have_comes_into_use_once),
		cmocka_unit_test(
			what_is_computed_comes_into_use_however_much_is_shared),
		cmocka_unit_test(shared_prefixes_are_seen_where_all_is_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

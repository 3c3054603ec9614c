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
		cmocka_unit_test(shared_prefixes_are_seen_where_all_is_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/policy/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int run(struct trial *t, uint64_t session)
{
	t->q.session = session;
	return trial_run(t, "session");
}

static uint64_t session_of(uint64_t i)
{
	return (i + 1) * 0xbf58476d1ce4e5b9u;
}

static void a_session_stays(void **unused)
{
	struct trial t = trial_of(8);
	int first = run(&t, 42);

	(void)unused;
	for (int i = 0; i < 20; i++)
		assert_int_equal(run(&t, 42), first);
	assert_string_equal(t.d.reason, "session");
}

static void sessions_are_spread_evenly(void **unused)
{
	struct trial t = trial_of(8);
	unsigned served[8] = {0};

	(void)unused;
	for (uint64_t i = 0; i < 8000; i++)
		served[run(&t, session_of(i))]++;
	for (int i = 0; i < 8; i++)
		assert_in_range(served[i], 850, 1150);
}

static void names_and_sessions_that_count_up_are_spread_too(void **unused)
{
	struct trial t = trial_of(8);
	unsigned served[8] = {0};

	(void)unused;
	for (size_t i = 0; i < 8; i++)
		t.c[i].name_hash = i;
	for (uint64_t i = 1; i <= 8000; i++)
		served[run(&t, i)]++;
	for (int i = 0; i < 8; i++)
		assert_in_range(served[i], 850, 1150);
}

static void a_worker_that_goes_moves_only_its_own(void **unused)
{
	struct trial t = trial_of(8);

	(void)unused;
	for (uint64_t i = 0; i < 2000; i++) {
		int before, after;

		t.c[3].exclusion = POLICY_ALLOWED;
		before = run(&t, session_of(i));
		t.c[3].exclusion = POLICY_DOWN;
		after = run(&t, session_of(i));
		if (before != 3)
			assert_int_equal(after, before);
		else
			assert_int_not_equal(after, 3);
	}
}

static void a_few_requests_do_not_move_a_session(void **unused)
{
	struct trial t = trial_of(8);
	int first = run(&t, 7);

	(void)unused;
	t.c[first].inflight = 3;
	assert_int_equal(run(&t, 7), first);
}

static void a_worker_over_its_share_is_passed_over(void **unused)
{
	struct trial t = trial_of(4);
	int first = run(&t, 7), second;

	(void)unused;
	for (int i = 0; i < 4; i++)
		t.c[i].inflight = 10;
	assert_int_equal(run(&t, 7), first);
	t.c[first].inflight = 30;
	second = run(&t, 7);
	assert_int_not_equal(second, first);
	assert_string_equal(t.d.reason, "session, by load");
	/* Always to the same other one. */
	assert_int_equal(run(&t, 7), second);
}

static void all_over_their_share_still_serve(void **unused)
{
	struct trial t = trial_of(1);

	(void)unused;
	t.c[0].inflight = 1000;
	assert_int_equal(run(&t, 7), 0);
}

static void no_session_goes_by_load(void **unused)
{
	struct trial t = trial_of(3);

	(void)unused;
	t.c[0].inflight = 1;
	t.c[2].inflight = 1;
	assert_int_equal(run(&t, 0), 1);
	assert_string_equal(t.d.reason, "least load");
}

static void one_that_comes_back_takes_its_sessions_one_by_one(void **unused)
{
	struct trial t = trial_of(4);
	unsigned before = 0, then = 0;

	(void)unused;
	for (size_t i = 0; i < 4; i++)
		t.c[i].inflight = 10;
	for (uint64_t i = 0; i < 500; i++) {
		t.c[2].slow_start = 0;
		before += run(&t, session_of(i)) == 2;
		t.c[2].slow_start = 0.9;
		then += run(&t, session_of(i)) == 2;
	}
	assert_true(before > 50);
	assert_int_equal(then, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			one_that_comes_back_takes_its_sessions_one_by_one),
		cmocka_unit_test(a_session_stays),
		cmocka_unit_test(sessions_are_spread_evenly),
		cmocka_unit_test(
			names_and_sessions_that_count_up_are_spread_too),
		cmocka_unit_test(a_worker_that_goes_moves_only_its_own),
		cmocka_unit_test(a_few_requests_do_not_move_a_session),
		cmocka_unit_test(a_worker_over_its_share_is_passed_over),
		cmocka_unit_test(all_over_their_share_still_serve),
		cmocka_unit_test(no_session_goes_by_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

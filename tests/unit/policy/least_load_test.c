#include "tests/unit/policy/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int run(struct trial *t)
{
	return trial_run(t, "least_load");
}

static void tokens_count_and_not_only_requests(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	t.c[0].inflight = 1;
	t.c[0].inflight_tokens = 100000;
	t.c[1].inflight = 5;
	t.c[1].inflight_tokens = 500;
	assert_int_equal(run(&t), 1);
}

static void requests_without_tokens_count(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	t.c[0].inflight = 2;
	t.c[1].inflight = 1;
	assert_int_equal(run(&t), 1);
}

static void what_the_worker_says_counts_where_it_is_more(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	t.c[0].inflight = 3;
	t.c[1].inflight = 1;
	t.c[1].running = 2;
	t.c[1].waiting = 2;
	assert_int_equal(run(&t), 0);
}

static void an_idle_fleet_is_gone_round(void **unused)
{
	struct trial t = trial_of(3);
	unsigned served[3] = {0};

	(void)unused;
	for (int i = 0; i < 30; i++)
		served[run(&t)]++;
	for (int i = 0; i < 3; i++)
		assert_int_equal(served[i], 10);
}

static void numbers_at_their_limits_do_no_harm(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	t.c[0].inflight = UINT32_MAX;
	t.c[0].running = UINT32_MAX;
	t.c[0].waiting = UINT32_MAX;
	t.c[0].inflight_tokens = UINT64_MAX;
	assert_int_equal(run(&t), 1);
}

static void one_that_comes_back_looks_busier_than_it_is(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	t.c[1].slow_start = 0.9;
	assert_int_equal(run(&t), 0);
	t.c[0].inflight = 8;
	assert_int_equal(run(&t), 0);
	t.c[0].inflight = 10;
	assert_int_equal(run(&t), 1);
	t.c[1].inflight = 1;
	assert_int_equal(run(&t), 0);
}

static void what_it_looks_like_fades(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	t.c[0].inflight = 2;
	t.c[1].slow_start = 0.9;
	assert_int_equal(run(&t), 0);
	t.c[1].slow_start = 0.1;
	assert_int_equal(run(&t), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_comes_back_looks_busier_than_it_is),
		cmocka_unit_test(what_it_looks_like_fades),
		cmocka_unit_test(tokens_count_and_not_only_requests),
		cmocka_unit_test(requests_without_tokens_count),
		cmocka_unit_test(what_the_worker_says_counts_where_it_is_more),
		cmocka_unit_test(an_idle_fleet_is_gone_round),
		cmocka_unit_test(numbers_at_their_limits_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

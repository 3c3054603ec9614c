#include "tests/unit/policy/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int run(struct trial *t)
{
	return trial_run(t, "kv_aware");
}

static void the_holder_of_the_prefix_serves(void **unused)
{
	struct trial t = trial_of(4);

	(void)unused;
	trial_prompt(&t, 8000);
	t.c[2].held_blocks = 400;
	for (int i = 0; i < 8; i++)
		assert_int_equal(run(&t), 2);
	assert_string_equal(t.d.reason, "cache");
	assert_true(t.term[2].prefill < t.term[1].prefill);
}

static void a_busy_holder_gives_way_when_computing_is_cheaper(void **unused)
{
	struct trial t = trial_of(4);

	(void)unused;
	trial_prompt(&t, 1000);
	t.c[0].held_blocks = 60;
	t.c[0].inflight = 40;
	t.c[0].running = 40;
	t.c[0].inflight_tokens = 40000;
	assert_int_not_equal(run(&t), 0);
	assert_string_equal(t.d.reason, "load over cache");
}

static void a_long_prefix_outweighs_the_same_load(void **unused)
{
	struct trial t = trial_of(4);

	(void)unused;
	trial_prompt(&t, 100000);
	t.c[0].held_blocks = 6200;
	t.c[0].inflight = 40;
	t.c[0].running = 40;
	t.c[0].inflight_tokens = 40000;
	assert_int_equal(run(&t), 0);
}

static void one_hot_worker_leaves_the_others_their_affinity(void **unused)
{
	struct trial t = trial_of(8);

	(void)unused;
	trial_prompt(&t, 4000);
	t.c[0].inflight = 200;
	t.c[0].inflight_tokens = 500000;
	t.c[5].held_blocks = 200;
	assert_int_equal(run(&t), 5);
}

static void cold_prompts_go_round_an_idle_fleet(void **unused)
{
	struct trial t = trial_of(8);
	unsigned served[8] = {0};

	(void)unused;
	trial_prompt(&t, 3000);
	for (int i = 0; i < 80; i++)
		served[run(&t)]++;
	for (int i = 0; i < 8; i++)
		assert_int_equal(served[i], 10);
	assert_string_equal(t.d.reason, "least load");
}

static void a_rhythm_of_warm_and_cold_prompts_starves_nobody(void **unused)
{
	struct trial t = trial_of(4);
	unsigned served[4] = {0};

	(void)unused;
	for (int i = 0; i < 80; i++) {
		trial_prompt(&t, 3000);
		t.c[0].held_blocks = i % 2 ? 180 : 0;
		int w = run(&t);

		if (i % 2 == 0)
			served[w]++;
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(served[i], 10);
}

static void a_twin_waits_for_what_its_twin_computes(void **unused)
{
	struct trial t = trial_of(4);

	(void)unused;
	trial_prompt(&t, 10000);
	t.c[1].approx_blocks = 600;
	t.c[1].inflight = 1;
	t.c[1].inflight_tokens = 10000;
	assert_int_equal(run(&t), 1);
}

static void many_twins_are_shared_out(void **unused)
{
	struct trial t = trial_of(4);
	unsigned served[4] = {0};

	(void)unused;
	trial_prompt(&t, 10000);
	for (int i = 0; i < 200; i++) {
		int w = run(&t);

		served[w]++;
		t.c[w].inflight++;
		t.c[w].inflight_tokens += t.c[w].approx_blocks ? 400 : 10000;
		t.c[w].approx_blocks = 600;
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(served[i], 30, 70);
}

static void recent_work_tells_idle_workers_apart(void **unused)
{
	struct trial t = trial_of(4);

	(void)unused;
	/* A system prompt that everybody sends: 32 blocks of 2,000 tokens. */
	trial_prompt(&t, 2000);
	t.c[0].held_blocks = 32;
	assert_int_equal(run(&t), 0);
	t.c[0].recent_tokens = 12000;
	assert_int_not_equal(run(&t), 0);
}

static void recent_work_does_not_tear_a_session_away(void **unused)
{
	struct trial t = trial_of(4);

	(void)unused;
	trial_prompt(&t, 60000);
	t.c[0].held_blocks = 3700;
	t.c[0].recent_tokens = 30000;
	assert_int_equal(run(&t), 0);
}

static void a_full_memory_turns_prompts_away(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	trial_prompt(&t, 2000);
	t.c[0].held_blocks = 60;
	t.c[0].kv_usage = 0.5;
	assert_int_equal(run(&t), 0);
	t.c[0].kv_usage = 0.97;
	assert_int_equal(run(&t), 1);
}

static void host_memory_is_worth_less_than_the_gpu(void **unused)
{
	struct trial t = trial_of(3);

	(void)unused;
	trial_prompt(&t, 2000);
	t.c[1].other_blocks = 100;
	assert_int_equal(run(&t), 1);
	t.c[2].held_blocks = 100;
	assert_int_equal(run(&t), 2);
}

static void events_are_believed_before_what_was_routed(void **unused)
{
	struct trial t = trial_of(3);

	(void)unused;
	trial_prompt(&t, 2000);
	t.c[0].approx_blocks = 100;
	t.c[1].held_blocks = 100;
	assert_int_equal(run(&t), 1);
}

static void without_events_what_was_routed_counts(void **unused)
{
	struct trial t = trial_of(3);

	(void)unused;
	trial_prompt(&t, 2000);
	t.c[2].exact = false;
	t.c[2].approx_blocks = 100;
	assert_int_equal(run(&t), 2);
}

static void an_unknown_prompt_goes_by_load(void **unused)
{
	struct trial t = trial_of(3);

	(void)unused;
	t.c[0].inflight = 3;
	t.c[1].waiting = 2;
	assert_int_equal(run(&t), 2);
	assert_string_equal(t.d.reason, "least load");
}

static void what_the_worker_says_counts_without_our_own(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	trial_prompt(&t, 100);
	t.c[0].running = 12; /* another gateway's */
	assert_int_equal(run(&t), 1);
}

/* However load grows, the choice turns once, and not at a fixed point:
 * later for longer prefixes. */
static uint64_t load_that_turns(size_t tokens)
{
	struct trial t = trial_of(2);
	uint64_t turned = 0;

	trial_prompt(&t, tokens);
	t.c[0].held_blocks = (uint32_t)t.q.prompt_blocks;
	for (uint64_t load = 0; load < 300000; load += 100) {
		t.c[0].inflight_tokens = load;
		int w = run(&t);

		if (turned == 0 && w == 1)
			turned = load;
		assert_int_equal(w, turned == 0 ? 0 : 1);
	}
	return turned;
}

static void there_is_no_cliff(void **unused)
{
	uint64_t a = load_that_turns(1000), b = load_that_turns(10000),
		 c = load_that_turns(100000);

	(void)unused;
	assert_true(a > 0 && b > 5 * a && c > 5 * b);
}

static void one_that_comes_back_is_spared(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	trial_prompt(&t, 4000);
	t.c[1].slow_start = 0.9;
	t.c[0].inflight_tokens = 20000;
	assert_int_equal(run(&t), 0);
	t.c[1].slow_start = 0;
	assert_int_equal(run(&t), 1);
}

static void one_that_comes_back_helps_where_others_drown(void **unused)
{
	struct trial t = trial_of(2);

	(void)unused;
	trial_prompt(&t, 4000);
	t.c[1].slow_start = 0.9;
	t.c[0].inflight_tokens = 100000;
	assert_int_equal(run(&t), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_comes_back_is_spared),
		cmocka_unit_test(one_that_comes_back_helps_where_others_drown),
		cmocka_unit_test(the_holder_of_the_prefix_serves),
		cmocka_unit_test(
			a_busy_holder_gives_way_when_computing_is_cheaper),
		cmocka_unit_test(a_long_prefix_outweighs_the_same_load),
		cmocka_unit_test(
			one_hot_worker_leaves_the_others_their_affinity),
		cmocka_unit_test(cold_prompts_go_round_an_idle_fleet),
		cmocka_unit_test(
			a_rhythm_of_warm_and_cold_prompts_starves_nobody),
		cmocka_unit_test(a_twin_waits_for_what_its_twin_computes),
		cmocka_unit_test(many_twins_are_shared_out),
		cmocka_unit_test(recent_work_tells_idle_workers_apart),
		cmocka_unit_test(recent_work_does_not_tear_a_session_away),
		cmocka_unit_test(a_full_memory_turns_prompts_away),
		cmocka_unit_test(host_memory_is_worth_less_than_the_gpu),
		cmocka_unit_test(events_are_believed_before_what_was_routed),
		cmocka_unit_test(without_events_what_was_routed_counts),
		cmocka_unit_test(an_unknown_prompt_goes_by_load),
		cmocka_unit_test(what_the_worker_says_counts_without_our_own),
		cmocka_unit_test(there_is_no_cliff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

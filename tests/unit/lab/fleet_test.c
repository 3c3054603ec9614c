/* A small part of what the lab measures, where it is plain. */
#include "tests/lab/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lab/rival.h"

static struct fleet_result run(const struct load *l, const struct policy *p,
			       double speed)
{
	struct fleet_run r = {
		.load = l,
		.policy = p,
		.options = {.load_weight = 1,
			    .bounded_load = 1.25,
			    .prefix_threshold = .5,
			    .imbalance_abs = 32,
			    .imbalance_rel = 1.1},
		.speed = speed,
		.event_delay_s = .05,
		.warm_up = FLEET_WARM_UP,
		.can_fetch = rival_fetches(p),
	};
	struct fleet_result out;

	fleet_run(&r, &out);
	return out;
}

static struct load *load_of(const struct load_kind *k, size_t workers)
{
	struct load *l = load_create(k, workers, NULL, 1);

	assert_non_null(l);
	return l;
}

static void cost_beats_the_naive_on_agents(void **unused)
{
	static const char *const naive[] = {"round_robin", "random",
					    "least_load", "session"};
	struct load *l = load_of(&load_l4_agents, 4);
	struct fleet_result ours = run(l, &policy_cost, 1.5);

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(naive); i++) {
		struct fleet_result theirs;

		theirs = run(l, policy_find(slice_of(naive[i])), 1.5);
		assert_true(ours.good >= theirs.good);
		assert_true(ours.ttft_p99_s <= theirs.ttft_p99_s);
		assert_true(ours.hits >= theirs.hits);
	}
	assert_true(ours.held);
	load_destroy(&l);
}

static void cost_does_not_copy_hot_prefixes_everywhere(void **unused)
{
	struct load *l = load_of(&load_shared_prefix, 8);
	struct fleet_result ours = run(l, &policy_cost, 1.4);
	struct fleet_result greedy = run(l, &rival_greedy, 1.4);

	(void)unused;
	assert_true(ours.held);
	assert_false(greedy.held);
	load_destroy(&l);
}

static void the_same_run_gives_the_same_result(void **unused)
{
	struct load *l = load_of(&load_l4_agents, 2);
	struct fleet_result a = run(l, &policy_cost, 1);
	struct fleet_result b = run(l, &policy_cost, 1);

	(void)unused;
	assert_memory_equal(&a, &b, sizeof(a));
	load_destroy(&l);
}

static void all_that_is_asked_is_answered(void **unused)
{
	struct load *l = load_of(&load_l4_agents, 2);

	(void)unused;
	for (size_t i = 0; rival_at(i) != NULL; i++) {
		struct fleet_result r = run(l, rival_at(i), 2);

		assert_int_equal(r.n, l->n - (size_t)(.2 * (double)l->n));
	}
	load_destroy(&l);
}

static void a_trace_that_is_absent_is_skipped(void **unused)
{
	(void)unused;
	assert_null(load_create(&load_mooncake_chat, 8, "/nowhere", 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cost_beats_the_naive_on_agents),
		cmocka_unit_test(cost_does_not_copy_hot_prefixes_everywhere),
		cmocka_unit_test(the_same_run_gives_the_same_result),
		cmocka_unit_test(all_that_is_asked_is_answered),
		cmocka_unit_test(a_trace_that_is_absent_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/decision/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/decision/recorded.h"

static void what_another_policy_would_do_is_told_beside(void **unused)
{
	const struct conf_model m = model_of("kv_aware");
	const struct decision_line l = line_of("a", 0), e = end_of("a");
	struct replay r;

	(void)unused;
	replay_init(&r, &m);
	replay_decision(&r, &l);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.same, 0);
	assert_int_equal(r.recorded.held_tokens, 0);
	assert_int_equal(r.again.held_tokens, 992);
	assert_int_equal(r.best_held_tokens, 992);
	assert_true(r.again.cost.sum < r.recorded.cost.sum);
	/* Times are those that were recorded, as kv_aware tells none. */
	assert_true(replay_mean_of(&r.recorded.first) == 50);
	assert_true(replay_mean_of(&r.again.first) == 22);
	assert_true(replay_ended(&r, &e));
	assert_int_equal(r.goes.n, 1);
	assert_int_equal(r.goes.cached_tokens, 960);
	assert_true(replay_mean_of(&r.goes.ttfb_ms) == 40);
	assert_int_equal(r.stays.n, 0);
	replay_fini(&r);
}

static void the_same_policy_decides_the_same(void **unused)
{
	const struct conf_model m = model_of("kv_aware");
	struct replay r;

	(void)unused;
	replay_init(&r, &m);
	for (int i = 0; i < 10; i++) {
		const struct decision_line l = line_of("a", 1);

		replay_decision(&r, &l);
	}
	assert_int_equal(r.same, 10);
	assert_true(replay_imbalance(&r, false) == 1);
	replay_fini(&r);
}

static void shares_of_workers_are_counted_on_both_sides(void **unused)
{
	const struct conf_model m = model_of("round_robin");
	struct replay r;

	(void)unused;
	replay_init(&r, &m);
	for (int i = 0; i < 10; i++) {
		const struct decision_line l = line_of("a", i == 0);

		replay_decision(&r, &l);
	}
	assert_int_equal(r.n_workers, 2);
	assert_int_equal(r.worker[0]->recorded + r.worker[1]->recorded, 10);
	assert_int_equal(r.worker[0]->again, 5);
	assert_int_equal(r.worker[1]->again, 5);
	assert_true(replay_imbalance(&r, false) == 1.8);
	assert_true(replay_imbalance(&r, true) == 1);
	replay_fini(&r);
}

static void an_end_without_a_decision_is_nobodys(void **unused)
{
	const struct conf_model m = model_of("cost");
	const struct decision_line l = line_of("a", 0);
	const struct decision_line a = end_of("a"), b = end_of("b");
	struct replay r;

	(void)unused;
	replay_init(&r, &m);
	assert_false(replay_ended(&r, &a));
	replay_decision(&r, &l);
	replay_decision(&r, &l);
	assert_false(replay_ended(&r, &b));
	assert_true(replay_ended(&r, &a));
	assert_false(replay_ended(&r, &a));
	assert_int_equal(r.goes.n + r.stays.n, 1);
	replay_fini(&r);
}

static void what_old_logs_tell_of_pairs_is_left_out(void **unused)
{
	const struct conf_model m = model_of("cost");
	struct decision_line l = line_of("a", 0);
	const struct decision_line e = end_of("a");
	struct replay r;

	(void)unused;
	l.prefill = 1;
	replay_init(&r, &m);
	replay_decision(&r, &l);
	assert_int_equal(r.n, 0);
	assert_int_equal(r.split, 1);
	assert_false(replay_ended(&r, &e));
	replay_fini(&r);
}

static void a_pair_is_decided_on_again(void **unused)
{
	const struct conf_model m = model_of("cost");
	struct decision_line l;
	const struct decision_line e = end_of("a");
	struct replay r;

	(void)unused;
	l = pair_line_of("a", 0, 2);
	replay_init(&r, &m);
	replay_decision(&r, &l);
	assert_int_equal(r.same, 1);
	/* The other prefill worker has come to hold all of it. */
	pair_candidate[1].held_blocks = 499;
	replay_decision(&r, &l);
	/* Or the decode worker has. */
	l = pair_line_of("a", 0, 2);
	pair_candidate[2].held_blocks = 499;
	replay_decision(&r, &l);
	assert_int_equal(r.n, 3);
	assert_int_equal(r.same, 1);
	assert_int_equal(r.split, 0);
	assert_int_equal(r.pairs.n, 3);
	assert_int_equal(r.pairs.recorded, 3);
	assert_int_equal(r.pairs.again, 2);
	assert_int_equal(r.pairs.to[AGAIN_PREFILL], 1);
	assert_int_equal(r.pairs.to[AGAIN_ALONE], 1);
	assert_true(r.again.cost.sum < r.recorded.cost.sum);
	assert_true(r.again.first.sum < r.recorded.first.sum);
	assert_int_equal(r.again.first.n, 3);
	assert_true(replay_ended(&r, &e));
	replay_fini(&r);
}

static void one_alone_may_become_a_pair(void **unused)
{
	const struct conf_model m = model_of("kv_aware");
	const struct decision_line l = pair_line_of("a", -1, 2);
	struct replay r;

	(void)unused;
	replay_init(&r, &m);
	replay_decision(&r, &l);
	assert_int_equal(r.same, 0);
	assert_int_equal(r.pairs.to[AGAIN_SPLIT], 1);
	assert_int_equal(r.pairs.again, 1);
	/* Tokens and milliseconds are not compared. */
	assert_int_equal(r.again.cost.n, 0);
	assert_int_equal(r.recorded.cost.n, 0);
	assert_true(replay_mean_of(&r.again.first) > 0);
	replay_fini(&r);
}

static void nobody_is_a_decision_too(void **unused)
{
	const struct conf_model m = model_of("cost");
	struct decision_line l = line_of("a", -1);
	const struct decision_line e = end_of("a");
	struct replay r;

	(void)unused;
	replay_init(&r, &m);
	candidate[0].exclusion = candidate[1].exclusion = POLICY_DOWN;
	replay_decision(&r, &l);
	l.query.n = 0;
	replay_decision(&r, &l);
	assert_int_equal(r.same, 2);
	assert_int_equal(r.recorded.nobody, 2);
	assert_int_equal(r.again.nobody, 2);
	assert_false(replay_ended(&r, &e));
	assert_true(replay_imbalance(&r, true) == 0);
	assert_true(replay_mean_of(&r.again.cost) == 0);
	replay_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_another_policy_would_do_is_told_beside),
		cmocka_unit_test(the_same_policy_decides_the_same),
		cmocka_unit_test(shares_of_workers_are_counted_on_both_sides),
		cmocka_unit_test(an_end_without_a_decision_is_nobodys),
		cmocka_unit_test(what_old_logs_tell_of_pairs_is_left_out),
		cmocka_unit_test(a_pair_is_decided_on_again),
		cmocka_unit_test(one_alone_may_become_a_pair),
		cmocka_unit_test(nobody_is_a_decision_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

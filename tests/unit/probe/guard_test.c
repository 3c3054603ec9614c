#include "router/probe/guard.h"

#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define WORKERS 4
#define LONG_MS 3600000

struct bed {
	struct loop loop;
	struct metrics *metrics;
	struct guard *guard;
	struct conf conf;
	struct conf_model model;
	struct conf_worker worker[WORKERS];
	struct fleet *fleet;
};

static const char *const name[WORKERS] = {"w0", "w1", "w2", "w3"};

static struct fleet *make_fleet(struct bed *b, struct fleet *old)
{
	struct error err;
	struct fleet *f = fleet_create(&b->conf, old, &err);

	assert_non_null(f);
	return f;
}

static int set_up(void **state)
{
	static struct bed b;

	memset(&b, 0, sizeof(b));
	loop_init(&b.loop);
	b.metrics = metrics_create("1", "c");
	ref_init(&b.conf.ref); /* held by the test for good */
	b.conf.model = &b.model;
	b.conf.n_models = 1;
	b.conf.slow_start_ms = LONG_MS;
	b.conf.breaker = (struct conf_breaker){
		.failures = 2,
		.window_ms = LONG_MS,
		.min_requests = 1000,
		.open_for_ms = LONG_MS,
		.open_max_ms = LONG_MS,
		.half_open_requests = 1,
		.max_ejected = 0.5,
		.max_pause_ms = LONG_MS,
	};
	b.model = (struct conf_model){.name = (char *)"m",
				      .worker = b.worker,
				      .n_workers = WORKERS,
				      .block_size = 16};
	for (size_t i = 0; i < WORKERS; i++)
		b.worker[i] = (struct conf_worker){.name = (char *)name[i],
						   .url = (char *)name[i]};
	b.fleet = make_fleet(&b, NULL);
	b.guard = guard_create(&b.loop, b.metrics);
	guard_set_fleet(b.guard, b.fleet);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	guard_destroy(&b->guard);
	fleet_unref(&b->fleet);
	metrics_destroy(&b->metrics);
	loop_fini(&b->loop);
	return 0;
}

static struct worker *at(struct bed *b, size_t i)
{
	return b->fleet->worker[i];
}

static enum gate gate(struct bed *b, size_t i)
{
	return at(b, i)->gate;
}

static void miss(struct bed *b, size_t i)
{
	const struct worker_report r = {.failure = BREAKER_RESET};

	guard_report(b->guard, at(b, i), &r);
}

static void break_it(struct bed *b, size_t i)
{
	miss(b, i);
	miss(b, i);
}

static void serve(struct bed *b, size_t i)
{
	const struct worker_report r = {.passed = true};

	guard_report(b->guard, at(b, i), &r);
}

static void ask_for_pause(struct bed *b, size_t i, uint64_t ms)
{
	const struct worker_report r = {.failure = BREAKER_BUSY,
					.pause_ms = ms};

	guard_report(b->guard, at(b, i), &r);
}

static void set_health(struct bed *b, size_t i, enum worker_health h)
{
	at(b, i)->health = h;
	guard_refresh(b->guard);
}

static void run_until(struct bed *b, size_t i, enum gate wanted)
{
	uint64_t end_ms = clock_ms() + 20000;

	while (gate(b, i) != wanted && clock_ms() < end_ms)
		loop_turn(&b->loop, true);
	assert_int_equal(gate(b, i), wanted);
}

static double transitions(struct bed *b, const char *to, const char *why)
{
	return metric_value(metrics_cell(b->metrics, METRICS_BREAKER_CHANGES,
					 "w0", to, why));
}

static void all_admit_at_first(void **state)
{
	for (size_t i = 0; i < WORKERS; i++)
		assert_int_equal(gate(*state, i), GATE_ADMITS);
}

static void a_worker_that_fails_is_out_and_its_neighbours_are_not(void **state)
{
	struct bed *b = *state;

	miss(b, 0);
	assert_int_equal(gate(b, 0), GATE_ADMITS);
	miss(b, 0);
	assert_int_equal(gate(b, 0), GATE_BROKEN);
	assert_int_equal(gate(b, 1), GATE_ADMITS);
	assert_true(at(b, 0)->back_ms > clock_ms());
	assert_true(transitions(b, "open", "reset") == 1);
}

static void it_is_tried_then_and_starts_slowly(void **state)
{
	struct bed *b = *state;

	b->conf.breaker.open_for_ms = 20;
	break_it(b, 0);
	run_until(b, 0, GATE_TRIES);
	assert_int_equal(at(b, 0)->trials, 1);
	assert_true(transitions(b, "half_open", "time") == 1);
	serve(b, 0);
	assert_int_equal(gate(b, 0), GATE_RAMPS);
	assert_true(transitions(b, "closed", "passed") == 1);
}

static void a_trial_that_fails_puts_it_out_again(void **state)
{
	struct bed *b = *state;

	b->conf.breaker.open_for_ms = 20;
	break_it(b, 0);
	run_until(b, 0, GATE_TRIES);
	at(b, 0)->trials = 0;
	miss(b, 0);
	assert_int_equal(gate(b, 0), GATE_BROKEN);
	run_until(b, 0, GATE_TRIES);
	assert_int_equal(at(b, 0)->trials, 1);
}

static void a_slow_start_ends(void **state)
{
	struct bed *b = *state;

	b->conf.slow_start_ms = 20;
	set_health(b, 0, WORKER_DOWN);
	assert_int_equal(gate(b, 0), GATE_DOWN);
	set_health(b, 0, WORKER_UP);
	assert_int_equal(gate(b, 0), GATE_RAMPS);
	run_until(b, 0, GATE_ADMITS);
}

static void without_a_time_for_it_nobody_starts_slowly(void **state)
{
	struct bed *b = *state;

	b->conf.slow_start_ms = 0;
	set_health(b, 0, WORKER_DOWN);
	set_health(b, 0, WORKER_UP);
	assert_int_equal(gate(b, 0), GATE_ADMITS);
}

static void who_finds_nobody_serving_does_not_start_slowly(void **state)
{
	struct bed *b = *state;

	for (size_t i = 0; i < WORKERS; i++)
		set_health(b, i, WORKER_DOWN);
	set_health(b, 2, WORKER_UP);
	assert_int_equal(gate(b, 2), GATE_ADMITS);
	set_health(b, 1, WORKER_UP);
	assert_int_equal(gate(b, 1), GATE_RAMPS);
}

static void one_that_was_restarted_while_it_drained_starts_slowly(void **state)
{
	struct bed *b = *state;

	at(b, 0)->draining = true;
	guard_refresh(b->guard);
	assert_int_equal(gate(b, 0), GATE_DRAINING);
	set_health(b, 0, WORKER_DOWN);
	set_health(b, 0, WORKER_UP);
	at(b, 0)->draining = false;
	guard_refresh(b->guard);
	assert_int_equal(gate(b, 0), GATE_RAMPS);
}

static void one_that_only_drained_has_its_share_at_once(void **state)
{
	struct bed *b = *state;

	at(b, 0)->draining = true;
	guard_refresh(b->guard);
	at(b, 0)->draining = false;
	guard_refresh(b->guard);
	assert_int_equal(gate(b, 0), GATE_ADMITS);
}

static void breakers_of_more_than_half_keep_nobody_out(void **state)
{
	struct bed *b = *state;

	break_it(b, 0);
	break_it(b, 1);
	assert_int_equal(gate(b, 1), GATE_BROKEN);
	break_it(b, 2);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(gate(b, i), GATE_LIFTED);
	assert_true(b->fleet->model[0].fail_open);
	assert_true(metric_value(metrics_cell(b->metrics, METRICS_FAIL_OPENS,
					      "m")) == 1);
	/* One does well: half may be out. */
	serve(b, 2);
	assert_int_equal(gate(b, 0), GATE_BROKEN);
	assert_int_equal(gate(b, 2), GATE_ADMITS);
	assert_false(b->fleet->model[0].fail_open);
}

static void those_that_drain_are_not_counted_among_the_workers(void **state)
{
	struct bed *b = *state;

	at(b, 2)->draining = at(b, 3)->draining = true;
	break_it(b, 0);
	assert_int_equal(gate(b, 0), GATE_BROKEN);
	at(b, 1)->draining = true;
	guard_refresh(b->guard);
	assert_int_equal(gate(b, 0), GATE_LIFTED);
	assert_int_equal(gate(b, 1), GATE_DRAINING);
}

static void those_that_are_down_are_counted_as_out_but_stay_so(void **state)
{
	struct bed *b = *state;

	break_it(b, 0);
	set_health(b, 1, WORKER_DOWN);
	assert_int_equal(gate(b, 0), GATE_BROKEN);
	set_health(b, 2, WORKER_DOWN);
	assert_int_equal(gate(b, 0), GATE_LIFTED);
	assert_int_equal(gate(b, 1), GATE_DOWN);
}

static void a_pause_ends_and_is_no_failure(void **state)
{
	struct bed *b = *state;

	for (size_t i = 0; i < 5; i++)
		ask_for_pause(b, 0, 20);
	assert_int_equal(gate(b, 0), GATE_PAUSED);
	assert_int_equal(at(b, 0)->breaker.state, BREAKER_CLOSED);
	assert_true(at(b, 0)->back_ms >= at(b, 0)->paused_until_ms);
	run_until(b, 0, GATE_ADMITS);
	assert_true(metric_value(metrics_cell(b->metrics, METRICS_WORKER_PAUSES,
					      "w0")) == 1);
}

static void a_pause_is_bounded(void **state)
{
	struct bed *b = *state;

	b->conf.breaker.max_pause_ms = 20;
	ask_for_pause(b, 0, UINT64_C(1000000000) * 1000);
	run_until(b, 0, GATE_ADMITS);
}

static void a_shorter_pause_does_not_cut_a_longer_one(void **state)
{
	struct bed *b = *state;
	uint64_t until_ms;

	ask_for_pause(b, 0, LONG_MS);
	until_ms = at(b, 0)->paused_until_ms;
	ask_for_pause(b, 0, 1);
	assert_int_equal(at(b, 0)->paused_until_ms, until_ms);
}

static void without_pauses_a_busy_worker_fails(void **state)
{
	struct bed *b = *state;

	b->conf.breaker.max_pause_ms = 0;
	ask_for_pause(b, 0, LONG_MS);
	ask_for_pause(b, 0, LONG_MS);
	assert_int_equal(gate(b, 0), GATE_BROKEN);
	assert_true(transitions(b, "open", "busy") == 1);
}

static void a_new_life_is_tried_at_once(void **state)
{
	struct bed *b = *state;

	break_it(b, 0);
	set_health(b, 0, WORKER_DOWN);
	at(b, 0)->health = WORKER_UP;
	guard_renew(b->guard, at(b, 0));
	guard_refresh(b->guard);
	assert_int_equal(gate(b, 0), GATE_TRIES);
	assert_true(transitions(b, "half_open", "health") == 1);
}

static void a_reload_keeps_what_is_known(void **state)
{
	struct bed *b = *state;
	struct fleet *next;

	break_it(b, 0);
	next = make_fleet(b, b->fleet);
	guard_set_fleet(b->guard, next);
	fleet_unref(&b->fleet);
	b->fleet = next;
	assert_int_equal(gate(b, 0), GATE_BROKEN);
	assert_int_equal(gate(b, 1), GATE_ADMITS);
}

static void one_that_joins_others_starts_slowly(void **state)
{
	struct bed *b = *state;
	struct fleet *next;

	b->worker[3].url = (char *)"another";
	next = make_fleet(b, b->fleet);
	guard_set_fleet(b->guard, next);
	fleet_unref(&b->fleet);
	b->fleet = next;
	assert_int_equal(gate(b, 2), GATE_ADMITS);
	assert_int_equal(gate(b, 3), GATE_RAMPS);
}

static void a_worker_that_has_gone_may_be_reported(void **state)
{
	struct bed *b = *state;
	struct worker *gone = worker_create(&b->worker[0], 77, -1);
	const struct worker_report r = {.failure = BREAKER_RESET};

	for (size_t i = 0; i < 5; i++)
		guard_report(b->guard, gone, &r);
	assert_int_equal(gate(b, 0), GATE_ADMITS);
	worker_unref(&gone);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_admit_at_first),
		TEST(a_worker_that_fails_is_out_and_its_neighbours_are_not),
		TEST(it_is_tried_then_and_starts_slowly),
		TEST(a_trial_that_fails_puts_it_out_again),
		TEST(a_slow_start_ends),
		TEST(without_a_time_for_it_nobody_starts_slowly),
		TEST(who_finds_nobody_serving_does_not_start_slowly),
		TEST(one_that_was_restarted_while_it_drained_starts_slowly),
		TEST(one_that_only_drained_has_its_share_at_once),
		TEST(breakers_of_more_than_half_keep_nobody_out),
		TEST(those_that_drain_are_not_counted_among_the_workers),
		TEST(those_that_are_down_are_counted_as_out_but_stay_so),
		TEST(a_pause_ends_and_is_no_failure),
		TEST(a_pause_is_bounded),
		TEST(a_shorter_pause_does_not_cut_a_longer_one),
		TEST(without_pauses_a_busy_worker_fails),
		TEST(a_new_life_is_tried_at_once),
		TEST(a_reload_keeps_what_is_known),
		TEST(one_that_joins_others_starts_slowly),
		TEST(a_worker_that_has_gone_may_be_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

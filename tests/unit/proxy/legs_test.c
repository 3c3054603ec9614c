#include "router/proxy/legs.h"

#include "router/proxy/pairing.h"
#include "tests/unit/proxy/two_workers.h"

#define LONG 6000

static struct two t;

static int open_nixl(void **state)
{
	(void)state;
	two_open(&t, "nixl");
	two_ask(&t, LONG, "");
	return 0;
}

static int open_sglang(void **state)
{
	(void)state;
	two_open(&t, "sglang");
	two_ask(&t, LONG, "");
	return 0;
}

static int close_two(void **state)
{
	(void)state;
	two_answered(&t);
	two_close(&t);
	return 0;
}

/* Both ends are chosen, and the prefill leg is ready to go. */
static void begin(void)
{
	assert_ptr_equal(pairing_take(&t.request), t.decode);
	assert_non_null(t.request.draft->legs);
}

static double ended(const char *outcome)
{
	return metric_value(metrics_cell(t.proxy.cells.metrics,
					 METRICS_PREFILL_LEGS, "p", outcome));
}

/* --- load --- */

static void a_leg_is_load_at_its_worker_until_it_ends(void **state)
{
	(void)state;
	begin();
	assert_int_equal(atomic_load(&t.prefill->inflight), 1);
	assert_true(atomic_load(&t.prefill->inflight_tokens) > 0);
	assert_int_equal(atomic_load(&t.decode->inflight), 0);
	legs_end(&t.request);
	assert_int_equal(atomic_load(&t.prefill->inflight), 0);
	assert_int_equal(atomic_load(&t.prefill->inflight_tokens), 0);
	assert_null(t.request.draft->legs);
}

static void what_has_ended_ends_once(void **state)
{
	(void)state;
	begin();
	legs_end(&t.request);
	legs_end(&t.request);
	assert_int_equal(atomic_load(&t.prefill->inflight), 0);
	assert_true(ended("cancelled") == 1);
}

static void a_request_without_legs_has_none_to_end(void **state)
{
	(void)state;
	legs_end(&t.request);
	assert_false(legs_under_way(&t.request));
	assert_null(t.request.handed);
	assert_true(ended("cancelled") == 0);
}

static void a_trial_that_told_nothing_is_given_back(void **state)
{
	(void)state;
	atomic_store(&t.prefill->gate, GATE_TRIES);
	atomic_store(&t.prefill->trials, 1);
	begin();
	assert_int_equal(atomic_load(&t.prefill->trials), 0);
	legs_end(&t.request);
	assert_int_equal(atomic_load(&t.prefill->trials), 1);
}

static void without_the_decode_worker_no_trial_is_used_up(void **state)
{
	(void)state;
	atomic_store(&t.prefill->gate, GATE_TRIES);
	atomic_store(&t.prefill->trials, 1);
	atomic_store(&t.decode->gate, GATE_DOWN);
	assert_null(pairing_take(&t.request));
	assert_int_equal(atomic_load(&t.prefill->trials), 1);
	assert_int_equal(atomic_load(&t.prefill->inflight), 0);
}

/* --- what is told of it --- */

static void a_leg_cut_off_is_cancelled_and_one_before_an_answer_done(
	void **state)
{
	(void)state;
	begin();
	assert_string_equal(handed_outcome(&t.request), "cancelled");
	t.request.head_sent = true;
	assert_string_equal(handed_outcome(&t.request), "done");
	legs_end(&t.request);
	assert_true(ended("done") == 1);
	assert_true(ended("cancelled") == 0);
}

static void what_is_known_of_its_end_stays(void **state)
{
	(void)state;
	begin();
	t.request.handed->outcome = "failed";
	t.request.head_sent = true;
	assert_string_equal(handed_outcome(&t.request), "failed");
	legs_end(&t.request);
	assert_string_equal(t.request.handed->outcome, "failed");
	assert_true(ended("done") == 0);
}

static void both_legs_have_one_id(void **state)
{
	struct slice alone = legs_request_id(&t.request), split;

	(void)state;
	assert_true(slice_equal(alone, SLICE("req-1")));
	begin();
	split = legs_request_id(&t.request);
	assert_true(slice_equal(split, SLICE("req-1")));
}

/* --- what may be lost --- */

static bool may_be_lost(unsigned status)
{
	t.request.worker = t.decode;
	return legs_may_be_lost(&t.request, status);
}

static void an_error_behind_a_hand_over_may_come_of_it(void **state)
{
	(void)state;
	begin();
	t.request.handed->over = true;
	assert_true(may_be_lost(500));
	assert_true(may_be_lost(502));
}

static void a_worker_that_is_full_or_right_has_lost_nothing(void **state)
{
	(void)state;
	begin();
	t.request.handed->over = true;
	assert_false(may_be_lost(503));
	assert_false(may_be_lost(400));
	assert_false(may_be_lost(200));
}

static void what_was_not_handed_over_cannot_be_lost(void **state)
{
	(void)state;
	assert_false(may_be_lost(500));
	begin();
	assert_false(may_be_lost(500));
}

static void what_is_lost_is_over_no_more(void **state)
{
	(void)state;
	begin();
	t.request.handed->over = true;
	legs_are_lost(&t.request);
	assert_false(t.request.handed->over);
	assert_string_equal(handed_outcome(&t.request), "lost");
	assert_false(may_be_lost(500));
}

/* It would not do better alone: it never serves so. */
static void where_nobody_serves_alone_an_error_is_an_error(void **state)
{
	(void)state;
	begin();
	t.request.handed->over = true;
	assert_false(may_be_lost(500));
}

#define NIXL(test) cmocka_unit_test_setup_teardown(test, open_nixl, close_two)
#define SGLANG(test)                                                           \
	cmocka_unit_test_setup_teardown(test, open_sglang, close_two)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NIXL(a_leg_is_load_at_its_worker_until_it_ends),
		NIXL(what_has_ended_ends_once),
		NIXL(a_request_without_legs_has_none_to_end),
		NIXL(a_trial_that_told_nothing_is_given_back),
		NIXL(without_the_decode_worker_no_trial_is_used_up),
		NIXL(a_leg_cut_off_is_cancelled_and_one_before_an_answer_done),
		NIXL(what_is_known_of_its_end_stays),
		NIXL(both_legs_have_one_id),
		NIXL(an_error_behind_a_hand_over_may_come_of_it),
		NIXL(a_worker_that_is_full_or_right_has_lost_nothing),
		NIXL(what_was_not_handed_over_cannot_be_lost),
		NIXL(what_is_lost_is_over_no_more),
		SGLANG(where_nobody_serves_alone_an_error_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

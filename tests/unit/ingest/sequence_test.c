#include "router/ingest/sequence.h"

#include "common/base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Marks of batch `seq` in an engine's first and second life. */
static uint64_t one(uint64_t seq)
{
	return seq * 7 + 1;
}

static uint64_t two(uint64_t seq)
{
	return seq * 7 + 2;
}

static void replay(struct sequence *s, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++) {
		struct sequence_step st = sequence_replayed(s, i, one(i), 0);

		assert_int_equal(st.batch, SEQUENCE_APPLY);
		assert_false(st.clear);
	}
}

/* Connected at 0 ms, with batches 0 … n-1 replayed. */
static void begin(struct sequence *s, uint64_t n)
{
	struct sequence_step st;

	sequence_init(s, true);
	st = sequence_connected(s, 0);
	assert_true(st.ask);
	assert_int_equal(st.from, 0);
	replay(s, 0, n);
	st = sequence_end(s, 0);
	assert_false(st.ask);
	assert_int_equal(s->state, SEQUENCE_LIVE);
	assert_int_equal(s->next, n);
}

static void a_first_connection_asks_for_everything(void **unused)
{
	struct sequence s;

	(void)unused;
	begin(&s, 3);
	assert_true(s.whole);
	assert_int_equal(s.gaps, 0);
}

static void an_engine_that_said_nothing_yet_is_whole(void **unused)
{
	struct sequence s;

	(void)unused;
	begin(&s, 0);
	assert_true(s.whole);
	assert_int_equal(sequence_live(&s, 0, one(0), 0).batch, SEQUENCE_APPLY);
	assert_int_equal(s.next, 1);
}

static void nothing_is_asked_before_there_is_a_connection(void **unused)
{
	struct sequence s;

	(void)unused;
	sequence_init(&s, true);
	assert_false(sequence_tick(&s, 100000).ask);
	assert_int_equal(s.state, SEQUENCE_DOWN);
}

static void live_batches_in_order_are_applied(void **unused)
{
	struct sequence s;

	(void)unused;
	begin(&s, 2);
	for (uint64_t i = 2; i < 1000; i++)
		assert_int_equal(sequence_live(&s, i, one(i), 1).batch,
				 SEQUENCE_APPLY);
	assert_int_equal(s.next, 1000);
}

static void overlap_of_live_and_replayed_is_dropped(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	sequence_init(&s, true);
	(void)sequence_connected(&s, 0);
	assert_int_equal(sequence_live(&s, 1, one(1), 0).batch, SEQUENCE_HOLD);
	assert_int_equal(sequence_live(&s, 2, one(2), 0).batch, SEQUENCE_HOLD);
	replay(&s, 0, 2);
	st = sequence_end(&s, 0);
	assert_true(st.release);
	assert_int_equal(sequence_held(&s, 1, one(1), 0).batch, SEQUENCE_DROP);
	assert_int_equal(sequence_held(&s, 2, one(2), 0).batch, SEQUENCE_APPLY);
	/* And what arrives late. */
	begin(&s, 10);
	st = sequence_live(&s, 8, one(8), 0);
	assert_int_equal(st.batch, SEQUENCE_DROP);
	assert_false(st.clear);
	assert_int_equal(sequence_live(&s, 9, one(9), 0).batch, SEQUENCE_DROP);
	assert_int_equal(sequence_live(&s, 10, one(10), 0).batch,
			 SEQUENCE_APPLY);
}

static void a_gap_is_filled_from_the_last_batch_on(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	begin(&s, 5);
	st = sequence_live(&s, 8, one(8), 5000);
	assert_int_equal(st.batch, SEQUENCE_HOLD);
	assert_true(st.ask);
	assert_false(st.clear);
	assert_int_equal(st.from, 4);
	assert_int_equal(s.gaps, 1);
	assert_int_equal(s.state, SEQUENCE_REPLAY);
	assert_int_equal(sequence_replayed(&s, 4, one(4), 5000).batch,
			 SEQUENCE_DROP);
	replay(&s, 5, 9);
	assert_true(sequence_end(&s, 5000).release);
	assert_int_equal(sequence_held(&s, 8, one(8), 5000).batch,
			 SEQUENCE_DROP);
	assert_int_equal(s.next, 9);
	assert_true(s.whole);
}

static void a_gap_right_after_a_replay_waits_for_the_cooldown(void **unused)
{
	struct sequence s;

	(void)unused;
	begin(&s, 5);
	assert_false(sequence_live(&s, 8, one(8), 1).ask);
	assert_int_equal(s.state, SEQUENCE_WAIT);
	assert_false(sequence_tick(&s, 100).ask);
	assert_true(sequence_tick(&s, 1000).ask);
}

static void history_that_is_gone_clears_the_worker(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	begin(&s, 5);
	(void)sequence_live(&s, 90, one(90), 5000);
	st = sequence_replayed(&s, 80, one(80), 5000);
	assert_true(st.clear);
	assert_int_equal(st.batch, SEQUENCE_APPLY);
	assert_false(s.whole);
	assert_int_equal(s.losses, 1);
	replay(&s, 81, 91);
	assert_true(sequence_end(&s, 5000).release);
	assert_int_equal(s.state, SEQUENCE_LIVE);
	assert_int_equal(s.next, 91);
}

static void numbers_that_go_back_are_a_restart(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	begin(&s, 5);
	assert_int_equal(sequence_live(&s, 5, one(5), 1).batch, SEQUENCE_APPLY);
	st = sequence_live(&s, 0, two(0), 5000);
	assert_true(st.clear);
	assert_true(st.ask);
	assert_int_equal(st.from, 0);
	assert_int_equal(st.batch, SEQUENCE_HOLD);
	assert_int_equal(s.restarts, 1);
	assert_int_equal(sequence_replayed(&s, 0, two(0), 5000).batch,
			 SEQUENCE_APPLY);
	assert_true(sequence_end(&s, 5000).release);
	assert_int_equal(sequence_held(&s, 0, two(0), 5000).batch,
			 SEQUENCE_DROP);
	assert_true(s.whole);
}

static void a_restart_is_seen_by_the_bytes_of_a_known_number(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	begin(&s, 5); /* no live batch yet: only the mark can tell */
	st = sequence_live(&s, 3, two(3), 5000);
	assert_true(st.clear);
	assert_true(st.ask);
	assert_int_equal(st.from, 0);
}

static void an_idle_restart_is_seen_on_reconnection(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	begin(&s, 5);
	sequence_lost(&s);
	assert_int_equal(s.state, SEQUENCE_DOWN);
	st = sequence_connected(&s, 5000);
	assert_true(st.ask);
	assert_int_equal(st.from, 4);
	assert_false(st.clear);
	/* The new life has no batch 4. */
	st = sequence_end(&s, 9000);
	assert_true(st.clear);
	assert_true(st.ask);
	assert_int_equal(st.from, 0);
	(void)sequence_end(&s, 9000);
	assert_int_equal(s.state, SEQUENCE_LIVE);
	assert_true(s.whole);
}

static void a_restart_that_caught_up_is_seen_by_its_mark(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	begin(&s, 5);
	sequence_lost(&s);
	(void)sequence_connected(&s, 5000);
	st = sequence_replayed(&s, 4, two(4), 9000);
	assert_true(st.clear);
	assert_true(st.ask);
	assert_int_equal(st.from, 0);
	assert_int_equal(st.batch, SEQUENCE_DROP);
}

static void a_reconnection_to_the_same_life_keeps_the_blocks(void **unused)
{
	struct sequence s;

	(void)unused;
	begin(&s, 5);
	sequence_lost(&s);
	(void)sequence_connected(&s, 5000);
	assert_false(sequence_replayed(&s, 4, one(4), 5000).clear);
	replay(&s, 5, 7);
	assert_false(sequence_end(&s, 5000).clear);
	assert_int_equal(s.next, 7);
	assert_true(s.whole);
}

static void a_hole_in_a_replay_is_asked_for_again(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	sequence_init(&s, true);
	(void)sequence_connected(&s, 0);
	replay(&s, 0, 3);
	st = sequence_replayed(&s, 7, one(7), 600);
	assert_int_equal(st.batch, SEQUENCE_DROP);
	assert_true(st.ask);
	assert_int_equal(st.from, 2);
	assert_int_equal(s.next, 3);
}

static void a_replay_without_end_is_asked_for_again(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	sequence_init(&s, true);
	(void)sequence_connected(&s, 0);
	replay(&s, 0, 3);
	assert_false(sequence_tick(&s, 4900).ask);
	assert_false(sequence_is_overdue(&s, 4900));
	assert_true(sequence_is_overdue(&s, 5000));
	(void)sequence_tick(&s, 5000);
	assert_false(sequence_is_overdue(&s, 5000));
	assert_int_equal(s.state, SEQUENCE_WAIT);
	st = sequence_tick(&s, 40000);
	assert_true(st.ask);
	assert_int_equal(st.from, 2);
	/* Old answers are not taken for the new one's end. */
	assert_int_equal(sequence_replayed(&s, 1, one(1), 40000).batch,
			 SEQUENCE_DROP);
}

static void a_dead_replay_endpoint_does_not_hold_live_batches(void **unused)
{
	struct sequence s;
	uint64_t now = 0;
	bool released = false;

	(void)unused;
	sequence_init(&s, true);
	(void)sequence_connected(&s, now);
	assert_int_equal(sequence_live(&s, 9, one(9), now).batch,
			 SEQUENCE_HOLD);
	for (; now < 120000 && !released; now += 100)
		released = sequence_tick(&s, now).release;
	assert_true(released);
	assert_int_equal(sequence_held(&s, 9, one(9), now).batch,
			 SEQUENCE_APPLY);
	assert_false(s.whole);
	assert_int_equal(s.losses, 1);
}

static void a_postponed_replay_is_asked_for_soon(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	sequence_init(&s, true);
	(void)sequence_connected(&s, 0);
	sequence_postpone(&s, 0);
	assert_int_equal(s.state, SEQUENCE_WAIT);
	assert_int_equal(s.replays, 0);
	/* What still comes of an older question is not an answer. */
	assert_int_equal(sequence_replayed(&s, 0, one(0), 0).batch,
			 SEQUENCE_DROP);
	assert_false(sequence_tick(&s, 49).ask);
	st = sequence_tick(&s, 50);
	assert_true(st.ask);
	assert_int_equal(st.from, 0);
	replay(&s, 0, 3);
	(void)sequence_end(&s, 50);
	sequence_postpone(&s, 50); /* nothing is under way */
	assert_int_equal(s.state, SEQUENCE_LIVE);
	assert_true(s.whole);
}

static void a_dead_replay_endpoint_is_not_asked_in_a_storm(void **unused)
{
	struct sequence s;
	unsigned asks = 0;

	(void)unused;
	sequence_init(&s, true);
	(void)sequence_connected(&s, 0);
	for (uint64_t now = 0; now < 600000; now += 100)
		asks += sequence_tick(&s, now).ask ? 1 : 0;
	assert_in_range(asks, 5, 60);
}

static void a_replay_that_never_has_the_gap_is_given_up(void **unused)
{
	struct sequence s;
	uint64_t now = 1;
	unsigned rounds = 0;
	enum sequence_verdict v = SEQUENCE_HOLD;

	(void)unused;
	begin(&s, 5);
	assert_int_equal(sequence_live(&s, 9, one(9), now).batch,
			 SEQUENCE_HOLD);
	for (; v == SEQUENCE_HOLD && rounds < 10; rounds++) {
		while (s.state == SEQUENCE_WAIT)
			(void)sequence_tick(&s, now += 100);
		(void)sequence_replayed(&s, 4, one(4), now);
		assert_true(sequence_end(&s, now).release);
		v = sequence_held(&s, 9, one(9), now).batch;
	}
	assert_int_equal(v, SEQUENCE_APPLY);
	assert_in_range(rounds, 2, 5);
	assert_int_equal(s.next, 10);
	assert_false(s.whole);
}

static void too_many_held_batches_end_the_wait(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	sequence_init(&s, true);
	(void)sequence_connected(&s, 0);
	(void)sequence_live(&s, 50, one(50), 0);
	st = sequence_overflow(&s);
	assert_true(st.clear);
	assert_true(st.release);
	assert_int_equal(sequence_held(&s, 50, one(50), 0).batch,
			 SEQUENCE_APPLY);
	sequence_lost(&s);
	(void)sequence_live(&s, 51, one(51), 0);
	assert_true(sequence_overflow(&s).discard);
}

static void without_replay_a_gap_clears_and_goes_on(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	sequence_init(&s, false);
	st = sequence_connected(&s, 0);
	assert_false(st.ask);
	assert_int_equal(sequence_live(&s, 4, one(4), 0).batch, SEQUENCE_APPLY);
	assert_int_equal(sequence_live(&s, 5, one(5), 0).batch, SEQUENCE_APPLY);
	assert_int_equal(s.losses, 0);
	st = sequence_live(&s, 7, one(7), 0);
	assert_true(st.clear);
	assert_int_equal(st.batch, SEQUENCE_APPLY);
	assert_int_equal(s.gaps, 1);
	assert_int_equal(s.losses, 1);
	st = sequence_live(&s, 0, two(0), 0);
	assert_true(st.clear);
	assert_int_equal(st.batch, SEQUENCE_APPLY);
	assert_int_equal(s.restarts, 1);
	assert_false(st.ask);
}

static void without_replay_a_broken_connection_clears(void **unused)
{
	struct sequence s;

	(void)unused;
	sequence_init(&s, false);
	(void)sequence_connected(&s, 0);
	(void)sequence_live(&s, 4, one(4), 0);
	sequence_lost(&s);
	assert_true(sequence_connected(&s, 1).clear);
}

static void distrust_forgets_and_asks_for_everything(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	begin(&s, 5);
	st = sequence_resync(&s, 5000);
	assert_true(st.clear);
	assert_true(st.ask);
	assert_int_equal(st.from, 0);
	replay(&s, 0, 5);
	(void)sequence_end(&s, 5000);
	assert_true(s.whole);
	assert_int_equal(sequence_live(&s, 5, one(5), 1).batch, SEQUENCE_APPLY);
}

static void an_end_nobody_waits_for_is_ignored(void **unused)
{
	struct sequence s;
	struct sequence_step st;

	(void)unused;
	begin(&s, 5);
	st = sequence_end(&s, 0);
	assert_false(st.clear || st.ask || st.release || st.discard);
	assert_int_equal(sequence_replayed(&s, 77, 1, 0).batch, SEQUENCE_DROP);
	assert_int_equal(s.next, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_connection_asks_for_everything),
		cmocka_unit_test(an_engine_that_said_nothing_yet_is_whole),
		cmocka_unit_test(nothing_is_asked_before_there_is_a_connection),
		cmocka_unit_test(live_batches_in_order_are_applied),
		cmocka_unit_test(overlap_of_live_and_replayed_is_dropped),
		cmocka_unit_test(a_gap_is_filled_from_the_last_batch_on),
		cmocka_unit_test(
			a_gap_right_after_a_replay_waits_for_the_cooldown),
		cmocka_unit_test(history_that_is_gone_clears_the_worker),
		cmocka_unit_test(numbers_that_go_back_are_a_restart),
		cmocka_unit_test(
			a_restart_is_seen_by_the_bytes_of_a_known_number),
		cmocka_unit_test(an_idle_restart_is_seen_on_reconnection),
		cmocka_unit_test(a_restart_that_caught_up_is_seen_by_its_mark),
		cmocka_unit_test(
			a_reconnection_to_the_same_life_keeps_the_blocks),
		cmocka_unit_test(a_hole_in_a_replay_is_asked_for_again),
		cmocka_unit_test(a_replay_without_end_is_asked_for_again),
		cmocka_unit_test(
			a_dead_replay_endpoint_does_not_hold_live_batches),
		cmocka_unit_test(a_postponed_replay_is_asked_for_soon),
		cmocka_unit_test(
			a_dead_replay_endpoint_is_not_asked_in_a_storm),
		cmocka_unit_test(a_replay_that_never_has_the_gap_is_given_up),
		cmocka_unit_test(too_many_held_batches_end_the_wait),
		cmocka_unit_test(without_replay_a_gap_clears_and_goes_on),
		cmocka_unit_test(without_replay_a_broken_connection_clears),
		cmocka_unit_test(distrust_forgets_and_asks_for_everything),
		cmocka_unit_test(an_end_nobody_waits_for_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

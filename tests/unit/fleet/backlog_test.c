#include "router/fleet/backlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct backlog_part stream = {.prefill_us = 1000,
					   .live_tokens = 300};
static const struct backlog_part whole = {
	.prefill_us = 1000, .live_tokens = 300, .silent = true};

static void nothing_is_ahead_where_nothing_was_sent(void **state)
{
	struct backlog b = {0};
	struct backlog_view v = backlog_look(&b, 1000000);

	(void)state;
	assert_int_equal(v.unanswered, 0);
	assert_int_equal(v.live_tokens, 0);
	assert_true(v.ahead_ms <= 0);
}

static void what_was_sent_gets_less_as_time_goes_on(void **state)
{
	struct backlog b = {0};

	(void)state;
	backlog_add(&b, &stream, 10, 5000);
	backlog_add(&b, &stream, 10, 5000);
	assert_true(backlog_look(&b, 5000).ahead_ms == 2);
	assert_true(backlog_look(&b, 6500).ahead_ms == .5);
	assert_true(backlog_look(&b, 99000).ahead_ms == 0);
}

/* Without a first token it still waits, however long that takes. */
static void a_stream_is_unanswered_until_its_first_token(void **state)
{
	struct backlog b = {0};

	(void)state;
	backlog_add(&b, &stream, 10, 5000);
	assert_int_equal(backlog_look(&b, 99000).unanswered, 1);
	backlog_prefilled(&b, &stream, 99000);
	assert_int_equal(backlog_look(&b, 99000).unanswered, 0);
	assert_int_equal(backlog_look(&b, 99000).live_tokens, 300);
	backlog_end(&b, &stream);
	assert_int_equal(backlog_look(&b, 99000).live_tokens, 0);
}

static void a_first_token_sets_right_what_is_left(void **state)
{
	struct backlog late = {0}, early = {0};

	(void)state;
	backlog_add(&late, &stream, 10, 0);
	backlog_add(&late, &stream, 10, 0);
	backlog_prefilled(&late, &stream, 5000);
	assert_true(backlog_look(&late, 5000).ahead_ms == 1);
	backlog_add(&early, &stream, 10, 0);
	backlog_add(&early, &stream, 10, 0);
	backlog_prefilled(&early, &stream, 100);
	assert_true(backlog_look(&early, 100).ahead_ms == 1);
}

/* Its first token is not seen: it waits no longer than it is thought to. */
static void an_answer_that_comes_whole_waits_as_long_as_is_thought(void **state)
{
	struct backlog b = {0};

	(void)state;
	backlog_add(&b, &whole, 10, 0);
	backlog_add(&b, &whole, 10, 0);
	assert_int_equal(backlog_look(&b, 0).unanswered, 2);
	assert_int_equal(backlog_look(&b, 1500).unanswered, 1);
	assert_int_equal(backlog_look(&b, 2500).unanswered, 0);
	backlog_prefilled(&b, &whole, 9000);
	backlog_prefilled(&b, &whole, 9000);
	assert_int_equal(backlog_look(&b, 9000).unanswered, 0);
	assert_true(backlog_look(&b, 9000).ahead_ms == 0);
}

/* A worker that is faster than thought is seen to be, though none of them
 * tells when its turn came. */
static void what_has_been_answered_whole_is_not_ahead_any_more(void **state)
{
	struct backlog b = {0};

	(void)state;
	for (int i = 0; i < 3; i++)
		backlog_add(&b, &whole, 10, 0);
	for (int i = 0; i < 1000; i++) {
		backlog_prefilled(&b, &whole, 10 + i);
		backlog_add(&b, &whole, 10, 10 + i);
	}
	assert_true(backlog_look(&b, 1010).ahead_ms <= 3);
	assert_int_equal(backlog_look(&b, 1010).unanswered, 3);
	assert_int_equal(backlog_look(&b, 1010).silent, 3);
}

/* Streams among them are still to come, by what is thought of them. */
static void whole_answers_say_nothing_of_streams(void **state)
{
	struct backlog b = {0};

	(void)state;
	backlog_add(&b, &stream, 10, 0);
	backlog_add(&b, &whole, 10, 0);
	backlog_prefilled(&b, &whole, 900);
	assert_true(backlog_look(&b, 900).ahead_ms == 1);
	assert_int_equal(backlog_look(&b, 900).silent, 0);
	assert_true(backlog_look(&b, 1400).ahead_ms == .5);
}

/* One that decodes for long is no reason to think that a prompt behind it
 * is done. */
static void what_comes_after_a_silent_one_has_its_own_time(void **state)
{
	struct backlog b = {0};

	(void)state;
	backlog_add(&b, &whole, 10, 0);
	backlog_add(&b, &stream, 10, 50000);
	assert_true(backlog_look(&b, 50000).ahead_ms == 1);
	backlog_prefilled(&b, &stream, 50200);
	assert_true(backlog_look(&b, 51500).ahead_ms == 0);
}

static void transfers_wait_for_one_another(void **state)
{
	struct backlog b = {0};

	(void)state;
	backlog_give(&b, 3000, 1000);
	backlog_give(&b, 3000, 2000);
	backlog_load(&b, 500, 2000);
	assert_true(backlog_look(&b, 2000).giving_ms == 5);
	assert_true(backlog_look(&b, 2000).loading_ms == .5);
	assert_true(backlog_look(&b, 90000).giving_ms == 0);
	assert_true(backlog_look(&b, 2000).ahead_ms == 0);
}

static void it_is_empty_when_all_have_gone(void **state)
{
	struct backlog b = {0};

	(void)state;
	for (int i = 0; i < 9; i++)
		backlog_add(&b, i % 2 ? &stream : &whole, 10, 10);
	for (int i = 0; i < 9; i++) {
		backlog_prefilled(&b, i % 2 ? &stream : &whole, 20);
		backlog_end(&b, i % 2 ? &stream : &whole);
	}
	assert_int_equal(backlog_look(&b, 20).unanswered, 0);
	assert_int_equal(backlog_look(&b, 20).live_tokens, 0);
	assert_true(backlog_look(&b, 20).ahead_ms == 0);
	assert_int_equal(b.sent, 9);
	assert_int_equal(backlog_look(&b, 20).added_tokens, 90);
	assert_int_equal(backlog_look(&b, 20).ended_tokens, 2700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_ahead_where_nothing_was_sent),
		cmocka_unit_test(what_was_sent_gets_less_as_time_goes_on),
		cmocka_unit_test(a_stream_is_unanswered_until_its_first_token),
		cmocka_unit_test(a_first_token_sets_right_what_is_left),
		cmocka_unit_test(
			an_answer_that_comes_whole_waits_as_long_as_is_thought),
		cmocka_unit_test(
			what_has_been_answered_whole_is_not_ahead_any_more),
		cmocka_unit_test(whole_answers_say_nothing_of_streams),
		cmocka_unit_test(
			what_comes_after_a_silent_one_has_its_own_time),
		cmocka_unit_test(transfers_wait_for_one_another),
		cmocka_unit_test(it_is_empty_when_all_have_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

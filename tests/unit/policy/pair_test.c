#include "router/policy/pair.h"

#include "tests/unit/policy/split.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void decide(struct split *s, const char *policy)
{
	struct pair_ask ask;
	struct arena arena;

	arena_init(&arena);
	ask = split_ask(s, policy, &arena);
	pair_decide(&ask, &s->t.s, s->t.term, &s->d);
	arena_fini(&arena);
}

static double price(struct split *s, int prefill, int decode)
{
	struct pair_ask ask;
	struct arena arena;
	double ms;

	arena_init(&arena);
	ask = split_ask(s, "cost", &arena);
	ms = pair_price(&ask, (struct pair_ends){prefill, decode}, s->t.term);
	arena_fini(&arena);
	return ms;
}

static void expect_pair(struct split *s, const char *policy, int prefill,
			int decode)
{
	decide(s, policy);
	assert_string_equal(s->d.reason, "prefill elsewhere");
	assert_int_equal(s->d.prefill, prefill);
	assert_int_equal(s->d.decode, decode);
	assert_true(s->d.pair_ms < s->d.alone_ms);
}

static void expect_alone(struct split *s, const char *policy)
{
	decide(s, policy);
	assert_int_equal(s->d.prefill, -1);
	assert_int_equal(s->d.decode, -1);
}

static const char *const policies[] = {"cost", "kv_aware", "least_load",
				       "round_robin"};

static void a_long_prompt_is_prefilled_elsewhere(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		struct split s = split_of(1, 1, 8000);

		expect_pair(&s, policies[i], 0, 1);
		assert_true(s.d.prefill_tokens >= 7999);
		assert_true(s.t.term[1].tokens == 0);
		assert_true(s.t.term[1].transfer > 0);
		assert_true(s.t.term[0].compute > 0);
	}
}

static void a_short_prompt_is_not_worth_the_transfer(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		struct split s = split_of(1, 1, 100);

		expect_alone(&s, policies[i]);
		assert_string_equal(s.d.reason, "decode alone");
	}
}

static void who_holds_the_prefix_computes_the_rest(void **unused)
{
	struct split s = split_of(1, 2, 8000);

	(void)unused;
	s.t.c[2].held_blocks = 495;
	expect_alone(&s, "cost");
	expect_alone(&s, "kv_aware");
	/* But not where as much is missing as is held. */
	s.t.c[2].held_blocks = 250;
	expect_pair(&s, "cost", 0, 2);
}

static void the_more_decode_there_the_less_is_prefilled_there(void **unused)
{
	struct split s = split_of(1, 1, 300);

	(void)unused;
	expect_alone(&s, "cost");
	s.t.c[1].inflight = 60;
	s.t.c[1].running = 60;
	expect_pair(&s, "cost", 0, 1);
}

static void a_busy_prefill_worker_is_not_waited_for(void **unused)
{
	struct split s = split_of(2, 1, 8000);

	(void)unused;
	s.t.c[0].inflight = s.t.c[0].unanswered = 1;
	s.t.c[0].ahead_ms = 400;
	expect_pair(&s, "cost", 1, 2);
	s.t.c[1] = s.t.c[0];
	s.t.c[0].ahead_ms = s.t.c[1].ahead_ms = 60000;
	expect_alone(&s, "cost");
}

static void the_pair_is_chosen_by_both_ends_prefixes(void **unused)
{
	struct split s = split_of(3, 3, 8000);

	(void)unused;
	s.t.c[1].held_blocks = 300;
	s.t.c[5].held_blocks = 200;
	expect_pair(&s, "cost", 1, 5);
	expect_pair(&s, "kv_aware", 1, 5);
}

static void a_hand_over_stays_in_its_zone(void **unused)
{
	struct split s = split_of(2, 2, 8000);

	(void)unused;
	s.t.c[0].zone = s.t.c[3].zone = 1;
	s.t.c[1].zone = s.t.c[2].zone = 2;
	s.t.c[0].ahead_ms = 100;
	expect_pair(&s, "cost", 1, 2);
	s.t.c[0].ahead_ms = 0;
	s.t.c[1].ahead_ms = 100;
	expect_pair(&s, "cost", 0, 3);
	s.t.c[3].exclusion = s.side[3].exclusion = POLICY_DOWN;
	expect_pair(&s, "cost", 1, 2);
	s.t.c[1].ahead_ms = 5000;
	expect_pair(&s, "cost", 0, 2);
}

static void load_moves_decode_elsewhere(void **unused)
{
	struct split s = split_of(1, 2, 8000);

	(void)unused;
	s.t.c[1].running = s.t.c[1].inflight = 200;
	s.t.c[1].live_tokens = 280000;
	expect_pair(&s, "cost", 0, 2);
	expect_pair(&s, "least_load", 0, 2);
}

static void who_prefills_all_the_time_goes_on_to(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		struct split s = split_of(2, 1, 1000);

		s.t.c[0].recent_tokens = 900000;
		s.t.c[1].recent_tokens = 800000;
		decide(&s, policies[i]);
		assert_string_equal(s.d.reason, "prefill elsewhere");
	}
}

static void only_workers_of_one_kind_are_a_pair(void **unused)
{
	struct split s = split_of(2, 2, 8000);

	(void)unused;
	s.side[0].kind = 8;
	s.side[3].kind = 8;
	decide(&s, "cost");
	assert_int_equal(s.side[s.d.prefill].kind, s.side[s.d.decode].kind);
	s.side[3].kind = 9;
	expect_pair(&s, "cost", 1, 2);
	s.side[1].kind = 10;
	expect_alone(&s, "cost");
	assert_null(s.d.reason);
}

static void who_is_excluded_is_no_end_of_a_pair(void **unused)
{
	struct split s = split_of(2, 2, 8000);

	(void)unused;
	s.side[0].exclusion = POLICY_DOWN;
	s.side[2].exclusion = POLICY_TRIED;
	s.t.c[2].exclusion = POLICY_TRIED;
	for (size_t i = 0; i < ARRAY_LEN(policies); i++)
		expect_pair(&s, policies[i], 1, 3);
	s.side[1].exclusion = POLICY_BROKEN;
	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		expect_alone(&s, policies[i]);
		assert_null(s.d.reason);
	}
}

static void a_pair_is_better_than_nobody(void **unused)
{
	struct split s = split_of(1, 1, 20);

	(void)unused;
	s.t.c[1].exclusion = POLICY_ROLE;
	expect_pair(&s, "cost", 0, 1);
	expect_pair(&s, "random", 0, 1);
	assert_true(isinf(s.d.alone_ms));
}

static void nobody_hands_over_to_itself(void **unused)
{
	struct split s = split_of(1, 0, 8000);

	(void)unused;
	s.side[0] = (struct pair_side){.gives = true, .takes = true};
	s.t.c[0].exclusion = POLICY_ALLOWED;
	expect_alone(&s, "cost");
	assert_null(s.d.reason);
}

static void equals_prefill_for_themselves_while_nobody_decodes(void **unused)
{
	struct split s = split_of(0, 2, 8000);

	(void)unused;
	for (size_t i = 0; i < 2; i++)
		s.side[i] = (struct pair_side){.gives = true, .takes = true};
	expect_alone(&s, "cost");
	assert_string_equal(s.d.reason, "decode alone");
}

/* Two of the three hold most of it, but only one may compute. */
static struct split peers_of(size_t prompt)
{
	struct split s = split_of(2, 1, prompt);

	s.t.c[1].held_blocks = 480;
	s.t.c[1].gives = true;
	s.t.c[0].fetches = s.side[0].steered = true;
	s.side[1].exclusion = POLICY_DRAINING;
	return s;
}

static void what_a_peer_holds_is_fetched_by_who_prefills(void **unused)
{
	struct split s = peers_of(8000), without = peers_of(8000);

	(void)unused;
	without.t.c[1].gives = false;
	expect_pair(&without, "cost", 0, 2);
	expect_pair(&s, "cost", 0, 2);
	assert_int_equal(s.t.term[0].source, 1);
	assert_int_equal(s.t.term[0].fetch_blocks, 480);
	assert_true(s.d.prefill_tokens < 8000 - 479 * 16);
	assert_true(s.d.pair_ms < without.d.pair_ms);
	assert_int_equal(s.t.term[2].source, -1);
}

static void the_decode_worker_may_be_who_gives(void **unused)
{
	struct split s = split_of(1, 2, 8000);

	(void)unused;
	s.t.c[0].fetches = s.side[0].steered = true;
	s.t.c[1].gives = true;
	s.t.c[1].other_blocks = 250;
	expect_pair(&s, "cost", 0, 1);
	assert_int_equal(s.t.term[0].source, 1);
}

static void what_takes_longer_to_fetch_is_computed(void **unused)
{
	struct split s = peers_of(8000);

	(void)unused;
	s.t.c[1].fetching_ms = 60000;
	expect_pair(&s, "cost", 0, 2);
	assert_int_equal(s.t.term[0].source, -1);
	assert_true(s.d.prefill_tokens >= 7999);
}

static void a_connector_that_cannot_be_told_fetches_nothing(void **unused)
{
	struct split s = peers_of(8000);

	(void)unused;
	s.side[0].steered = false;
	expect_pair(&s, "cost", 0, 2);
	assert_int_equal(s.t.term[0].source, -1);
	/* Nor does one without such a tier. */
	s = peers_of(8000);
	s.t.c[0].fetches = false;
	expect_pair(&s, "cost", 0, 2);
	assert_int_equal(s.t.term[0].source, -1);
}

static void with_other_policies_no_leg_fetches(void **unused)
{
	(void)unused;
	for (size_t i = 1; i < ARRAY_LEN(policies); i++) {
		struct split s = peers_of(8000);

		expect_pair(&s, policies[i], 0, 2);
		assert_int_equal(s.t.term[0].source, -1);
	}
}

static void a_store_is_loaded_from_by_who_prefills(void **unused)
{
	struct split s = split_of(2, 1, 8000);

	(void)unused;
	s.t.c[1].store_blocks = 480;
	s.t.c[1].store_token_ms = 0.001;
	expect_pair(&s, "cost", 1, 2);
	assert_true(s.t.term[1].transfer > 0);
	assert_true(s.d.prefill_tokens < 8000 - 479 * 16);
	s.t.c[1].store_token_ms = 10;
	expect_pair(&s, "cost", 0, 2);
}

static void any_ends_have_a_price(void **unused)
{
	struct split s = split_of(2, 2, 8000);

	(void)unused;
	s.t.c[0].ahead_ms = 100;
	s.t.c[1].recent_tokens = s.t.c[2].recent_tokens = 100;
	decide(&s, "cost");
	assert_true(fabs(price(&s, 1, 3) - s.d.pair_ms) < 1e-6);
	assert_true(fabs(price(&s, -1, 3) - s.d.alone_ms) < 1e-6);
	assert_true(price(&s, 0, 3) > s.d.pair_ms + 99);
	assert_true(s.t.term[0].compute > 0);
	assert_true(s.t.term[3].transfer > 0);
}

static void who_may_not_be_chosen_has_no_price(void **unused)
{
	struct split s = split_of(2, 2, 8000);

	(void)unused;
	s.side[0].exclusion = POLICY_DOWN;
	s.side[2].exclusion = s.t.c[2].exclusion = POLICY_DOWN;
	s.side[1].kind = 8;
	assert_true(isinf(price(&s, 0, 3))); /* down */
	assert_true(isinf(price(&s, 1, 3))); /* of another kind */
	assert_true(isinf(price(&s, -1, 2)));
	assert_true(isinf(price(&s, -1, 0))); /* prefills only */
	assert_true(isinf(price(&s, 3, 3)));
	assert_true(isinf(price(&s, -1, -1)));
	assert_true(isfinite(price(&s, -1, 3)));
}

static void what_is_not_known_is_not_split(void **unused)
{
	struct split s = split_of(1, 1, 0);

	(void)unused;
	expect_alone(&s, "cost");
	expect_alone(&s, "least_load");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_prompt_is_prefilled_elsewhere),
		cmocka_unit_test(a_short_prompt_is_not_worth_the_transfer),
		cmocka_unit_test(who_holds_the_prefix_computes_the_rest),
		cmocka_unit_test(
			the_more_decode_there_the_less_is_prefilled_there),
		cmocka_unit_test(a_busy_prefill_worker_is_not_waited_for),
		cmocka_unit_test(the_pair_is_chosen_by_both_ends_prefixes),
		cmocka_unit_test(a_hand_over_stays_in_its_zone),
		cmocka_unit_test(load_moves_decode_elsewhere),
		cmocka_unit_test(who_prefills_all_the_time_goes_on_to),
		cmocka_unit_test(only_workers_of_one_kind_are_a_pair),
		cmocka_unit_test(who_is_excluded_is_no_end_of_a_pair),
		cmocka_unit_test(a_pair_is_better_than_nobody),
		cmocka_unit_test(nobody_hands_over_to_itself),
		cmocka_unit_test(
			equals_prefill_for_themselves_while_nobody_decodes),
		cmocka_unit_test(what_a_peer_holds_is_fetched_by_who_prefills),
		cmocka_unit_test(the_decode_worker_may_be_who_gives),
		cmocka_unit_test(what_takes_longer_to_fetch_is_computed),
		cmocka_unit_test(
			a_connector_that_cannot_be_told_fetches_nothing),
		cmocka_unit_test(with_other_policies_no_leg_fetches),
		cmocka_unit_test(a_store_is_loaded_from_by_who_prefills),
		cmocka_unit_test(any_ends_have_a_price),
		cmocka_unit_test(who_may_not_be_chosen_has_no_price),
		cmocka_unit_test(what_is_not_known_is_not_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

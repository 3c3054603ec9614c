#include "router/decision/again.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/policy/split.h"

static struct again_made again(struct split *s, const char *policy,
			       struct pair_ends was)
{
	struct again_made made;
	struct again_ask ask = {.was = was};
	struct arena arena;

	arena_init(&arena);
	ask.of = split_ask(s, policy, &arena);
	again_decide(&ask, &s->t.s, s->t.term, &made);
	arena_fini(&arena);
	return made;
}

static void the_same_policy_chooses_the_same_pair(void **unused)
{
	struct split s = split_of(2, 2, 8000);
	const struct pair_ends all[] = {{0, 2}, {0, 3}, {1, 2}, {1, 3}};

	(void)unused;
	/* Which of four that cost the same is a matter of turns. */
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct again_made m = again(&s, "cost", all[i]);

		assert_int_equal(m.change, AGAIN_SAME);
		assert_int_equal(m.now.prefill, all[i].prefill);
		assert_int_equal(m.now.decode, all[i].decode);
		assert_true(fabs(m.was_side.cost - m.now_side.cost) < 1e-6);
		assert_true(m.now_side.first_ms < m.now_side.cost);
	}
}

static void what_became_of_each_end_is_told(void **unused)
{
	struct split s = split_of(2, 2, 8000);

	(void)unused;
	s.t.c[0].ahead_ms = 300;
	s.t.c[3].live_tokens = 200000;
	assert_int_equal(again(&s, "cost", (struct pair_ends){0, 2}).change,
			 AGAIN_PREFILL);
	assert_int_equal(again(&s, "cost", (struct pair_ends){1, 3}).change,
			 AGAIN_DECODE);
	assert_int_equal(again(&s, "cost", (struct pair_ends){0, 3}).change,
			 AGAIN_PAIR);
	assert_int_equal(again(&s, "cost", (struct pair_ends){-1, 2}).change,
			 AGAIN_SPLIT);
	s.t.c[2].held_blocks = 495;
	assert_int_equal(again(&s, "cost", (struct pair_ends){1, 2}).change,
			 AGAIN_ALONE);
	assert_int_equal(again(&s, "cost", (struct pair_ends){-1, 3}).change,
			 AGAIN_OTHER);
}

static void a_pair_is_weighed_against_one_alone(void **unused)
{
	struct split s = split_of(1, 1, 8000);
	struct again_made m = again(&s, "cost", (struct pair_ends){-1, 1});

	(void)unused;
	assert_true(m.now_side.cost < m.was_side.cost);
	assert_true(isfinite(m.was_side.cost));
	assert_true(isfinite(m.now_side.first_ms));
	assert_string_equal(m.reason, "prefill elsewhere");
}

static void other_units_are_not_compared_with_ms(void **unused)
{
	struct split s = split_of(1, 1, 8000);
	struct again_made m = again(&s, "kv_aware", (struct pair_ends){-1, 1});

	(void)unused;
	assert_int_equal(m.change, AGAIN_SPLIT);
	assert_true(isinf(m.now_side.cost) && isinf(m.was_side.cost));
	assert_true(isfinite(m.now_side.first_ms));
}

static void where_no_pair_may_be_one_serves_alone(void **unused)
{
	struct split s = split_of(1, 2, 8000);
	struct again_ask ask = {.was = {-1, 1}};
	struct again_made m;
	struct arena arena;

	(void)unused;
	arena_init(&arena);
	ask.of = split_ask(&s, "cost", &arena);
	ask.of.side = NULL;
	again_decide(&ask, &s.t.s, s.t.term, &m);
	assert_int_equal(m.change, AGAIN_SAME);
	assert_int_equal(m.now.prefill, -1);
	arena_fini(&arena);
}

static void nobody_has_no_cost(void **unused)
{
	struct split s = split_of(0, 1, 8000);
	struct again_made m;

	(void)unused;
	s.t.c[0].exclusion = s.side[0].exclusion = POLICY_DOWN;
	m = again(&s, "cost", (struct pair_ends){-1, -1});
	assert_int_equal(m.change, AGAIN_SAME);
	assert_int_equal(again_computing(m.now), -1);
	assert_true(isinf(m.now_side.cost) && isinf(m.was_side.first_ms));
}

static void a_guess_stands_in_for_a_prompt(void **unused)
{
	struct split s = split_of(1, 1, 0);
	struct again_ask ask = {.was = {-1, 1}, .guessed_tokens = 8000};
	struct again_made m;
	struct arena arena;

	(void)unused;
	assert_int_equal(again(&s, "cost", ask.was).change, AGAIN_SAME);
	arena_init(&arena);
	ask.of = split_ask(&s, "cost", &arena);
	again_decide(&ask, &s.t.s, s.t.term, &m);
	assert_int_equal(m.change, AGAIN_SPLIT);
	arena_fini(&arena);
}

static void every_change_has_a_word_of_its_own(void **unused)
{
	(void)unused;
	for (int i = 0; i < AGAIN_CHANGES; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(again_change_name(i),
						again_change_name(k));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_policy_chooses_the_same_pair),
		cmocka_unit_test(what_became_of_each_end_is_told),
		cmocka_unit_test(a_pair_is_weighed_against_one_alone),
		cmocka_unit_test(other_units_are_not_compared_with_ms),
		cmocka_unit_test(where_no_pair_may_be_one_serves_alone),
		cmocka_unit_test(nobody_has_no_cost),
		cmocka_unit_test(a_guess_stands_in_for_a_prompt),
		cmocka_unit_test(every_change_has_a_word_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

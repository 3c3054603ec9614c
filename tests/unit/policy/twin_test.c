#include "router/policy/twin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/policy/price.h"

#define BLOCK  16
#define BLOCKS 1000 /* 16,000 tokens: some 0.8 s of prefill */

static struct policy_candidate c[3];
static struct policy_term term[3];
static struct policy_query q;

/* The first computes what is asked for, and has no room; the second is
 * chosen, and has nothing of it. */
static int begin(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < 3; i++) {
		c[i] = (struct policy_candidate){.worker = (unsigned)i,
						 .exact = true,
						 .follows = true,
						 .rates = &price_usual};
		term[i] = (struct policy_term){.tokens = BLOCKS * BLOCK + 8};
	}
	c[0].coming_blocks = BLOCKS;
	c[0].unanswered = 1;
	c[0].ahead_ms = 300;
	c[0].exclusion = POLICY_CROWDED;
	q = (struct policy_query){.candidate = c,
				  .n = 3,
				  .prompt_tokens = BLOCKS * BLOCK + 8,
				  .prompt_blocks = BLOCKS,
				  .block_size = BLOCK};
	return 0;
}

static int leader(void)
{
	return twin_find(&q, term, 1).leader;
}

static void one_waits_for_what_is_nearly_there(void **unused)
{
	struct twin t = twin_find(&q, term, 1);

	(void)unused;
	assert_int_equal(t.leader, 0);
	assert_true(t.wait_ms == 300);
	assert_true(t.most_ms > 600 && t.most_ms < 1000);
	c[0].exclusion = POLICY_FULL;
	assert_int_equal(leader(), 0);
}

static void it_does_not_wait_longer_than_to_compute_it(void **unused)
{
	(void)unused;
	c[0].ahead_ms = 1000;
	assert_int_equal(leader(), -1);
}

/* What the first has ahead of it is its own prompt, steps and all. */
static void one_that_comes_right_behind_waits(void **unused)
{
	double whole_ms = price_prefill_ms(&price_usual, 0, BLOCKS * BLOCK + 8,
					   price_usual.step_ms);

	(void)unused;
	c[0].ahead_ms = whole_ms - 1;
	assert_int_equal(leader(), 0);
	c[0].ahead_ms = whole_ms + 1; /* another is ahead of it there */
	assert_int_equal(leader(), -1);
}

static void what_the_policy_has_weighed_is_not_waited_for(void **unused)
{
	(void)unused;
	c[0].exclusion = POLICY_ALLOWED;
	assert_int_equal(leader(), -1);
	assert_int_equal(twin_find(&q, term, 0).leader, -1);
	c[0].exclusion = POLICY_DOWN;
	assert_int_equal(leader(), -1);
}

static void unless_it_can_be_fetched_then(void **unused)
{
	(void)unused;
	c[0].exclusion = POLICY_ALLOWED;
	c[0].gives = c[1].fetches = true;
	c[0].ahead_ms = 100;
	assert_int_equal(leader(), 0);
	c[0].ahead_ms = 700; /* the fetch comes on top */
	assert_int_equal(leader(), -1);
}

static void what_is_there_already_is_not_waited_for(void **unused)
{
	(void)unused;
	term[1].tokens = 500; /* the chosen one has the rest */
	assert_int_equal(leader(), -1);
	begin(NULL);
	c[0].held_blocks = BLOCKS;
	assert_int_equal(leader(), -1);
}

static void short_prompts_do_not_wait(void **unused)
{
	(void)unused;
	q.prompt_blocks = 50;
	q.prompt_tokens = 808;
	term[1].tokens = 808;
	c[0].ahead_ms = 1;
	assert_int_equal(leader(), -1);
}

static void the_nearest_of_several_is_waited_for(void **unused)
{
	(void)unused;
	c[2] = c[0];
	c[2].ahead_ms = 100;
	assert_int_equal(leader(), 2);
}

static void without_a_choice_there_is_nothing_to_save(void **unused)
{
	(void)unused;
	assert_int_equal(twin_find(&q, term, -1).leader, -1);
	c[0].rates = NULL;
	assert_int_equal(leader(), -1);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_waits_for_what_is_nearly_there),
		TEST(one_that_comes_right_behind_waits),
		TEST(it_does_not_wait_longer_than_to_compute_it),
		TEST(what_the_policy_has_weighed_is_not_waited_for),
		TEST(unless_it_can_be_fetched_then),
		TEST(what_is_there_already_is_not_waited_for),
		TEST(short_prompts_do_not_wait),
		TEST(the_nearest_of_several_is_waited_for),
		TEST(without_a_choice_there_is_nothing_to_save),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

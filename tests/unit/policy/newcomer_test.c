#include "router/policy/newcomer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/policy/price.h"

static void an_idle_worker_is_gone_to_at_once(void **unused)
{
	const struct policy_candidate idle = {.rates = NULL};

	(void)unused;
	assert_false(newcomer_waits(&idle));
}

static void behind_short_prompts_nobody_waits(void **unused)
{
	const struct policy_candidate c = {.inflight = 100,
					   .inflight_tokens = 10000};

	(void)unused;
	assert_false(newcomer_waits(&c));
}

static void behind_long_prompts_one_waits(void **unused)
{
	const struct policy_candidate c = {
		.inflight = 5, .inflight_tokens = 100000, .waiting = 1};

	(void)unused;
	assert_true(newcomer_waits(&c));
}

/* Their prompts may be done long ago. */
static void behind_answers_that_come_whole_nobody_waits(void **unused)
{
	const struct policy_candidate c = {.inflight = 200,
					   .inflight_tokens = 1000000};

	(void)unused;
	assert_false(newcomer_waits(&c));
}

static void what_is_known_of_the_worker_goes_before_guesses(void **unused)
{
	struct policy_candidate c = {.rates = &price_usual,
				     .inflight = 5,
				     .inflight_tokens = 100000,
				     .unanswered = 5,
				     .ahead_ms = 400};

	(void)unused;
	assert_false(newcomer_waits(&c));
	c.ahead_ms = 600;
	assert_true(newcomer_waits(&c));
	c.unanswered = 0;
	assert_false(newcomer_waits(&c));
}

/* Thought to be slower than it is, it would else get no more than it is
 * thought to be able to do. */
static void answers_that_come_whole_wait_only_by_the_workers_word(void **unused)
{
	struct policy_candidate c = {.rates = &price_usual,
				     .inflight = 60,
				     .inflight_tokens = 100000,
				     .unanswered = 60,
				     .silent = 60,
				     .ahead_ms = 900};

	(void)unused;
	assert_false(newcomer_waits(&c));
	c.waiting = 20;
	assert_true(newcomer_waits(&c));
}

/* Those who are followed count by their part of what is ahead. */
static void streams_among_them_count_by_their_part(void **unused)
{
	struct policy_candidate c = {.rates = &price_usual,
				     .inflight = 60,
				     .inflight_tokens = 100000,
				     .unanswered = 60,
				     .silent = 30,
				     .ahead_ms = 900};

	(void)unused;
	assert_false(newcomer_waits(&c));
	c.ahead_ms = 1100;
	assert_true(newcomer_waits(&c));
}

/* However long a step is thought to take, and a first token to come. */
static void a_step_takes_all_that_fit_into_it(void **unused)
{
	struct policy_candidate c = {.rates = &price_usual,
				     .inflight = 200,
				     .inflight_tokens = 8000,
				     .unanswered = 100,
				     .ahead_ms = 90000};

	(void)unused;
	assert_false(newcomer_waits(&c));
	c.inflight_tokens = 9000;
	assert_true(newcomer_waits(&c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_worker_is_gone_to_at_once),
		cmocka_unit_test(behind_short_prompts_nobody_waits),
		cmocka_unit_test(behind_long_prompts_one_waits),
		cmocka_unit_test(behind_answers_that_come_whole_nobody_waits),
		cmocka_unit_test(
			what_is_known_of_the_worker_goes_before_guesses),
		cmocka_unit_test(
			answers_that_come_whole_wait_only_by_the_workers_word),
		cmocka_unit_test(streams_among_them_count_by_their_part),
		cmocka_unit_test(a_step_takes_all_that_fit_into_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

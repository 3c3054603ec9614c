#include "router/policy/price.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct policy_rates rates = {
	.step_ms = 10,
	.token_ms = .1,
	.attention_ms = 1e-5,
	.sequence_ms = 1,
	.kv_ms = .001,
	.budget = 1000,
	.load_ms = 5,
	.load_token_ms = .01,
	.fetch_ms = 20,
	.fetch_token_ms = .02,
};

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static void a_step_grows_with_batch_and_memory(void **unused)
{
	(void)unused;
	assert_true(near(price_step_ms(&rates, 0, 0), 10));
	assert_true(near(price_step_ms(&rates, 4, 2000), 16));
}

static void a_prompt_takes_as_many_steps_as_the_budget_says(void **unused)
{
	(void)unused;
	assert_true(near(price_prefill_ms(&rates, 0, 1000, 10),
			 10 + 100 + 1e-5 * 1000 * 500));
	assert_true(near(price_prefill_ms(&rates, 0, 1001, 10) -
				 price_prefill_ms(&rates, 0, 1001, 0),
			 20));
}

static void what_looks_back_further_takes_longer(void **unused)
{
	(void)unused;
	assert_true(near(price_prefill_ms(&rates, 5000, 100, 0) -
				 price_prefill_ms(&rates, 0, 100, 0),
			 1e-5 * 100 * 5000));
}

static void nothing_takes_no_time(void **unused)
{
	(void)unused;
	assert_true(price_prefill_ms(&rates, 100, 0, 10) == 0);
	assert_true(price_load_ms(&rates, 0) == 0);
	assert_true(price_fetch_ms(&rates, 0) == 0);
}

static void transfers_have_a_start_and_a_pace(void **unused)
{
	(void)unused;
	assert_true(near(price_load_ms(&rates, 1000), 15));
	assert_true(near(price_fetch_ms(&rates, 1000), 40));
}

static void the_usual_rates_stand_in_for_unknown_ones(void **unused)
{
	const struct policy_candidate known = {.rates = &rates}, unknown = {0};

	(void)unused;
	assert_ptr_equal(price_rates(&known), &rates);
	assert_ptr_equal(price_rates(&unknown), &price_usual);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_grows_with_batch_and_memory),
		cmocka_unit_test(
			a_prompt_takes_as_many_steps_as_the_budget_says),
		cmocka_unit_test(what_looks_back_further_takes_longer),
		cmocka_unit_test(nothing_takes_no_time),
		cmocka_unit_test(transfers_have_a_start_and_a_pace),
		cmocka_unit_test(the_usual_rates_stand_in_for_unknown_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
	.fetch_rack_token_ms = .01,
	.fetch_across_token_ms = .1,
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
	assert_true(price_fetch_ms(&rates, POLICY_IN_ZONE, 0) == 0);
}

static void transfers_have_a_start_and_a_pace(void **unused)
{
	(void)unused;
	assert_true(near(price_load_ms(&rates, 1000), 15));
	assert_true(near(price_fetch_ms(&rates, POLICY_IN_ZONE, 1000), 40));
}

static void a_fetch_costs_by_its_distance(void **unused)
{
	(void)unused;
	assert_true(near(price_fetch_ms(&rates, POLICY_IN_RACK, 1000), 30));
	assert_true(near(price_fetch_ms(&rates, POLICY_ACROSS, 1000), 120));
	assert_true(price_fetch_ms(&rates, POLICY_ACROSS, 0) == 0);
}

static void names_alike_are_near_and_no_names_are_usual(void **unused)
{
	static const struct {
		uint32_t zone, rack, other_zone, other_rack;
		enum policy_distance is;
	} of[] = {
		{0, 0, 0, 0, POLICY_IN_ZONE}, {1, 0, 1, 0, POLICY_IN_ZONE},
		{1, 0, 0, 0, POLICY_IN_ZONE}, {1, 2, 1, 3, POLICY_IN_ZONE},
		{1, 2, 1, 0, POLICY_IN_ZONE}, {1, 2, 1, 2, POLICY_IN_RACK},
		{0, 2, 0, 2, POLICY_IN_RACK}, {1, 0, 2, 0, POLICY_ACROSS},
		{1, 2, 2, 2, POLICY_ACROSS},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		const struct policy_candidate a = {.zone = of[i].zone,
						   .rack = of[i].rack};
		const struct policy_candidate b = {.zone = of[i].other_zone,
						   .rack = of[i].other_rack};

		assert_int_equal(price_distance(&a, &b), of[i].is);
		assert_int_equal(price_distance(&b, &a), of[i].is);
	}
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
		cmocka_unit_test(a_fetch_costs_by_its_distance),
		cmocka_unit_test(names_alike_are_near_and_no_names_are_usual),
		cmocka_unit_test(the_usual_rates_stand_in_for_unknown_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/policy/prior.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "router/policy/price.h"
#include "tests/unit/abort.h"

static void every_class_has_a_pace(void **state)
{
	(void)state;
	for (int i = 0; i < CONF_GPU_N; i++) {
		const struct policy_rates r = prior_of((enum conf_gpu)i);
		const double *rate = (const double *)&r;

		for (size_t k = 0; k < sizeof(r) / sizeof(*rate); k++)
			assert_true(rate[k] > 0);
		assert_true(r.fetch_rack_token_ms < r.fetch_token_ms);
		assert_true(r.fetch_token_ms < r.fetch_across_token_ms);
	}
}

static void larger_ones_are_faster(void **state)
{
	(void)state;
	assert_true(prior_of(CONF_GPU_H100).token_ms <
		    prior_of(CONF_GPU_A100).token_ms);
	assert_true(prior_of(CONF_GPU_B200).token_ms <
		    prior_of(CONF_GPU_H200).token_ms);
	assert_true(prior_of(CONF_GPU_H100).token_ms <
		    prior_of(CONF_GPU_L4).token_ms);
}

static void a_worker_is_like_its_model_unless_it_says_otherwise(void **state)
{
	const struct conf_model m = {.gpu = CONF_GPU_H100};

	(void)state;
	assert_true(prior_of_worker(&m, 0).token_ms ==
		    prior_of(CONF_GPU_H100).token_ms);
	assert_true(prior_of_worker(&m, CONF_GPU_L4 + 1).token_ms ==
		    prior_of(CONF_GPU_L4).token_ms);
	assert_true(prior_of_worker(&m, CONF_GPU_USUAL + 1).token_ms ==
		    price_usual.token_ms);
}

static void ask_for_none(void *arg)
{
	(void)arg;
	(void)prior_of(CONF_GPU_N);
}

static void a_class_that_is_none_is_a_fault_of_ours(void **state)
{
	(void)state;
	assert_true(aborts(ask_for_none, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_class_has_a_pace),
		cmocka_unit_test(larger_ones_are_faster),
		cmocka_unit_test(
			a_worker_is_like_its_model_unless_it_says_otherwise),
		cmocka_unit_test(a_class_that_is_none_is_a_fault_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

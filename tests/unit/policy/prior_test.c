#include "router/policy/prior.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "router/policy/price.h"
#include "tests/unit/abort.h"

static bool is_twice(double a, double b)
{
	return fabs(a - 2 * b) < 1e-9 * fabs(a);
}

static void every_class_has_a_pace(void **state)
{
	(void)state;
	for (int i = 0; i < CONF_GPU_N; i++) {
		const struct policy_rates r = prior_of((enum conf_gpu)i, 0);
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
	assert_true(prior_of(CONF_GPU_H100, 0).token_ms <
		    prior_of(CONF_GPU_A100, 0).token_ms);
	assert_true(prior_of(CONF_GPU_B200, 0).token_ms <
		    prior_of(CONF_GPU_H200, 0).token_ms);
	assert_true(prior_of(CONF_GPU_H100, 0).token_ms <
		    prior_of(CONF_GPU_L4, 0).token_ms);
}

static void a_worker_is_like_its_model_unless_it_says_otherwise(void **state)
{
	const struct conf_model m = {.gpu = CONF_GPU_H100};

	(void)state;
	assert_true(prior_of_worker(&m, 0, 0).token_ms ==
		    prior_of(CONF_GPU_H100, 0).token_ms);
	assert_true(prior_of_worker(&m, CONF_GPU_L4 + 1, 0).token_ms ==
		    prior_of(CONF_GPU_L4, 0).token_ms);
	assert_true(prior_of_worker(&m, CONF_GPU_USUAL + 1, 0).token_ms ==
		    price_usual.token_ms);
}

/* Twice the bytes: what moves or reads them takes twice as long, and half as
 * many tokens fit; what computes does not know of it. */
static void a_models_keys_and_values_decide_what_they_cost_to_move(void **state)
{
	(void)state;
	for (int i = 0; i < CONF_GPU_N; i++) {
		enum conf_gpu gpu = (enum conf_gpu)i;
		struct policy_rates a = prior_of(gpu, 100000);
		struct policy_rates b = prior_of(gpu, 200000);

		assert_true(is_twice(b.load_token_ms, a.load_token_ms));
		assert_true(is_twice(b.fetch_token_ms, a.fetch_token_ms));
		assert_true(is_twice(b.fetch_across_token_ms,
				     a.fetch_across_token_ms));
		assert_true(is_twice(b.kv_ms, a.kv_ms));
		assert_true(is_twice(a.room_tokens, b.room_tokens));
		assert_true(b.token_ms == a.token_ms);
		assert_true(b.fetch_ms == a.fetch_ms);
	}
}

static void what_is_off_beyond_belief_is_bounded(void **state)
{
	struct policy_rates usual = prior_of(CONF_GPU_USUAL, 0);
	struct policy_rates huge = prior_of(CONF_GPU_USUAL, 1e300);
	struct policy_rates tiny = prior_of(CONF_GPU_USUAL, 1e-300);
	struct policy_rates less = prior_of(CONF_GPU_USUAL, -5);

	(void)state;
	assert_true(huge.room_tokens > 0 && isfinite(huge.fetch_token_ms));
	assert_true(isfinite(tiny.room_tokens) && tiny.fetch_token_ms > 0);
	assert_true(less.fetch_token_ms == usual.fetch_token_ms);
}

static void ask_for_none(void *arg)
{
	(void)arg;
	(void)prior_of(CONF_GPU_N, 0);
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
		cmocka_unit_test(
			a_models_keys_and_values_decide_what_they_cost_to_move),
		cmocka_unit_test(what_is_off_beyond_belief_is_bounded),
		cmocka_unit_test(a_class_that_is_none_is_a_fault_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

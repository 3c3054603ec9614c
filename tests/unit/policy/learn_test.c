#include "router/policy/learn.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/rng.h"
#include "router/policy/price.h"

static const struct policy_rates truth = {
	.step_ms = 19,
	.token_ms = .082,
	.attention_ms = 6.7e-6,
	.sequence_ms = .1,
	.kv_ms = 3.4e-4,
	.budget = 8192,
	.load_ms = 4,
	.load_token_ms = .006,
	.fetch_ms = 40,
	.fetch_token_ms = .024,
	.fetch_rack_token_ms = .012,
	.fetch_across_token_ms = .1,
};

/* One answer in twenty takes ten times as long, all vary by 5 %. */
static double noisy(struct rng *r, double ms)
{
	ms *= .95 + .1 * rng_unit(r);
	return rng_below(r, 20) == 0 ? 10 * ms : ms;
}

static void serve(struct learn *l, const struct policy_rates *as, struct rng *r)
{
	double context = (double)rng_below(r, 60000);
	double tokens = 100 + (double)rng_below(r, 8000);

	learn_prefill(
		l, context, tokens, 0, false,
		noisy(r, price_prefill_ms(as, context, tokens, as->step_ms)));
	learn_step(l, (double)rng_below(r, 60), (double)rng_below(r, 300000),
		   noisy(r, price_step_ms(as, 30, 150000)));
}

static bool is_about(double a, double b, double share)
{
	return fabs(a / b - 1) <= share;
}

/* What matters is what is foretold. */
static bool foretells(const struct learn *l, const struct policy_rates *as,
		      double share)
{
	static const double prompt[][2] = {
		{0, 1000}, {0, 8000}, {30000, 1000}, {50000, 6000}};
	const struct policy_rates *r = &l->rates;

	for (size_t i = 0; i < sizeof(prompt) / sizeof(*prompt); i++)
		if (!is_about(price_prefill_ms(r, prompt[i][0], prompt[i][1],
					       as->step_ms),
			      price_prefill_ms(as, prompt[i][0], prompt[i][1],
					       as->step_ms),
			      share))
			return false;
	return true;
}

static void serve_prompts(struct learn *l, const struct policy_rates *as,
			  struct rng *r, int n)
{
	while (n-- > 0) {
		double context = (double)rng_below(r, 60000);
		double tokens = 100 + (double)rng_below(r, 8000);
		double ms = price_prefill_ms(as, context, tokens, as->step_ms);

		learn_prefill(l, context, tokens, 0, false, noisy(r, ms));
	}
}

static void wrong_priors_are_forgotten_within_50_requests(void **unused)
{
	static const double wrong[] = {.1, .3, 3, 10};

	(void)unused;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		for (uint64_t seed = 1; seed <= 20; seed++) {
			struct policy_rates prior = truth;
			struct learn l;
			struct rng r;

			rng_seed(&r, seed);
			prior.token_ms *= wrong[i];
			prior.attention_ms /= wrong[i];
			learn_init(&l, &prior);
			serve_prompts(&l, &truth, &r, 50);
			assert_true(foretells(&l, &truth, .15));
		}
}

static void decode_steps_are_learned(void **unused)
{
	struct policy_rates prior = truth;
	struct learn l;
	struct rng r;

	(void)unused;
	rng_seed(&r, 1);
	prior.step_ms *= 3;
	prior.kv_ms /= 5;
	learn_init(&l, &prior);
	for (int i = 0; i < 50; i++) {
		double n = 1 + (double)rng_below(&r, 60);
		double kv = n * (1000 + (double)rng_below(&r, 9000));

		learn_step(&l, n, kv, noisy(&r, price_step_ms(&truth, n, kv)));
	}
	assert_true(is_about(price_step_ms(&l.rates, 10, 60000),
			     price_step_ms(&truth, 10, 60000), .1));
	assert_true(is_about(price_step_ms(&l.rates, 50, 300000),
			     price_step_ms(&truth, 50, 300000), .1));
}

static void transfers_are_learned(void **unused)
{
	struct policy_rates prior = truth;
	struct learn l;
	struct rng r;

	(void)unused;
	rng_seed(&r, 1);
	prior.fetch_token_ms *= 8;
	prior.load_ms *= 4;
	learn_init(&l, &prior);
	for (int i = 0; i < 50; i++) {
		double n = 500 + (double)rng_below(&r, 40000);

		learn_fetch(
			&l, POLICY_IN_ZONE, n,
			noisy(&r, price_fetch_ms(&truth, POLICY_IN_ZONE, n)));
		learn_load(&l, n, noisy(&r, price_load_ms(&truth, n)));
	}
	assert_true(is_about(price_fetch_ms(&l.rates, POLICY_IN_ZONE, 20000),
			     price_fetch_ms(&truth, POLICY_IN_ZONE, 20000),
			     .1));
	assert_true(is_about(price_load_ms(&l.rates, 20000),
			     price_load_ms(&truth, 20000), .1));
}

/* A third of what was thought within a rack, four times that across. */
static void each_distance_has_a_pace_of_its_own(void **unused)
{
	struct policy_rates prior = truth;
	struct learn l;
	struct rng r;

	(void)unused;
	rng_seed(&r, 1);
	prior.fetch_rack_token_ms *= 3;
	prior.fetch_across_token_ms /= 4;
	learn_init(&l, &prior);
	for (int i = 0; i < 60; i++) {
		enum policy_distance d = (enum policy_distance)(
			i % POLICY_DISTANCES);
		double n = 500 + (double)rng_below(&r, 40000);

		learn_fetch(&l, d, n, noisy(&r, price_fetch_ms(&truth, d, n)));
	}
	for (int i = 0; i < POLICY_DISTANCES; i++) {
		enum policy_distance d = (enum policy_distance)i;

		assert_true(is_about(price_fetch_ms(&l.rates, d, 20000),
				     price_fetch_ms(&truth, d, 20000), .15));
	}
}

static void a_distance_never_seen_is_as_far_off_as_the_usual_one(void **unused)
{
	struct learn l;

	(void)unused;
	learn_init(&l, &truth);
	for (int i = 0; i < 50; i++) {
		double n = 1000 + 700.0 * i;

		learn_fetch(&l, POLICY_IN_ZONE, n,
			    truth.fetch_ms + 8 * truth.fetch_token_ms * n);
	}
	assert_true(is_about(l.rates.fetch_across_token_ms,
			     8 * truth.fetch_across_token_ms, .1));
	assert_true(is_about(l.rates.fetch_rack_token_ms,
			     8 * truth.fetch_rack_token_ms, .1));
}

/* A small GPU that is thought to be a large one is found out at once: what
 * is off for that reason is no noise. */
static void a_wrong_prior_does_not_hold_itself(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct learn l;
		struct rng r;

		rng_seed(&r, seed);
		learn_init(&l, &price_usual);
		for (int i = 0; i < 3; i++) {
			double context = 10000 + (double)rng_below(&r, 15000);
			double ms = price_prefill_ms(&truth, context, 1000,
						     truth.step_ms);

			learn_prefill(&l, context, 1000, 0, false,
				      ms * (.9 + .2 * rng_unit(&r)));
		}
		assert_true(is_about(
			price_prefill_ms(&l.rates, 17000, 1000,
					 l.rates.step_ms),
			price_prefill_ms(&truth, 17000, 1000, truth.step_ms),
			.2));
	}
}

static void a_drift_is_followed(void **unused)
{
	struct policy_rates slower = truth;
	struct learn l;
	struct rng r;

	(void)unused;
	rng_seed(&r, 2);
	learn_init(&l, &truth);
	serve_prompts(&l, &truth, &r, 300);
	slower.token_ms *= 1.5;
	serve_prompts(&l, &slower, &r, 200);
	assert_true(foretells(&l, &slower, .15));
}

static void a_restart_is_learned_anew_at_once(void **unused)
{
	struct policy_rates other = truth;
	struct learn l;
	struct rng r;

	(void)unused;
	rng_seed(&r, 3);
	learn_init(&l, &truth);
	serve_prompts(&l, &truth, &r, 300);
	other.token_ms *= 4;
	other.attention_ms *= 2;
	learn_restart(&l);
	assert_true(foretells(&l, &truth, .15));
	serve_prompts(&l, &other, &r, 50);
	assert_true(foretells(&l, &other, .15));
}

static void outliers_hardly_move_what_is_known(void **unused)
{
	struct learn l;
	struct rng r;

	(void)unused;
	rng_seed(&r, 4);
	learn_init(&l, &truth);
	serve_prompts(&l, &truth, &r, 200);
	for (int i = 0; i < 5; i++)
		learn_prefill(&l, 0, 4000, 0, false, 1e6);
	assert_true(foretells(&l, &truth, .3));
}

/* A fast worker behind a slow guess: what a request takes by itself is
 * told apart from the steps by those that did not come first. */
static void the_overhead_of_a_request_is_learned_too(void **unused)
{
	struct policy_rates wrong = truth, as = truth;
	struct learn l;
	struct rng r;

	(void)unused;
	as.overhead_ms = 1;
	wrong.overhead_ms = 60;
	rng_seed(&r, 11);
	learn_init(&l, &wrong);
	for (int i = 0; i < 50; i++) {
		double tokens = 100 + (double)rng_below(&r, 8000);
		bool fresh = i % 2 == 0;
		double ms = price_prefill_ms(&as, 0, tokens, as.step_ms) +
			    (fresh ? as.overhead_ms : 0);

		learn_prefill(&l, 0, tokens, 0, fresh, noisy(&r, ms));
	}
	assert_true(l.rates.overhead_ms < 10);
	assert_true(foretells(&l, &as, .2));
}

static void prompts_all_alike_do_not_run_away(void **unused)
{
	struct learn l;
	struct rng r;
	double ms = price_prefill_ms(&truth, 0, 1000, truth.step_ms);

	(void)unused;
	rng_seed(&r, 5);
	learn_init(&l, &truth);
	for (int i = 0; i < 20000; i++)
		learn_prefill(&l, 0, 1000, 0, false, noisy(&r, ms));
	serve_prompts(&l, &truth, &r, 50);
	assert_true(foretells(&l, &truth, .15));
}

/* Turns of a chat under load: a few new tokens behind a long context, in
 * steps that are long, and vary, for other reasons. */
static void serve_short_turn(struct learn *l, struct rng *r)
{
	double context = 20000 + (double)rng_below(r, 20000);
	double tokens = 5 + (double)rng_below(r, 40);
	double others_ms = 5 + 10 * rng_unit(r);
	double ms = price_prefill_ms(&truth, context, tokens,
				     truth.step_ms + others_ms);

	learn_prefill(l, context, tokens, 10, rng_below(r, 2) == 0,
		      noisy(r, ms * (.7 + .6 * rng_unit(r))));
}

static bool is_near(double a, double b)
{
	return a > b / 6 && a < b * 6;
}

static void what_is_lost_in_noise_stays_near_its_prior(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct learn l;
		struct rng r;

		rng_seed(&r, seed);
		learn_init(&l, &truth);
		for (int i = 0; i < 4000; i++) {
			serve_short_turn(&l, &r);
			assert_true(is_near(l.rates.token_ms, truth.token_ms));
			assert_true(is_near(l.rates.attention_ms,
					    truth.attention_ms));
		}
		serve_prompts(&l, &truth, &r, 50);
		assert_true(foretells(&l, &truth, .15));
	}
}

/* What was learned of one distance is not forgotten for others' sake. */
static void what_is_no_longer_seen_keeps_what_was_learned(void **unused)
{
	double pace = 8 * truth.fetch_across_token_ms;
	struct learn l;

	(void)unused;
	learn_init(&l, &truth);
	for (int i = 0; i < 200; i++) {
		double n = 1000 + 100.0 * i;

		if (i < 50)
			learn_fetch(&l, POLICY_ACROSS, n,
				    truth.fetch_ms + pace * n);
		else
			learn_fetch(&l, POLICY_IN_ZONE, n,
				    price_fetch_ms(&truth, POLICY_IN_ZONE, n));
	}
	assert_true(is_about(l.rates.fetch_across_token_ms, pace, .1));
}

static void nonsense_is_passed_over(void **unused)
{
	struct learn l;

	(void)unused;
	learn_init(&l, &truth);
	learn_prefill(&l, 0, 0, 0, false, 5);
	learn_prefill(&l, 0, 100, 0, false, 0);
	learn_prefill(&l, 0, 100, 0, false, -3);
	learn_prefill(&l, 0, 100, 0, false, NAN);
	learn_step(&l, 0, 0, INFINITY);
	learn_fetch(&l, POLICY_IN_ZONE, 100, -1);
	assert_memory_equal(&l.rates, &truth, sizeof(truth));
	for (int i = 0; i < 1000; i++)
		serve(&l, &truth, &(struct rng){{1, 2, 3, 4}});
	assert_true(isfinite(l.rates.token_ms) && l.rates.token_ms > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_priors_are_forgotten_within_50_requests),
		cmocka_unit_test(decode_steps_are_learned),
		cmocka_unit_test(transfers_are_learned),
		cmocka_unit_test(each_distance_has_a_pace_of_its_own),
		cmocka_unit_test(
			a_distance_never_seen_is_as_far_off_as_the_usual_one),
		cmocka_unit_test(a_wrong_prior_does_not_hold_itself),
		cmocka_unit_test(a_drift_is_followed),
		cmocka_unit_test(a_restart_is_learned_anew_at_once),
		cmocka_unit_test(outliers_hardly_move_what_is_known),
		cmocka_unit_test(prompts_all_alike_do_not_run_away),
		cmocka_unit_test(the_overhead_of_a_request_is_learned_too),
		cmocka_unit_test(what_is_lost_in_noise_stays_near_its_prior),
		cmocka_unit_test(what_is_no_longer_seen_keeps_what_was_learned),
		cmocka_unit_test(nonsense_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/policy/lesson.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/rng.h"
#include "router/policy/price.h"

static const struct policy_rates truth = {
	.overhead_ms = 6,
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
};

/* A worker that serves prompts one after the other. */
struct served {
	struct lesson lesson;
	double now_ms, done_ms;
};

static struct served begin(double wrong)
{
	struct policy_rates prior = truth;
	double *rate = (double *)&prior;
	struct served s = {.now_ms = 1000};

	for (size_t i = 0; i < sizeof(prior) / sizeof(*rate); i++)
		if (&rate[i] != &prior.budget)
			rate[i] *= wrong;
	lesson_init(&s.lesson, &prior);
	return s;
}

static void serve(struct served *s, double context, double tokens,
		  double until_next_ms)
{
	double came_ms = s->now_ms + truth.overhead_ms;
	double from_ms = came_ms > s->done_ms ? came_ms : s->done_ms;
	struct lesson_first f = {
		.sent_ms = s->now_ms,
		.context = context,
		.computed = tokens,
		.alone = s->now_ms >= s->done_ms,
	};

	f.at_ms = from_ms +
		  price_prefill_ms(&truth, context, tokens, truth.step_ms);
	s->done_ms = f.at_ms;
	lesson_first_token(&s->lesson, &f);
	s->now_ms += until_next_ms;
}

static double foretold(const struct served *s, double context, double tokens)
{
	const struct policy_rates *r = &s->lesson.learn.rates;

	return r->overhead_ms +
	       price_prefill_ms(r, context, tokens, r->step_ms);
}

static void assert_foretells(const struct served *s, double context,
			     double tokens, double share)
{
	double ms = truth.overhead_ms +
		    price_prefill_ms(&truth, context, tokens, truth.step_ms);

	assert_true(fabs(foretold(s, context, tokens) / ms - 1) < share);
}

static void run(struct served *s, int n, double gap_ms)
{
	struct rng r;

	rng_seed(&r, 3);
	while (n-- > 0)
		serve(s, (double)rng_below(&r, 20000),
		      100 + (double)rng_below(&r, 6000), gap_ms);
}

static void priors_wrong_by_ten_are_forgotten_within_50_requests(void **state)
{
	static const double wrong[] = {.1, 10};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct served s = begin(wrong[i]);

		run(&s, 50, 2000);
		assert_foretells(&s, 0, 4000, .15);
		assert_foretells(&s, 10000, 1000, .15);
	}
}

/* In a queue each begins where the one before it ended. */
static void a_queue_teaches_as_much_as_single_prompts(void **state)
{
	struct served s = begin(10);

	(void)state;
	run(&s, 50, 100);
	assert_foretells(&s, 0, 4000, .15);
}

static void prompts_of_one_step_are_one_observation(void **state)
{
	struct served s = begin(1);
	struct lesson_first f = {.sent_ms = 1000, .computed = 500};

	(void)state;
	f.at_ms = 1000 + truth.overhead_ms +
		  price_prefill_ms(&truth, 0, 1000, truth.step_ms);
	for (int i = 0; i < 60; i++) {
		lesson_first_token(&s.lesson, &f);
		f.at_ms += .01;
		lesson_first_token(&s.lesson, &f);
		f.sent_ms += 5000;
		f.at_ms += 4999.99;
	}
	assert_int_equal(s.lesson.learn.prefill.count, 59);
	assert_foretells(&s, 0, 1000, .05);
}

static void a_fetch_alone_teaches_how_fast_peers_give(void **state)
{
	struct served s = begin(1);
	double held = 20000, tokens = 500;
	struct lesson_first f = {.sent_ms = 1000,
				 .context = held,
				 .computed = tokens,
				 .fetched = held,
				 .alone = true};

	(void)state;
	for (int i = 0; i < 40; i++) {
		f.at_ms = f.sent_ms + truth.overhead_ms +
			  price_prefill_ms(&truth, held, tokens,
					   truth.step_ms) +
			  4 * price_fetch_ms(&truth, POLICY_IN_ZONE, held);
		lesson_first_token(&s.lesson, &f);
		f.sent_ms += 9000;
	}
	assert_true(fabs(price_fetch_ms(&s.lesson.learn.rates, POLICY_IN_ZONE,
					held) /
				 (4 * price_fetch_ms(&truth, POLICY_IN_ZONE,
						     held)) -
			 1) < .1);
	/* And nothing about the prefill, which it was not. */
	assert_int_equal(s.lesson.learn.prefill.count, 0);
}

static void a_fetch_behind_others_teaches_nothing(void **state)
{
	struct served s = begin(1);
	struct lesson_first f = {.sent_ms = 1000,
				 .at_ms = 90000,
				 .context = 20000,
				 .computed = 500,
				 .fetched = 20000};

	(void)state;
	lesson_first_token(&s.lesson, &f);
	assert_int_equal(s.lesson.learn.fetch.count, 0);
}

/* 32,000 tokens a second, and 20 ms before the first. */
static struct lesson_first from_store(double held, double sent_ms)
{
	return (struct lesson_first){
		.sent_ms = sent_ms,
		.at_ms = sent_ms + truth.overhead_ms + 20 + held / 32 +
			 price_prefill_ms(&truth, held, 500, truth.step_ms),
		.context = held,
		.computed = 500,
		.stored = held,
		.alone = true,
	};
}

static void workers_learn_of_a_store_together(void **state)
{
	struct served s[2] = {begin(1), begin(1)};
	struct learn_link store;

	(void)state;
	learn_link_init(&store, 10, .2);
	s[0].lesson.store = s[1].lesson.store = &store;
	for (int i = 0; i < 40; i++) {
		struct lesson_first f = from_store(2000 + i % 5 * 4000,
						   1000 + 9000 * i);

		lesson_first_token(&s[i % 2].lesson, &f);
	}
	assert_true(
		fabs((store.ms + store.token_ms * 10000) / (20 + 10000. / 32) -
		     1) < .1);
	assert_int_equal(store.fit.count, 40);
	/* And nothing of what they do themselves. */
	assert_int_equal(s[0].lesson.learn.prefill.count, 0);
	assert_int_equal(s[0].lesson.learn.load.fit.count, 0);
}

static void two_transfers_at_once_teach_of_neither(void **state)
{
	struct served s = begin(1);
	struct lesson_first f = from_store(8000, 1000);
	struct learn_link store;

	(void)state;
	learn_link_init(&store, 10, .2);
	s.lesson.store = &store;
	f.loaded = 100;
	lesson_first_token(&s.lesson, &f);
	f.loaded = 0;
	f.alone = false;
	lesson_first_token(&s.lesson, &f);
	s.lesson.store = NULL;
	f.alone = true;
	lesson_first_token(&s.lesson, &f);
	assert_int_equal(store.fit.count, 0);
	assert_int_equal(s.lesson.learn.load.fit.count, 0);
}

static void what_was_learned_stays_over_a_restart(void **state)
{
	struct served s = begin(10);

	(void)state;
	run(&s, 50, 2000);
	lesson_restart(&s.lesson);
	assert_foretells(&s, 0, 4000, .15);
	assert_int_equal(s.lesson.learn.prefill.count, 0);
	assert_true(s.lesson.last.tokens <= 0);
}

static void nonsense_teaches_nothing(void **state)
{
	struct served s = begin(1);
	struct lesson_first f = {.sent_ms = 5000, .at_ms = 1, .computed = 100};

	(void)state;
	for (int i = 0; i < 9; i++) {
		lesson_first_token(&s.lesson, &f);
		f.at_ms = NAN;
		lesson_first_token(&s.lesson, &f);
		f.at_ms = 1;
	}
	lesson_step(&s.lesson, 3, 100, NAN);
	assert_int_equal(s.lesson.learn.decode.count, 0);
	assert_memory_equal(&s.lesson.learn.rates, &truth, sizeof(truth));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			priors_wrong_by_ten_are_forgotten_within_50_requests),
		cmocka_unit_test(a_queue_teaches_as_much_as_single_prompts),
		cmocka_unit_test(prompts_of_one_step_are_one_observation),
		cmocka_unit_test(a_fetch_alone_teaches_how_fast_peers_give),
		cmocka_unit_test(a_fetch_behind_others_teaches_nothing),
		cmocka_unit_test(workers_learn_of_a_store_together),
		cmocka_unit_test(two_transfers_at_once_teach_of_neither),
		cmocka_unit_test(what_was_learned_stays_over_a_restart),
		cmocka_unit_test(nonsense_teaches_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

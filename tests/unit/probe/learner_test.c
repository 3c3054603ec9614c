#include "router/probe/learner.h"

#include "router/policy/price.h"
#include "router/policy/prior.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct bed {
	struct loop loop;
	struct learner *learner;
	struct conf conf;
	struct conf_model model;
	struct conf_worker worker;
	struct fleet *fleet;
};

static struct fleet *make_fleet(struct bed *b, struct fleet *old)
{
	struct error err;
	struct fleet *f = fleet_create(&b->conf, old, &err);

	assert_non_null(f);
	return f;
}

static int set_up(void **state)
{
	static struct bed b;

	memset(&b, 0, sizeof(b));
	loop_init(&b.loop);
	ref_init(&b.conf.ref); /* held by the test for good */
	b.conf.model = &b.model;
	b.conf.n_models = 1;
	b.model = (struct conf_model){.name = (char *)"m",
				      .worker = &b.worker,
				      .n_workers = 1,
				      .gpu = CONF_GPU_A100};
	b.worker = (struct conf_worker){.name = (char *)"w",
					.url = (char *)"http://h:1"};
	b.fleet = make_fleet(&b, NULL);
	b.learner = learner_create(&b.loop);
	learner_set_fleet(b.learner, b.fleet);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	learner_destroy(&b->learner);
	fleet_unref(&b->fleet);
	loop_fini(&b->loop);
	return 0;
}

static struct policy_rates rates_of(const struct bed *b)
{
	struct policy_rates r;

	assert_true(rates_get(&b->fleet->worker[0]->rates, &r));
	return r;
}

/* Prompts that take ten times as long as is thought. */
static void serve(struct bed *b, unsigned n)
{
	const struct policy_rates a100 = prior_of(CONF_GPU_A100, 0), *r = &a100;
	struct seen s = {.kind = SEEN_FIRST_TOKEN, .sent_us = 1000000};

	for (unsigned i = 0; i < n; i++) {
		s.computed = 200 + i % 7 * 900;
		s.at_us = s.sent_us +
			  (uint64_t)(1e4 * (r->overhead_ms +
					    price_prefill_ms(r, 0, s.computed,
							     r->step_ms)));
		seen_put(&b->fleet->worker[0]->seen, &s);
		s.sent_us = s.at_us + 1000000;
		if (i % SEEN_SLOTS == SEEN_SLOTS - 1)
			learner_look(b->learner);
	}
	learner_look(b->learner);
}

static void assert_rates_of(enum conf_gpu gpu, const struct policy_rates *r)
{
	const struct policy_rates prior = prior_of(gpu, 0);

	assert_memory_equal(r, &prior, sizeof(prior));
}

static void put_fleet(struct bed *b)
{
	struct fleet *next = make_fleet(b, b->fleet);

	learner_set_fleet(b->learner, next);
	fleet_unref(&b->fleet);
	b->fleet = next;
}

static void at_first_a_worker_is_as_its_class(void **state)
{
	struct bed *b = *state;
	struct policy_rates r = rates_of(b);

	assert_rates_of(CONF_GPU_A100, &r);
	assert_int_equal(b->fleet->worker[0]->n_observed, 0);
}

static void what_it_shows_is_learned_within_50_requests(void **state)
{
	struct bed *b = *state;
	const struct policy_rates a100 = prior_of(CONF_GPU_A100, 0),
				  *was = &a100;
	struct policy_rates r;
	double now, then;

	serve(b, 50);
	r = rates_of(b);
	now = r.overhead_ms + price_prefill_ms(&r, 0, 3000, r.step_ms);
	then = was->overhead_ms + price_prefill_ms(was, 0, 3000, was->step_ms);
	assert_true(now > 9 * then && now < 11 * then);
	assert_int_equal(b->fleet->worker[0]->n_observed, 50);
}

static void what_was_learned_stays_over_a_reload(void **state)
{
	struct bed *b = *state;
	struct policy_rates before, after;

	serve(b, 50);
	before = rates_of(b);
	put_fleet(b);
	after = rates_of(b);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void another_class_is_another_guess(void **state)
{
	struct bed *b = *state;
	struct policy_rates r;

	serve(b, 50);
	b->worker.own_gpu = CONF_GPU_L4 + 1;
	put_fleet(b);
	r = rates_of(b);
	assert_rates_of(CONF_GPU_L4, &r);
}

static void what_was_learned_stays_over_a_restart_as_a_guess(void **state)
{
	struct bed *b = *state;
	struct policy_rates before, after;

	serve(b, 50);
	before = rates_of(b);
	learner_restarted(b->learner, b->fleet->worker[0]);
	learner_look(b->learner);
	after = rates_of(b);
	assert_memory_equal(&before, &after, sizeof(before));
}

/* Loads from the store that take ten times as long as is thought. */
static void load_all(struct bed *b, unsigned n)
{
	const struct policy_rates r = rates_of(b);
	struct seen s = {.kind = SEEN_FIRST_TOKEN, .alone = true};

	for (unsigned i = 0; i < n; i++) {
		s.sent_us = 1000000 + (uint64_t)i * 60000000;
		s.stored = s.context = 2000 + i % 5 * 4000;
		s.computed = 100;
		s.at_us = s.sent_us +
			  (uint64_t)(1e3 * (r.overhead_ms +
					    price_prefill_ms(&r, s.context, 100,
							     r.step_ms) +
					    100 + .2 * s.stored));
		seen_put(&b->fleet->worker[0]->seen, &s);
		if (i % SEEN_SLOTS == SEEN_SLOTS - 1)
			learner_look(b->learner);
	}
	learner_look(b->learner);
}

static void a_store_is_learned_and_stays_over_a_reload(void **state)
{
	struct bed *b = *state;
	struct store *s;

	b->model.store = (struct conf_store){
		.name = (char *)"nfs", .load_ms = 10, .token_ms = .02};
	b->worker.uses_store = true;
	put_fleet(b);
	s = b->fleet->model[0].store;
	assert_true(s->load_ms == 10 && s->token_ms == .02);
	load_all(b, 50);
	assert_int_equal(s->n_observed, 50);
	assert_true(s->token_ms > .15 && s->token_ms < .25);
	put_fleet(b);
	assert_true(s->token_ms > .15 && s->token_ms < .25);
	/* Another first guess is another beginning. */
	b->model.store.token_ms = .03;
	put_fleet(b);
	assert_true(s->token_ms == .03);
	/* One that does not use it tells nothing of it. */
	b->worker.uses_store = false;
	put_fleet(b);
	load_all(b, 20);
	assert_true(s->token_ms == .03);
	b->model.store.name = NULL;
	put_fleet(b);
	load_all(b, 5);
}

static void nothing_seen_changes_nothing(void **state)
{
	struct bed *b = *state;
	unsigned version = b->fleet->worker[0]->rates.version;

	learner_look(b->learner);
	assert_int_equal(b->fleet->worker[0]->rates.version, version);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			at_first_a_worker_is_as_its_class, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_it_shows_is_learned_within_50_requests, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			what_was_learned_stays_over_a_reload, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(another_class_is_another_guess,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_was_learned_stays_over_a_restart_as_a_guess,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_seen_changes_nothing,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_store_is_learned_and_stays_over_a_reload, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

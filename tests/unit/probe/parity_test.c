#include "router/probe/parity.h"

#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/probe/engine.h"

#define DEMO    "models/demo"
#define WORKERS 3

struct bed {
	struct loop loop;
	struct rng rng;
	struct engine engine[WORKERS];
	struct conf conf;
	struct conf_model model;
	struct conf_worker worker[WORKERS];
	struct fleet *fleet;
	struct parity_checker checker[WORKERS];
	size_t started;
	bool (*wanted)(struct bed *b);
	struct timer look;
	uint64_t deadline;
};

static void look(void *arg)
{
	struct bed *b = arg;

	if (b->wanted(b) || clock_ms() > b->deadline)
		loop_stop(&b->loop);
	else
		timer_set(&b->look, 2);
}

static void run_until(struct bed *b, bool (*wanted)(struct bed *b))
{
	b->wanted = wanted;
	b->deadline = clock_ms() + 20000;
	timer_set(&b->look, 1);
	loop_run(&b->loop);
	assert_true(wanted(b));
}

static struct fleet_model *model(struct bed *b)
{
	return &b->fleet->model[0];
}

static struct worker *w(struct bed *b, size_t i)
{
	return b->fleet->worker[i];
}

static void set_fleet(struct bed *b)
{
	struct fleet *old = b->fleet;
	struct error err;

	b->fleet = fleet_create(&b->conf, old, &err);
	assert_non_null(b->fleet);
	for (size_t i = 0; i < WORKERS; i++)
		parity_checker_set(&b->checker[i], &b->fleet->worker[i], 1,
				   model(b), &b->conf);
	fleet_unref(&old);
}

static int set_up(void **state)
{
	static struct bed b;
	static const char *const name[] = {"w0", "w1", "w2"};

	memset(&b, 0, sizeof(b));
	loop_init(&b.loop);
	rng_seed(&b.rng, 1);
	ref_init(&b.conf.ref); /* held by the test for good */
	b.conf.model = &b.model;
	b.conf.n_models = 1;
	b.conf.probe.parity_interval_ms = 3600000;
	b.conf.timeouts.tokenize = 5000;
	b.model = (struct conf_model){
		.name = (char *)"demo",
		.tokenizer = (char *)DEMO,
		.worker = b.worker,
		.n_workers = WORKERS,
	};
	timer_init(&b.look, &b.loop, look, &b);
	for (size_t i = 0; i < WORKERS; i++) {
		engine_start(&b.engine[i], &b.loop, DEMO);
		b.worker[i] = (struct conf_worker){
			.name = (char *)name[i],
			.url = (char *)"http://h",
			.host = (char *)"h",
			.addr = b.engine[i].addr,
		};
		parity_checker_init(&b.checker[i], &b.loop, &b.rng);
	}
	set_fleet(&b);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	for (size_t i = 0; i < WORKERS; i++)
		parity_checker_fini(&b->checker[i]);
	for (size_t i = 0; i < WORKERS; i++)
		engine_fini(&b->engine[i]);
	timer_fini(&b->look);
	fleet_unref(&b->fleet);
	loop_fini(&b->loop);
	return 0;
}

static void join(struct bed *b, size_t i)
{
	w(b, i)->health = WORKER_UP;
	parity_checker_joined(&b->checker[i]);
}

static enum parity_state found(struct bed *b, size_t i, enum parity_check c)
{
	return w(b, i)->parity.finding[c].state;
}

static void be_unlike(struct bed *b, size_t i)
{
	chat_model_unref(&b->engine[i].chat);
	b->engine[i].chat = engine_other_chat("{{ messages[0].content }}");
}

static bool one_round(struct bed *b)
{
	return b->checker[0].rounds >= 1;
}

static bool a_round_of_all(struct bed *b)
{
	for (size_t i = 0; i < WORKERS; i++)
		if (b->checker[i].rounds == 0)
			return false;
	return true;
}

static bool five_rounds(struct bed *b)
{
	return b->checker[0].rounds >= 5;
}

static bool first_holds(struct bed *b)
{
	return found(b, 0, PARITY_TEMPLATE) == PARITY_HOLDS;
}

static void a_worker_that_joins_is_compared(void **state)
{
	struct bed *b = *state;

	assert_int_equal(found(b, 0, PARITY_TOKENIZER), PARITY_UNKNOWN);
	join(b, 0);
	run_until(b, one_round);
	for (int c = PARITY_MODEL; c <= PARITY_TEMPLATE; c++)
		assert_int_equal(found(b, 0, (enum parity_check)c),
				 PARITY_HOLDS);
	assert_int_equal(w(b, 0)->chat_print, PARITY_OURS);
	assert_int_equal(w(b, 0)->text_print, PARITY_OURS);
	assert_int_equal(w(b, 0)->release, 27);
	assert_int_equal(w(b, 1)->chat_print, PARITY_NO_PRINT);
	assert_int_equal(model(b)->chat_ids, PARITY_OURS);
}

static void most_workers_decide_whose_ids_are_taken(void **state)
{
	struct bed *b = *state;

	be_unlike(b, 1);
	be_unlike(b, 2);
	for (size_t i = 0; i < WORKERS; i++)
		join(b, i);
	run_until(b, a_round_of_all);
	assert_int_equal(found(b, 0, PARITY_TEMPLATE), PARITY_HOLDS);
	assert_int_equal(found(b, 1, PARITY_TEMPLATE), PARITY_DIFFERS);
	assert_true(w(b, 1)->chat_print == w(b, 2)->chat_print);
	assert_true(model(b)->chat_ids == w(b, 1)->chat_print);
	assert_int_equal(model(b)->text_ids, PARITY_OURS);
	/* Those that are down have no say. */
	w(b, 1)->health = w(b, 2)->health = WORKER_DOWN;
	parity_checker_left(&b->checker[2]);
	assert_int_equal(model(b)->chat_ids, PARITY_OURS);
}

static void what_differs_is_asked_more_often_and_comes_back(void **state)
{
	struct bed *b = *state;
	struct chat_model *right = chat_model_ref(b->engine[0].chat);

	b->conf.probe.parity_interval_ms = 100;
	be_unlike(b, 0);
	join(b, 0);
	run_until(b, five_rounds);
	assert_int_equal(found(b, 0, PARITY_TEMPLATE), PARITY_DIFFERS);
	chat_model_unref(&b->engine[0].chat);
	b->engine[0].chat = right;
	run_until(b, first_holds);
	assert_int_equal(w(b, 0)->chat_print, PARITY_OURS);
}

static void a_worker_that_cannot_be_asked_keeps_what_was_found(void **state)
{
	struct bed *b = *state;

	b->conf.probe.parity_interval_ms = 50;
	join(b, 0);
	run_until(b, one_round);
	engine_stop(&b->engine[0]);
	run_until(b, five_rounds);
	assert_int_equal(found(b, 0, PARITY_TEMPLATE), PARITY_HOLDS);
}

static void nobody_is_asked_who_is_not_there(void **state)
{
	struct bed *b = *state;

	b->conf.probe.parity_interval_ms = 50;
	join(b, 0);
	parity_checker_left(&b->checker[0]);
	join(b, 1);
	b->checker[0].rounds = 0;
	while (b->checker[1].rounds < 3)
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
	assert_int_equal(b->checker[0].rounds, 0);
	assert_int_equal(b->engine[0].asked, 0);
}

static bool two_rounds(struct bed *b)
{
	return b->checker[0].rounds >= 2;
}

static void answers_that_count_otherwise_bring_a_round(void **state)
{
	struct bed *b = *state;

	b->conf.probe.parity_interval_ms = 1000000;
	join(b, 0);
	run_until(b, one_round);
	parity_checker_watch(&b->checker[0]);
	assert_true(b->checker[0].timer.due_ms > clock_ms() + 800000);
	atomic_fetch_add(&w(b, 0)->miscounts, 1);
	parity_checker_watch(&b->checker[0]);
	assert_true(b->checker[0].timer.due_ms < clock_ms() + 200000);
	/* However many follow, it is not put off. */
	timer_set(&b->checker[0].timer, 1);
	atomic_fetch_add(&w(b, 0)->miscounts, 1);
	parity_checker_watch(&b->checker[0]);
	run_until(b, two_rounds);
}

static void an_interval_of_zero_asks_nobody(void **state)
{
	struct bed *b = *state;

	join(b, 1);
	b->conf.probe.parity_interval_ms = 0;
	join(b, 0);
	while (b->checker[1].rounds < 1)
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
	assert_int_equal(b->engine[0].asked, 0);
}

static void adapters_and_names_that_are_not_there_are_named(void **state)
{
	struct bed *b = *state;
	char *lora[] = {(char *)"sql"};

	b->model.lora = lora;
	b->model.n_loras = 1;
	b->engine[0].models = "{\"data\":[{\"id\":\"other\"}]}";
	join(b, 0);
	run_until(b, one_round);
	assert_int_equal(found(b, 0, PARITY_LORAS), PARITY_DIFFERS);
	assert_non_null(strstr(w(b, 0)->parity.finding[PARITY_LORAS].mend,
			       "--lora-modules"));
	assert_int_equal(found(b, 0, PARITY_MODEL), PARITY_DIFFERS);
	assert_non_null(strstr(w(b, 0)->parity.finding[PARITY_MODEL].mend,
			       "--served-model-name demo"));
}

static void a_reload_compares_anew(void **state)
{
	struct bed *b = *state;

	join(b, 0);
	run_until(b, one_round);
	b->checker[0].rounds = 0;
	set_fleet(b);
	run_until(b, one_round);
	/* The same tokenizer: what was found counts meanwhile. */
	b->checker[0].stamp++;
	set_fleet(b);
	assert_int_equal(w(b, 0)->chat_print, PARITY_NO_PRINT);
}

static void metrics_are_watched_without_asking(void **state)
{
	struct bed *b = *state;
	const struct load l = {.prefix_caching = SLICE("False")};

	parity_checker_told(&b->checker[0], &l);
	assert_int_equal(found(b, 0, PARITY_CACHING), PARITY_DIFFERS);
	assert_int_equal(b->engine[0].asked, 0);
	parity_checker_pause(&b->checker[0]);
	parity_checker_watch(&b->checker[0]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_worker_that_joins_is_compared),
		TEST(most_workers_decide_whose_ids_are_taken),
		TEST(what_differs_is_asked_more_often_and_comes_back),
		TEST(a_worker_that_cannot_be_asked_keeps_what_was_found),
		TEST(nobody_is_asked_who_is_not_there),
		TEST(answers_that_count_otherwise_bring_a_round),
		TEST(an_interval_of_zero_asks_nobody),
		TEST(adapters_and_names_that_are_not_there_are_named),
		TEST(a_reload_compares_anew),
		TEST(metrics_are_watched_without_asking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

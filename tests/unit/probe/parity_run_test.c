#include "router/probe/parity_run.h"

#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/probe/engine.h"

#define DEMO "models/demo"

struct bed {
	struct loop loop;
	struct engine engine;
	struct conf_model conf;
	struct fleet_model model;
	struct worker *worker;
	struct parity_run run;
	struct timer limit;
	size_t done;
	bool whole;
};

static void on_done(void *arg, bool whole)
{
	struct bed *b = arg;

	assert_false(parity_run_is_open(&b->run));
	b->done++;
	b->whole = whole;
	loop_stop(&b->loop);
}

static void too_late(void *arg)
{
	loop_stop(&((struct bed *)arg)->loop);
}

static int set_up(void **state)
{
	static struct bed b;
	struct conf_worker c = {.name = (char *)"w", .host = (char *)"w"};
	struct error err;

	memset(&b, 0, sizeof(b));
	loop_init(&b.loop);
	engine_start(&b.engine, &b.loop, DEMO);
	c.addr = b.engine.addr;
	b.worker = worker_create(&c, 0, -1);
	b.conf.name = (char *)"demo";
	b.model.conf = &b.conf;
	b.model.tokenizer = tokenizer_load(DEMO, &err);
	b.model.chat = chat_model_load(DEMO, NULL, &err);
	parity_run_init(&b.run, &b.loop, on_done, &b);
	timer_init(&b.limit, &b.loop, too_late, &b);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	parity_run_fini(&b->run);
	timer_fini(&b->limit);
	engine_fini(&b->engine);
	if (b->model.tokenizer)
		tokenizer_unref(&b->model.tokenizer);
	chat_model_unref(&b->model.chat);
	worker_unref(&b->worker);
	loop_fini(&b->loop);
	return 0;
}

static void run(struct bed *b)
{
	size_t before = b->done;

	parity_run_start(&b->run, &b->model, b->worker, 5000);
	timer_set(&b->limit, 20000);
	loop_run(&b->loop);
	assert_int_equal(b->done, before + 1);
}

static enum parity_state state_of(struct bed *b, enum parity_check check)
{
	struct buf room = {0};
	struct parity_verdict v = parity_tally_judge(&b->run.tally, check, "d",
						     &room);

	buf_fini(&room);
	return v.state;
}

/* Of which the render alone is asked. */
static size_t rendered_cases(void)
{
	size_t n = 0;

	for (size_t i = 0; i < parity_case_n; i++)
		n += parity_case[i].rendered;
	return n;
}

static void a_worker_like_us_agrees_in_everything(void **state)
{
	struct bed *b = *state;

	run(b);
	assert_true(b->whole);
	for (int c = PARITY_TOKENIZER; c <= PARITY_TEMPLATE; c++)
		assert_int_equal(state_of(b, (enum parity_check)c),
				 PARITY_HOLDS);
	assert_true(b->run.facts.has_model);
	assert_int_equal(b->run.facts.max_model_len, 4096);
	assert_int_equal(b->run.facts.release, 27);
	assert_int_equal(b->engine.asked, 2 + parity_case_n);
	assert_int_equal(b->engine.renders_asked, rendered_cases());
}

static void another_template_differs_in_chats_alone(void **state)
{
	struct bed *b = *state;

	chat_model_unref(&b->engine.chat);
	b->engine.chat = engine_other_chat("{{ messages[0].content }}");
	run(b);
	assert_int_equal(state_of(b, PARITY_TOKENIZER), PARITY_HOLDS);
	assert_int_equal(state_of(b, PARITY_TEMPLATE), PARITY_DIFFERS);
	/* The render is asked about every chat, and there is none. */
	assert_int_equal(b->engine.renders_asked,
			 b->engine.chats + rendered_cases());
}

static struct chat_model *showing_tools(bool exclude)
{
	return engine_chat_with(
		"{{ tools }}{{ messages[0].content }}",
		(struct chat_options){.exclude_tools = exclude});
}

static void tools_that_a_worker_leaves_out_are_seen_in_its_render(void **state)
{
	struct bed *b = *state;

	chat_model_unref(&b->model.chat);
	chat_model_unref(&b->engine.chat);
	b->model.chat = showing_tools(false);
	b->engine.chat = showing_tools(false);
	b->engine.render_chat = showing_tools(true);
	b->engine.renders = true;
	run(b);
	assert_int_equal(state_of(b, PARITY_TEMPLATE), PARITY_DIFFERS);
	/* And alike they agree again. */
	chat_model_unref(&b->model.chat);
	b->model.chat = showing_tools(true);
	run(b);
	assert_int_equal(state_of(b, PARITY_TEMPLATE), PARITY_HOLDS);
}

static void the_render_counts_for_more_than_tokenize(void **state)
{
	struct bed *b = *state;

	b->engine.render_chat = b->engine.chat;
	b->engine.chat = engine_other_chat("{{ messages[0].content }}");
	b->engine.renders = true;
	run(b);
	assert_true(b->engine.renders_asked > 0);
	assert_int_equal(state_of(b, PARITY_TEMPLATE), PARITY_HOLDS);
}

static void a_worker_without_tokenize_leaves_it_unknown(void **state)
{
	struct bed *b = *state;

	b->engine.tokenize_status = 404;
	b->engine.models = b->engine.version = NULL;
	run(b);
	assert_true(b->whole);
	for (int c = PARITY_TOKENIZER; c <= PARITY_TEMPLATE; c++)
		assert_int_equal(state_of(b, (enum parity_check)c),
				 PARITY_UNKNOWN);
	assert_false(b->run.facts.models);
	assert_int_equal(b->run.facts.release, 0);
}

static void answers_that_are_none_leave_it_unknown(void **state)
{
	struct bed *b = *state;

	b->engine.garbles = true;
	b->engine.models = "[";
	b->engine.version = "[";
	run(b);
	assert_int_equal(state_of(b, PARITY_TOKENIZER), PARITY_UNKNOWN);
	assert_non_null(memmem(buf_slice(&b->run.tally.path[0].unknown).p,
			       buf_len(&b->run.tally.path[0].unknown),
			       "no list of ids", 14));
}

static void without_a_tokenizer_only_facts_are_asked(void **state)
{
	struct bed *b = *state;

	tokenizer_unref(&b->model.tokenizer);
	run(b);
	assert_true(b->whole);
	assert_int_equal(b->engine.asked, 2);
	assert_int_equal(state_of(b, PARITY_TEMPLATE), PARITY_HOLDS);
}

static void a_worker_that_goes_ends_the_round(void **state)
{
	struct bed *b = *state;

	engine_stop(&b->engine);
	run(b);
	assert_false(b->whole);
	/* And the next one is a round of its own. */
	assert_int_equal(b->run.tally.path[0].n, 0);
}

static void a_worker_that_hangs_ends_the_round(void **state)
{
	struct bed *b = *state;

	b->engine.hangs = true;
	parity_run_start(&b->run, &b->model, b->worker, 50);
	timer_set(&b->limit, 20000);
	loop_run(&b->loop);
	assert_int_equal(b->done, 1);
	assert_false(b->whole);
}

static void a_round_may_be_stopped_and_another_started(void **state)
{
	struct bed *b = *state;

	parity_run_start(&b->run, &b->model, b->worker, 5000);
	while (b->engine.asked < 5)
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
	parity_run_stop(&b->run);
	assert_false(parity_run_is_open(&b->run));
	run(b);
	assert_true(b->whole);
	assert_int_equal(b->done, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_worker_like_us_agrees_in_everything),
		TEST(another_template_differs_in_chats_alone),
		TEST(tools_that_a_worker_leaves_out_are_seen_in_its_render),
		TEST(the_render_counts_for_more_than_tokenize),
		TEST(a_worker_without_tokenize_leaves_it_unknown),
		TEST(answers_that_are_none_leave_it_unknown),
		TEST(without_a_tokenizer_only_facts_are_asked),
		TEST(a_worker_that_goes_ends_the_round),
		TEST(a_worker_that_hangs_ends_the_round),
		TEST(a_round_may_be_stopped_and_another_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/decision/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "tests/unit/decision/made.h"

static struct made m;

static void has(const struct buf *b, const char *text)
{
	if (strstr(b->p, text) == NULL)
		fail_msg("%s is not in\n%s", text, b->p);
}

static void the_cheapest_stands_first_and_the_chosen_is_marked(void **unused)
{
	struct decision_record *r;
	struct buf b = {0};

	(void)unused;
	made_begin(&m, "cost", 3);
	m.term[0].cost = INFINITY;
	m.candidate[0].exclusion = POLICY_FULL;
	m.made.decision.chosen = 1;
	m.term[1].source = 2;
	m.term[1].fetch_blocks = 5;
	m.candidate[2].store_blocks = 40;
	m.term[1].compute = 40;
	m.term[1].recent = 61;
	r = made_record(&m);
	decision_table(r, &b);
	buf_putc(&b, '\0');
	has(&b, "policy cost, cost in ms: worker-1 (cache)");
	has(&b, "* worker-1");
	has(&b, "  expected_ms     spread       cost  ");
	has(&b, "           40         61        101  ");
	has(&b, "fetches 5 blocks of worker-2");
	has(&b, "loads 38 blocks of nfs");
	has(&b, "full");
	assert_true(strstr(b.p, "\n* worker-1") < strstr(b.p, "\n  worker-2"));
	assert_true(strstr(b.p, "\n  worker-2") < strstr(b.p, "\n  worker-0"));
	/* A column of zeros tells nothing. */
	assert_null(strstr(b.p, "eviction"));
	buf_fini(&b);
	decision_free(&r);
	made_end(&m);
}

static void nobody_is_said_with_the_reason(void **unused)
{
	struct decision_record *r;
	struct buf b = {0};

	(void)unused;
	made_begin(&m, "cost", 0);
	m.made.decision = (struct policy_decision){-1, "all workers down"};
	r = made_record(&m);
	decision_table(r, &b);
	decision_table_outcome(&r->outcome, &b);
	buf_putc(&b, '\0');
	has(&b, "nobody (all workers down)");
	has(&b, "not over yet");
	buf_fini(&b);
	decision_free(&r);
	made_end(&m);
}

static void who_computes_the_prompt_for_another_is_said(void **unused)
{
	const struct pair_decision pair = {
		.prefill = 2, .decode = 1, .pair_ms = 20, .alone_ms = 30};
	struct decision_record *r;
	struct buf b = {0};

	(void)unused;
	made_begin(&m, "cost", 3);
	m.made.pair = &pair;
	r = made_record(&m);
	decision_table(r, &b);
	buf_putc(&b, '\0');
	has(&b, "its prompt is computed by worker-2: 20 ms, where one worker "
		"alone costs 30\n");
	buf_fini(&b);
	decision_free(&r);
	made_end(&m);
}

static void each_decision_has_a_line(void **unused)
{
	struct decision_record *r, *none;
	struct buf b = {0};

	(void)unused;
	made_begin(&m, "cost", 30);
	r = made_record(&m);
	m.made.decision = (struct policy_decision){-1, "all workers full"};
	none = made_record(&m);
	none->outcome.name = "shed";
	decision_lines((const struct decision_record *const[]){r, none}, 2, &b);
	buf_putc(&b, '\0');
	has(&b, "req-0123456789abcdef");
	has(&b, "under way");
	has(&b, "all workers full");
	has(&b, "shed");
	buf_fini(&b);
	decision_free(&none);
	decision_free(&r);
	made_end(&m);
}

static void what_came_of_it_is_a_sentence(void **unused)
{
	const struct decision_outcome o = {
		.name = "cut_visible",
		.why = "reset",
		.status = 200,
		.prompt_tokens = 10,
		.cached_tokens = 4,
		.first_us = 1500,
		.duration_us = 2500,
		.queue_ms = 1,
		.prediction = "wrong",
	};
	struct buf b = {0};

	(void)unused;
	decision_table_outcome(&o, &b);
	buf_putc(&b, '\0');
	assert_string_equal(
		b.p, "cut_visible, status 200 (reset), the worker says 4 of 10 "
		     "tokens were cached (prediction wrong), first byte after "
		     "1.5 ms, over after 2.5 ms, of which 1 ms in the queue\n");
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_cheapest_stands_first_and_the_chosen_is_marked),
		cmocka_unit_test(nobody_is_said_with_the_reason),
		cmocka_unit_test(who_computes_the_prompt_for_another_is_said),
		cmocka_unit_test(each_decision_has_a_line),
		cmocka_unit_test(what_came_of_it_is_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

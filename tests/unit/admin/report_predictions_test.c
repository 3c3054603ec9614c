#include "router/admin/report_predictions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct bed {
	struct worker *worker;
	struct metrics *metrics;
	struct buf out;
};

static int set_up(void **state)
{
	static const struct conf_worker c = {.name = (char *)"w",
					     .url = (char *)"http://h:1"};
	static struct bed b;
	unsigned id = 0;

	assert_true(worker_id_take(&id));
	b.worker = worker_create(&c, id, -1);
	b.metrics = metrics_create("1", "c");
	b.out = (struct buf){0};
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	worker_unref(&b->worker);
	metrics_destroy(&b->metrics);
	buf_fini(&b->out);
	return 0;
}

static void verdicts_and_choices_of_this_worker_are_told(void **state)
{
	struct bed *b = *state;
	struct metrics *m = b->metrics;

	metric_add(metrics_cell(m, METRICS_PREDICTION, "w", "exact"), 9);
	metric_add(metrics_cell(m, METRICS_PREDICTION, "w", "wrong"), 1);
	metric_add(metrics_cell(m, METRICS_DECISIONS, "m", "w", "cache"), 7);
	metric_add(metrics_cell(m, METRICS_DECISIONS, "m", "w", "load"), 4);
	report_predictions_json(b->worker, m, &b->out);
	assert_true(slice_equal(
		buf_slice(&b->out),
		SLICE(",\"chosen\":11,\"predictions\":{\"exact\":9,"
		      "\"index_changed\":0,\"wrong\":1,\"unknown\":0}")));
}

static void those_of_others_are_not(void **state)
{
	struct bed *b = *state;
	struct metrics *m = b->metrics;

	metric_inc(metrics_cell(m, METRICS_PREDICTION, "v", "exact"));
	metric_inc(metrics_cell(m, METRICS_DECISIONS, "w", "v", "w"));
	report_predictions_json(b->worker, m, &b->out);
	assert_true(slice_equal(
		buf_slice(&b->out),
		SLICE(",\"chosen\":0,\"predictions\":{\"exact\":0,"
		      "\"index_changed\":0,\"wrong\":0,\"unknown\":0}")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(verdicts_and_choices_of_this_worker_are_told),
		TEST(those_of_others_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/admin/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

struct bed {
	struct conf conf;
	struct conf_model model[2];
	struct conf_worker worker[3];
	struct index *exact, *approx;
	struct recall *recall;
	struct metrics *metrics;
	struct fleet *fleet;
	struct report report;
	struct buf out;
};

static int set_up(void **state)
{
	static struct bed b;
	struct error err;

	memset(&b, 0, sizeof(b));
	ref_init(&b.conf.ref); /* held by the test for good */
	b.conf.model = b.model;
	b.conf.n_models = 2;
	b.model[0] = (struct conf_model){
		.name = (char *)"quote\"d", .worker = b.worker, .n_workers = 2};
	b.model[1] = (struct conf_model){
		.name = (char *)"b", .worker = b.worker + 2, .n_workers = 1};
	for (size_t i = 0; i < 3; i++)
		b.worker[i] = (struct conf_worker){
			.name = (char *[]){(char *)"w0", (char *)"w1",
					   (char *)"w2"}[i],
			.url = (char *)"http://h:1",
			.host = (char *)"h:1"};
	b.exact = index_create(4 << 20);
	b.approx = index_create(4 << 20);
	b.recall = recall_create(1 << 20);
	b.fleet = fleet_create(&b.conf, NULL, &err);
	assert_non_null(b.fleet);
	b.metrics = metrics_create("1", "c");
	b.report = (struct report){b.fleet, b.exact, b.approx, b.recall,
				   b.metrics};
	buf_init(&b.out);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	buf_fini(&b->out);
	fleet_unref(&b->fleet);
	index_destroy(&b->exact);
	index_destroy(&b->approx);
	recall_destroy(&b->recall);
	metrics_destroy(&b->metrics);
	return 0;
}

static bool says(struct bed *b, const char *text)
{
	struct slice s = buf_slice(&b->out);

	return memmem(s.p, s.n, text, strlen(text)) != NULL;
}

static void one_worker_up_for_each_model_is_ready(void **state)
{
	struct bed *b = *state;

	b->fleet->worker[1]->health = WORKER_UP;
	b->fleet->worker[2]->health = WORKER_UP;
	assert_true(report_ready(&b->report, &b->out));
	assert_int_equal(buf_len(&b->out), 0);
}

static void a_model_without_a_worker_up_is_named(void **state)
{
	struct bed *b = *state;

	b->fleet->worker[0]->health = WORKER_DOWN;
	b->fleet->worker[2]->health = WORKER_UP;
	assert_false(report_ready(&b->report, &b->out));
	assert_true(says(b, "model quote\"d: none of its 2 workers is up (1 "
			    "down, 1 not checked yet)\n"));
	assert_false(says(b, "model b"));
}

static void the_list_is_json_whatever_names_are(void **state)
{
	struct bed *b = *state;
	struct slice s;
	json_t *root, *one;

	b->fleet->worker[1]->trust = WORKER_EXACT;
	b->fleet->worker[1]->last_event_ms = 1;
	b->fleet->worker[1]->event_lag_us = -2500;
	report_json(&b->report, &b->out);
	s = buf_slice(&b->out);
	root = json_loadb(s.p, s.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_int_equal(json_array_size(json_object_get(root, "workers")), 3);
	one = json_array_get(json_object_get(root, "workers"), 1);
	assert_string_equal(json_string_value(json_object_get(one, "model")),
			    "quote\"d");
	assert_string_equal(json_string_value(json_object_get(one, "trust")),
			    "exact");
	one = json_object_get(one, "events");
	assert_true(json_real_value(json_object_get(one, "lag_ms")) == -2.5);
	assert_true(json_integer_value(json_object_get(one, "age_ms")) > 0);
	json_decref(root);
}

static void every_row_of_the_table_is_one_line(void **state)
{
	struct bed *b = *state;
	struct slice s;
	size_t lines = 0;

	report_table(&b->report, &b->out);
	for (s = buf_slice(&b->out); s.n > 0; lines++)
		(void)slice_split(&s, '\n');
	assert_int_equal(lines, 4);
	assert_true(says(b, "not checked yet"));
}

static void index_evictions_only_count_up(void **state)
{
	struct bed *b = *state;
	struct metrics *m = metrics_create("1", "c");

	report_gauges(&b->report, m);
	report_gauges(&b->report, m);
	assert_true(metric_value(metrics_cell(m, METRICS_INDEX_EVICTED,
					      "exact")) == 0);
	metrics_destroy(&m);
}

static double gate_is(struct metrics *m, const struct worker *w,
		      const char *state)
{
	return metric_value(
		metrics_cell(m, METRICS_WORKER_GATE, w->name, state));
}

static void one_gate_of_each_worker_is_shown(void **state)
{
	struct bed *b = *state;
	struct worker *w = b->fleet->worker[0];
	struct metrics *m = metrics_create("1", "c");

	report_gauges(&b->report, m);
	assert_true(gate_is(m, w, "admits") == 1);
	w->gate = GATE_BROKEN;
	w->breaker.state = BREAKER_OPEN;
	report_gauges(&b->report, m);
	assert_true(gate_is(m, w, "admits") == 0);
	assert_true(gate_is(m, w, "broken") == 1);
	report_table(&b->report, &b->out);
	assert_true(says(b, "broken") && says(b, "breaker open"));
	metrics_destroy(&m);
}

/* A reload may end it without a word. */
static void whether_breakers_are_heeded_is_shown_as_it_is(void **state)
{
	struct bed *b = *state;
	struct fleet_model *model = &b->fleet->model[0];
	struct metrics *m = metrics_create("1", "c");
	struct metric_cell *cell;

	model->fail_open = true;
	report_gauges(&b->report, m);
	cell = metrics_cell(m, METRICS_FAIL_OPEN, model->conf->name);
	assert_true(metric_value(cell) == 1);
	model->fail_open = false;
	report_gauges(&b->report, m);
	assert_true(metric_value(cell) == 0);
	metrics_destroy(&m);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_worker_up_for_each_model_is_ready),
		TEST(a_model_without_a_worker_up_is_named),
		TEST(the_list_is_json_whatever_names_are),
		TEST(every_row_of_the_table_is_one_line),
		TEST(index_evictions_only_count_up),
		TEST(one_gate_of_each_worker_is_shown),
		TEST(whether_breakers_are_heeded_is_shown_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/admin/funnel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <stdio.h>

#include "router/proxy/cells.h"

#define SECOND_US 1000000ull
#define BEGIN_US  (1769862896ull * SECOND_US) /* 12:34:56 */

static struct metrics *m;
static struct funnel *f;
static struct buf out;

static int set_up(void **unused)
{
	(void)unused;
	m = metrics_create("1", "c");
	f = funnel_create(m, BEGIN_US);
	out = (struct buf){0};
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	funnel_destroy(&f);
	metrics_destroy(&m);
	buf_fini(&out);
	return 0;
}

static void serve(double prompt, double best, double predicted, double reported)
{
	metric_inc(metrics_cell(m, METRICS_REQUESTS, "a", "200", "ok"));
	metric_observe(metrics_cell(m, METRICS_FIRST_BYTE, "a"), 0.25);
	metric_add(metrics_cell(m, METRICS_PROMPT_TOKENS, "a", "worker"),
		   prompt);
	metric_add(metrics_cell(m, METRICS_BEST_CACHED, "a"), best);
	metric_add(metrics_cell(m, METRICS_PREDICTED_CACHED, "a"), predicted);
	metric_add(metrics_cell(m, METRICS_REPORTED_CACHED, "a"), reported);
}

static json_t *told(void)
{
	struct slice s;
	json_t *root;

	buf_reset(&out, 0);
	funnel_json(f, &out);
	s = buf_slice(&out);
	root = json_loadb(s.p, s.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	return root;
}

static double total_of(const json_t *root, const char *column)
{
	return json_number_value(
		json_object_get(json_object_get(root, "totals"), column));
}

static size_t intervals_of(const json_t *root, const char *column)
{
	const json_t *all = json_object_get(root, "intervals");

	return json_array_size(json_object_get(all, column));
}

static double grown_in(const json_t *root, const char *column, size_t i)
{
	const json_t *all = json_object_get(root, "intervals");

	return json_number_value(
		json_array_get(json_object_get(all, column), i));
}

static bool says(const char *text)
{
	struct slice s = buf_slice(&out);

	return memmem(s.p, s.n, text, strlen(text)) != NULL;
}

static void totals_are_those_of_the_metrics_of_all_models(void **unused)
{
	json_t *root;

	(void)unused;
	serve(100, 90, 80, 70);
	metric_add(metrics_cell(m, METRICS_PROMPT_TOKENS, "b", "gateway"), 11);
	metric_inc(
		metrics_cell(m, METRICS_REQUESTS, "b", "400", "client_error"));
	root = told();
	assert_true(total_of(root, "requests") == 2);
	assert_true(total_of(root, "ok") == 1);
	assert_true(total_of(root, "client_error") == 1);
	assert_true(total_of(root, "first_bytes") == 1);
	assert_true(total_of(root, "first_byte_seconds") == 0.25);
	assert_true(total_of(root, "prompt_tokens") == 111);
	assert_true(total_of(root, "told_prompt_tokens") == 100);
	assert_true(total_of(root, "best_cached_tokens") == 90);
	assert_true(total_of(root, "predicted_cached_tokens") == 80);
	assert_true(total_of(root, "reported_cached_tokens") == 70);
	json_decref(root);
}

static void an_interval_has_what_came_in_it(void **unused)
{
	json_t *root;

	(void)unused;
	serve(100, 90, 80, 70);
	funnel_sample(f, BEGIN_US + 5 * SECOND_US);
	serve(10, 9, 8, 7);
	serve(10, 9, 8, 7);
	funnel_sample(f, BEGIN_US + 10 * SECOND_US);
	serve(1000, 0, 0, 0); /* in the one that is not over */
	root = told();
	assert_int_equal(intervals_of(root, "requests"), 2);
	assert_int_equal(json_array_size(json_object_get(root, "ends")), 2);
	assert_true(grown_in(root, "requests", 0) == 1);
	assert_true(grown_in(root, "requests", 1) == 2);
	assert_true(grown_in(root, "prompt_tokens", 0) == 100);
	assert_true(grown_in(root, "best_cached_tokens", 1) == 18);
	assert_true(json_number_value(
			    json_array_get(json_object_get(root, "ends"), 1)) ==
		    (double)(BEGIN_US / 1000 + 10000));
	json_decref(root);
}

static void before_the_first_interval_is_over_there_is_none(void **unused)
{
	json_t *root = told();

	(void)unused;
	assert_int_equal(intervals_of(root, "requests"), 0);
	assert_true(total_of(root, "requests") == 0);
	json_decref(root);
	funnel_table(f, &out);
	assert_true(says("in all"));
	assert_false(says("12:34"));
}

static void the_oldest_interval_gives_way(void **unused)
{
	json_t *root;

	(void)unused;
	serve(7, 0, 0, 0);
	for (uint64_t i = 1; i <= FUNNEL_KEPT + 3; i++)
		funnel_sample(f, BEGIN_US + i * 5 * SECOND_US);
	root = told();
	assert_int_equal(intervals_of(root, "prompt_tokens"), FUNNEL_KEPT);
	for (size_t i = 0; i < FUNNEL_KEPT; i++)
		assert_true(grown_in(root, "prompt_tokens", i) == 0);
	assert_true(total_of(root, "prompt_tokens") == 7);
	json_decref(root);
}

static void the_table_has_shares_and_the_newest_first(void **unused)
{
	struct slice text, line;

	(void)unused;
	serve(1000, 900, 800, 700);
	funnel_sample(f, BEGIN_US + 5 * SECOND_US);
	metric_inc(metrics_cell(m, METRICS_REQUESTS, "a", "502",
				"upstream_error"));
	funnel_sample(f, BEGIN_US + 10 * SECOND_US);
	funnel_table(f, &out);
	text = buf_slice(&out);
	line = slice_split(&text, '\n');
	assert_true(slice_starts(line, SLICE("ends")));
	line = slice_split(&text, '\n');
	assert_true(slice_starts(line, SLICE("in all")));
	line = slice_split(&text, '\n');
	assert_true(slice_starts(line, SLICE("12:35:06")));
	assert_true(slice_ends(line, SLICE("-        -        -")));
	line = slice_split(&text, '\n');
	assert_true(slice_starts(line, SLICE("12:35:01")));
	assert_true(slice_ends(line, SLICE("90.0%    80.0%    70.0%")));
	assert_int_equal(text.n, 0);
}

static void every_cause_of_a_loss_is_told(void **unused)
{
	static const struct {
		enum metrics_row row;
		const char *stage, *cause;
	} cell[] = {
#define X(id, row, stage, cause) {METRICS_##row, stage, cause},
		CELLS_COLUMNS(X)
#undef X
	};
	char name[64];
	json_t *root;

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(cell); i++)
		if (cell[i].row == METRICS_UNCACHED)
			metric_add(metrics_cell(m, METRICS_UNCACHED, "a",
						cell[i].stage, cell[i].cause),
				   (double)i + 1);
	root = told();
	for (size_t i = 0; i < ARRAY_LEN(cell); i++) {
		if (cell[i].row != METRICS_UNCACHED)
			continue;
		snprintf(name, sizeof(name), "lost_%s_%s", cell[i].stage,
			 cell[i].cause);
		assert_true(total_of(root, name) == (double)i + 1);
	}
	json_decref(root);
}

static void causes_stand_behind_the_intervals(void **unused)
{
	(void)unused;
	serve(1000, 900, 800, 700);
	funnel_table(f, &out);
	assert_false(says("because"));
	metric_add(metrics_cell(m, METRICS_UNCACHED, "a", "held", "new"), 100);
	metric_add(
		metrics_cell(m, METRICS_UNCACHED, "a", "delivered", "changed"),
		50);
	buf_reset(&out, 0);
	funnel_table(f, &out);
	assert_true(says("\nnot         because     prompt tokens"));
	assert_true(says("\nheld        new                   100    10.0%\n"
			 "delivered   changed                50     5.0%\n"));
	assert_false(says("evicted"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(totals_are_those_of_the_metrics_of_all_models),
		TEST(an_interval_has_what_came_in_it),
		TEST(before_the_first_interval_is_over_there_is_none),
		TEST(the_oldest_interval_gives_way),
		TEST(the_table_has_shares_and_the_newest_first),
		TEST(every_cause_of_a_loss_is_told),
		TEST(causes_stand_behind_the_intervals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "common/base/metric.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/thread.h"
#include "tests/unit/abort.h"

enum { HITS, DEPTH, DELAY, PAIRS, FEW };

static const double bounds[] = {0.1, 1, 10};

static const struct metric_family family[] = {
	[HITS] = {"hits_total", METRIC_COUNTER, "Hits.", {"who"}},
	[DEPTH] = {"depth", METRIC_GAUGE, "Depth."},
	[DELAY] = {"delay_seconds",
		   METRIC_HISTOGRAM,
		   "Delay.",
		   {"who"},
		   bounds,
		   ARRAY_LEN(bounds)},
	[PAIRS] = {"pairs", METRIC_GAUGE, "Pairs.", {"a", "b"}},
	[FEW] = {"few", METRIC_COUNTER, "Few.", {"who"}, .max_cells = 2},
};

static struct metric_set *set;

static int create_set(void **unused)
{
	(void)unused;
	set = metric_set_create(family, ARRAY_LEN(family));
	return 0;
}

static int destroy_set(void **unused)
{
	(void)unused;
	metric_set_destroy(&set);
	return set == NULL ? 0 : -1;
}

#define CELL(row, ...) metric_cell(set, row, (const char *const[]){__VA_ARGS__})
#define PART(owner, row, ...)                                                  \
	metric_part(set, row, (const char *const[]){__VA_ARGS__}, owner)

static bool is_written(const char *text)
{
	struct buf b = {0};
	bool found;

	metric_write(set, &b);
	buf_putc(&b, '\0');
	found = strstr(b.p, text) != NULL;
	buf_fini(&b);
	return found;
}

static void a_series_is_one_cell(void **unused)
{
	struct metric_cell *a = CELL(HITS, "a");

	(void)unused;
	assert_ptr_equal(CELL(HITS, "a"), a);
	assert_ptr_not_equal(CELL(HITS, "b"), a);
	assert_ptr_not_equal(CELL(PAIRS, "a", "bc"), CELL(PAIRS, "ab", "c"));
	assert_ptr_not_equal(CELL(HITS, ""), CELL(DELAY, ""));
}

static void a_total_is_of_all_series_or_of_those_with_a_label(void **unused)
{
	(void)unused;
	metric_add(CELL(HITS, "a"), 2);
	metric_add(PART(&set, HITS, "a"), 3);
	metric_add(CELL(HITS, "b"), 10);
	assert_true(metric_total(set, HITS, NULL, NULL).sum == 15);
	assert_true(metric_total(set, HITS, "who", "a").sum == 5);
	metric_observe(CELL(DELAY, "a"), 0.5);
	metric_observe(CELL(DELAY, "b"), 100);
	assert_true(metric_total(set, DELAY, NULL, NULL).sum == 100.5);
	assert_int_equal(metric_total(set, DELAY, NULL, NULL).count, 2);
	assert_int_equal(metric_total(set, DELAY, "who", "b").count, 1);
}

static void what_is_not_shown_is_in_no_total(void **unused)
{
	(void)unused;
	assert_true(metric_total(set, HITS, NULL, NULL).sum == 0);
	metric_add(CELL(HITS, "a"), 2);
	metric_add(CELL(HITS, "b"), 10);
	metric_hide(set, "who", "b");
	assert_true(metric_total(set, HITS, NULL, NULL).sum == 2);
	assert_true(metric_total(set, HITS, "who", "b").sum == 0);
	assert_true(metric_total(set, HITS, "who", "c").sum == 0);
	assert_true(metric_total(set, HITS, "what", "a").sum == 0);
	assert_int_equal(metric_total(set, HITS, NULL, NULL).count, 0);
}

static void counters_and_gauges_are_written(void **unused)
{
	(void)unused;
	metric_inc(CELL(HITS, "a"));
	metric_add(CELL(HITS, "a"), 2.5);
	metric_put(CELL(DEPTH, NULL), 7);
	metric_add(CELL(DEPTH, NULL), -9);
	assert_true(metric_value(CELL(HITS, "a")) == 3.5);
	assert_true(is_written("# HELP hits_total Hits.\n"
			       "# TYPE hits_total counter\n"
			       "hits_total{who=\"a\"} 3.5\n"));
	assert_true(is_written("# TYPE depth gauge\ndepth -2\n"));
}

static void a_family_without_series_is_still_described(void **unused)
{
	(void)unused;
	assert_true(is_written("# TYPE pairs gauge\n# HELP few Few.\n"));
}

static void buckets_are_cumulative(void **unused)
{
	struct metric_cell *c = CELL(DELAY, "a");

	(void)unused;
	metric_observe(c, 0.1);
	metric_observe(c, 0.5);
	metric_observe(c, 10.5);
	metric_observe(c, 1e9);
	assert_int_equal(metric_count(c), 4);
	assert_true(is_written("# TYPE delay_seconds histogram\n"
			       "delay_seconds_bucket{who=\"a\",le=\"0.1\"} 1\n"
			       "delay_seconds_bucket{who=\"a\",le=\"1\"} 2\n"
			       "delay_seconds_bucket{who=\"a\",le=\"10\"} 2\n"
			       "delay_seconds_bucket{who=\"a\",le=\"+Inf\"} 4\n"
			       "delay_seconds_sum{who=\"a\"} 1000000011.1\n"
			       "delay_seconds_count{who=\"a\"} 4\n"));
}

static void label_values_cannot_break_out(void **unused)
{
	(void)unused;
	metric_inc(CELL(HITS, "a\"} 1\nforged \\ 2"));
	assert_true(
		is_written("hits_total{who=\"a\\\"} 1\\nforged \\\\ 2\"} 1\n"));
	assert_false(is_written("\nforged"));
}

static void past_the_bound_series_share_one(void **unused)
{
	struct metric_cell *a = CELL(FEW, "a"), *b = CELL(FEW, "b");
	struct metric_cell *c = CELL(FEW, "c"), *d = CELL(FEW, "d");

	(void)unused;
	assert_ptr_not_equal(a, b);
	assert_ptr_equal(c, d);
	assert_ptr_not_equal(c, a);
	assert_ptr_equal(CELL(FEW, "a"), a);
	assert_ptr_equal(CELL(FEW, "other"), c);
	metric_inc(c);
	metric_inc(d);
	assert_true(is_written("few{who=\"other\"} 2\n"));
	assert_false(is_written("who=\"c\""));
}

static void a_series_that_is_shown_no_more_makes_room(void **unused)
{
	struct metric_cell *c;

	(void)unused;
	CELL(FEW, "a");
	CELL(FEW, "b");
	metric_hide(set, "who", "a");
	metric_hide(set, "who", "a");
	c = CELL(FEW, "c");
	metric_inc(c);
	assert_true(is_written("few{who=\"c\"} 1\n"));
	assert_ptr_equal(CELL(FEW, "d"), CELL(FEW, "other"));
	CELL(FEW, "a");
	metric_hide(set, "who", "c");
	assert_ptr_equal(CELL(FEW, "d"), CELL(FEW, "other"));
}

static void those_that_are_shown_no_more_have_a_bound_too(void **unused)
{
	char name[16];
	int named = 0;

	(void)unused;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%d", i);
		named += CELL(FEW, name) != CELL(FEW, "other");
		metric_hide(set, "who", name);
		metric_hide(set, "who", "other");
	}
	assert_in_range(named, 16, 32);
}

static void a_hidden_series_is_not_written_but_lives(void **unused)
{
	struct metric_cell *c = CELL(HITS, "gone"), *stays = CELL(HITS, "who");

	(void)unused;
	metric_inc(c);
	metric_inc(stays);
	metric_inc(CELL(DELAY, "gone"));
	metric_put(CELL(PAIRS, "gone", "x"), 1);
	metric_hide(set, "who", "gone");
	assert_false(is_written("hits_total{who=\"gone\"}"));
	assert_false(is_written("delay_seconds_count{who=\"gone\"}"));
	assert_true(is_written("pairs{a=\"gone\",b=\"x\"} 1\n"));
	assert_true(is_written("hits_total{who=\"who\"} 1\n"));
	metric_inc(c);
	assert_ptr_equal(CELL(HITS, "gone"), c);
	assert_true(is_written("hits_total{who=\"gone\"} 2\n"));
}

static void parts_of_a_series_add_up(void **unused)
{
	int one = 0, other = 0;
	struct metric_cell *whole = CELL(HITS, "a");

	(void)unused;
	metric_inc(whole);
	metric_add(PART(&one, HITS, "a"), 2);
	metric_inc(PART(&other, HITS, "a"));
	metric_inc(PART(&other, HITS, "b"));
	assert_true(metric_value(whole) == 4);
	assert_true(metric_value(CELL(HITS, "b")) == 1);
	assert_true(is_written("hits_total{who=\"a\"} 4\n"));
	assert_true(is_written("hits_total{who=\"b\"} 1\n"));
}

static void an_owner_has_one_part_of_a_series(void **unused)
{
	int one = 0, other = 0;
	struct metric_cell *part = PART(&one, HITS, "a");

	(void)unused;
	assert_ptr_equal(part, PART(&one, HITS, "a"));
	assert_ptr_not_equal(part, PART(&other, HITS, "a"));
	assert_ptr_not_equal(part, PART(&one, HITS, "b"));
	assert_ptr_not_equal(part, CELL(HITS, "a"));
}

static void parts_of_a_histogram_add_up(void **unused)
{
	int one = 0, other = 0;

	(void)unused;
	metric_observe(PART(&one, DELAY, "a"), 0.1);
	metric_observe(PART(&other, DELAY, "a"), 0.1);
	metric_observe(CELL(DELAY, "a"), 1e9);
	assert_int_equal(metric_count(CELL(DELAY, "a")), 3);
	assert_true(is_written("_count{who=\"a\"} 3\n"));
}

static void a_part_of_a_hidden_series_is_hidden(void **unused)
{
	int one = 0;
	struct metric_cell *part = PART(&one, HITS, "gone");

	(void)unused;
	metric_inc(part);
	metric_hide(set, "who", "gone");
	metric_inc(part);
	assert_false(is_written("gone"));
	assert_ptr_equal(part, PART(&one, HITS, "gone"));
	assert_true(is_written("hits_total{who=\"gone\"} 2\n"));
}

static void rows_are_described_one_a_line(void **unused)
{
	struct buf b = {0};

	(void)unused;
	metric_describe(&family[PAIRS], 1, &b);
	metric_describe(&family[DEPTH], 1, &b);
	buf_putc(&b, '\0');
	assert_string_equal(b.p, "pairs gauge {a,b} Pairs.\n"
				 "depth gauge {} Depth.\n");
	buf_fini(&b);
}

static void a_sum_of_many_days_keeps_its_milliseconds(void **unused)
{
	(void)unused;
	metric_put(CELL(DEPTH, NULL), 1769862896.125);
	assert_true(is_written("depth 1769862896.125\n"));
	metric_put(CELL(DEPTH, NULL), 0.1);
	assert_true(is_written("depth 0.1\n"));
}

static void what_is_no_number_is_written_as_one_reads_it(void **unused)
{
	(void)unused;
	metric_put(CELL(DEPTH, NULL), (double)NAN);
	assert_true(is_written("depth NaN\n"));
	metric_put(CELL(DEPTH, NULL), (double)INFINITY);
	assert_true(is_written("depth +Inf\n"));
	metric_put(CELL(DEPTH, NULL), -(double)INFINITY);
	assert_true(is_written("depth -Inf\n"));
}

#define COUNTS 2000

static void count_many(void *arg)
{
	char name[] = "t0";

	(void)arg;
	for (int i = 0; i < COUNTS; i++) {
		name[1] = (char)('0' + i % 8);
		metric_inc(CELL(HITS, "all"));
		metric_inc(PART(name, HITS, "parts"));
		metric_observe(CELL(DELAY, name), i % 20);
	}
}

static void threads_lose_no_count(void **unused)
{
	struct thread t[4];
	struct buf b = {0};
	uint64_t n = 0;
	char name[] = "t0";

	(void)unused;
	for (int i = 0; i < 4; i++)
		thread_start(&t[i], "counter", count_many, NULL);
	for (int i = 0; i < 20; i++) {
		metric_write(set, &b);
		buf_reset(&b, 1 << 20);
		metric_hide(set, "who", "t3");
	}
	for (int i = 0; i < 4; i++)
		thread_join(&t[i]);
	for (name[1] = '0'; name[1] < '8'; name[1]++)
		n += metric_count(CELL(DELAY, name));
	assert_int_equal(n, 4 * COUNTS);
	assert_true(metric_value(CELL(HITS, "all")) == 4 * COUNTS);
	assert_true(metric_value(CELL(HITS, "parts")) == 4 * COUNTS);
	buf_fini(&b);
}

static void observe_a_counter(void *arg)
{
	metric_observe(arg, 1);
}

static void find_a_row_that_is_not_there(void *arg)
{
	(void)arg;
	metric_cell(set, ARRAY_LEN(family), NULL);
}

static void put_into_a_part(void *arg)
{
	metric_put(PART(arg, HITS, "a"), 1);
}

static void ask_for_nobodys_part(void *arg)
{
	(void)arg;
	PART(NULL, HITS, "a");
}

static void misuse_aborts(void **unused)
{
	(void)unused;
	assert_true(aborts(observe_a_counter, CELL(HITS, "a")));
	assert_true(aborts(find_a_row_that_is_not_there, NULL));
	assert_true(aborts(put_into_a_part, set));
	assert_true(aborts(ask_for_nobodys_part, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_total_is_of_all_series_or_of_those_with_a_label,
			create_set, destroy_set),
		cmocka_unit_test_setup_teardown(
			what_is_not_shown_is_in_no_total, create_set,
			destroy_set),
		cmocka_unit_test_setup_teardown(a_series_is_one_cell,
						create_set, destroy_set),
		cmocka_unit_test_setup_teardown(counters_and_gauges_are_written,
						create_set, destroy_set),
		cmocka_unit_test_setup_teardown(
			a_family_without_series_is_still_described, create_set,
			destroy_set),
		cmocka_unit_test_setup_teardown(buckets_are_cumulative,
						create_set, destroy_set),
		cmocka_unit_test_setup_teardown(label_values_cannot_break_out,
						create_set, destroy_set),
		cmocka_unit_test_setup_teardown(past_the_bound_series_share_one,
						create_set, destroy_set),
		cmocka_unit_test_setup_teardown(
			a_series_that_is_shown_no_more_makes_room, create_set,
			destroy_set),
		cmocka_unit_test_setup_teardown(
			those_that_are_shown_no_more_have_a_bound_too,
			create_set, destroy_set),
		cmocka_unit_test_setup_teardown(
			a_hidden_series_is_not_written_but_lives, create_set,
			destroy_set),
		cmocka_unit_test_setup_teardown(
			a_part_of_a_hidden_series_is_hidden, create_set,
			destroy_set),
		cmocka_unit_test_setup_teardown(parts_of_a_histogram_add_up,
						create_set, destroy_set),
		cmocka_unit_test_setup_teardown(
			an_owner_has_one_part_of_a_series, create_set,
			destroy_set),
		cmocka_unit_test_setup_teardown(parts_of_a_series_add_up,
						create_set, destroy_set),
		cmocka_unit_test_setup_teardown(rows_are_described_one_a_line,
						create_set, destroy_set),
		cmocka_unit_test_setup_teardown(
			a_sum_of_many_days_keeps_its_milliseconds, create_set,
			destroy_set),
		cmocka_unit_test_setup_teardown(
			what_is_no_number_is_written_as_one_reads_it,
			create_set, destroy_set),
		cmocka_unit_test_setup_teardown(threads_lose_no_count,
						create_set, destroy_set),
		cmocka_unit_test_setup_teardown(misuse_aborts, create_set,
						destroy_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

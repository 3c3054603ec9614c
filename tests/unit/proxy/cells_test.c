#include "router/proxy/cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MANY 500

static int open_cells(void **state)
{
	static struct cells c;

	cells_init(&c, metrics_create("1", "abc"));
	*state = &c;
	return 0;
}

static int close_cells(void **state)
{
	struct cells *c = *state;
	struct metrics *m = c->metrics;

	cells_fini(c);
	metrics_destroy(&m);
	return 0;
}

static void a_series_is_found_again(void **state)
{
	struct cells *c = *state;
	struct metric_cell *first = cells_get(c, METRICS_SHED, "full", NULL,
					      NULL);

	metric_inc(first);
	assert_true(metric_value(metrics_cell(c->metrics, METRICS_SHED,
					      "full")) == 1);
	assert_ptr_equal(first, cells_get(c, METRICS_SHED, "full", NULL, NULL));
}

static void rows_and_each_label_tell_series_apart(void **state)
{
	struct cells *c = *state;
	struct metric_cell *of[] = {
		cells_get(c, METRICS_REQUESTS, "m", "200", "ok"),
		cells_get(c, METRICS_REQUESTS, "n", "200", "ok"),
		cells_get(c, METRICS_REQUESTS, "m", "400", "ok"),
		cells_get(c, METRICS_REQUESTS, "m", "200", "shed"),
		cells_get(c, METRICS_DECISIONS, "m", "200", "ok"),
		cells_get(c, METRICS_DURATION, "m", NULL, NULL),
	};

	for (size_t a = 0; a < ARRAY_LEN(of); a++)
		for (size_t b = 0; b < a; b++)
			assert_ptr_not_equal(of[a], of[b]);
}

/* More than any table begins with, and all of them stay. */
static void many_series_do_not_displace_one_another(void **state)
{
	static char name[MANY][8];
	static struct metric_cell *of[MANY];
	struct cells *c = *state;

	for (size_t i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof(name[i]), "w%zu", i);
		of[i] = cells_get(c, METRICS_PREDICTION, name[i], "exact",
				  NULL);
	}
	assert_int_equal(c->n, MANY);
	for (size_t i = 0; i < MANY; i++)
		assert_ptr_equal(of[i], cells_get(c, METRICS_PREDICTION,
						  name[i], "exact", NULL));
	assert_int_equal(c->n, MANY);
}

/* The texts of another fleet may lie where other texts lay. */
static void forgotten_series_are_asked_for_anew(void **state)
{
	struct cells *c = *state;
	char name[] = "a";
	struct metric_cell *a = cells_get(c, METRICS_DURATION, name, NULL,
					  NULL);

	name[0] = 'b';
	assert_ptr_equal(a, cells_get(c, METRICS_DURATION, name, NULL, NULL));
	cells_forget(c);
	assert_ptr_not_equal(a,
			     cells_get(c, METRICS_DURATION, name, NULL, NULL));
}

static void a_sheet_gives_the_series_of_its_name(void **state)
{
	struct cells *c = *state;
	struct metrics *m = c->metrics;
	struct cells_sheet *a = cells_sheet(c, "a"), *b = cells_sheet(c, "b");

	metric_inc(cells_of(c, a, CELLS_OK));
	metric_add(cells_of(c, b, CELLS_SAME_COUNT), 2);
	assert_true(metric_value(metrics_cell(m, METRICS_REQUESTS, "a", "200",
					      "ok")) == 1);
	assert_true(metric_value(metrics_cell(m, METRICS_PROMPT_COUNTS, "b",
					      "same")) == 2);
	assert_ptr_equal(cells_of(c, a, CELLS_OK), cells_of(c, a, CELLS_OK));
	assert_ptr_not_equal(cells_of(c, a, CELLS_OK),
			     cells_of(c, b, CELLS_OK));
}

static void many_sheets_do_not_displace_one_another(void **state)
{
	static char name[MANY][8];
	static struct cells_sheet *of[MANY];
	struct cells *c = *state;

	for (size_t i = 0; i < MANY; i++)
		of[i] = cells_sheet(c, name[i]);
	assert_int_equal(c->n_sheets, MANY);
	for (size_t i = 0; i < MANY; i++) {
		assert_ptr_equal(of[i], cells_sheet(c, name[i]));
		assert_ptr_equal(of[i]->name, name[i]);
	}
	assert_int_equal(c->n_sheets, MANY);
}

static void a_forgotten_sheet_is_begun_anew(void **state)
{
	struct cells *c = *state;
	char name[] = "a";
	struct metric_cell *a = cells_of(c, cells_sheet(c, name),
					 CELLS_DURATION);

	name[0] = 'b';
	assert_ptr_equal(a, cells_of(c, cells_sheet(c, name), CELLS_DURATION));
	cells_forget(c);
	assert_int_equal(c->n_sheets, 0);
	assert_ptr_not_equal(a,
			     cells_of(c, cells_sheet(c, name), CELLS_DURATION));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_series_is_found_again,
						open_cells, close_cells),
		cmocka_unit_test_setup_teardown(
			rows_and_each_label_tell_series_apart, open_cells,
			close_cells),
		cmocka_unit_test_setup_teardown(
			many_series_do_not_displace_one_another, open_cells,
			close_cells),
		cmocka_unit_test_setup_teardown(
			forgotten_series_are_asked_for_anew, open_cells,
			close_cells),
		cmocka_unit_test_setup_teardown(
			a_sheet_gives_the_series_of_its_name, open_cells,
			close_cells),
		cmocka_unit_test_setup_teardown(
			many_sheets_do_not_displace_one_another, open_cells,
			close_cells),
		cmocka_unit_test_setup_teardown(a_forgotten_sheet_is_begun_anew,
						open_cells, close_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

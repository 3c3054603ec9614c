#include "router/fleet/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <string.h>

static bool contains(const struct buf *b, const char *text)
{
	return memmem(b->p + b->start, buf_len(b), text, strlen(text)) != NULL;
}

static void every_row_is_named_by_the_rules(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < METRICS_N; i++) {
		const struct metric_family *f = &metrics_family[i];
		size_t n = strlen(f->name);
		bool total = strcmp(f->name + n - 6, "_total") == 0;

		assert_true(strncmp(f->name, "warmpath_", 9) == 0 ||
			    strncmp(f->name, "process_", 8) == 0);
		assert_int_equal(total, f->kind == METRIC_COUNTER);
		assert_int_equal(f->kind == METRIC_HISTOGRAM, f->n_buckets > 0);
		assert_true(isupper((unsigned char)f->help[0]) ||
			    f->help[0] == '1');
		assert_int_equal(f->help[strlen(f->help) - 1], '.');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(f->name,
						metrics_family[k].name);
		for (size_t k = 1; k < f->n_buckets; k++)
			assert_true(f->bucket[k - 1] < f->bucket[k]);
	}
}

static void rows_without_labels_have_a_series_from_the_start(void **unused)
{
	struct metrics *m = metrics_create("1.2", "abc");

	(void)unused;
	for (size_t i = 0; i < METRICS_N; i++)
		assert_int_equal(m->cell[i] != NULL,
				 metrics_family[i].label[0] == NULL);
	metrics_destroy(&m);
	assert_null(m);
	metrics_destroy(&m);
}

static void the_text_shows_build_and_process(void **unused)
{
	struct metrics *m = metrics_create("1.2", "abc");
	struct buf out;

	(void)unused;
	buf_init(&out);
	metrics_refresh(m);
	metric_write(m->set, &out);
	assert_true(contains(&out, "warmpath_build_info{version=\"1.2\","
				   "commit=\"abc\"} 1\n"));
	assert_true(metric_value(m->cell[METRICS_PROCESS_RSS]) > 100000);
	assert_true(metric_value(m->cell[METRICS_PROCESS_FDS]) >= 3);
	assert_true(metric_value(m->cell[METRICS_PROCESS_CPU]) > 0);
	buf_fini(&out);
	metrics_destroy(&m);
}

static void a_total_never_goes_back(void **unused)
{
	struct metrics *m = metrics_create("1.2", "abc");
	double before;

	(void)unused;
	metrics_refresh(m);
	before = metric_value(m->cell[METRICS_PROCESS_CPU]);
	metrics_refresh(m);
	assert_true(metric_value(m->cell[METRICS_PROCESS_CPU]) >= before);
	metrics_destroy(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_named_by_the_rules),
		cmocka_unit_test(
			rows_without_labels_have_a_series_from_the_start),
		cmocka_unit_test(the_text_shows_build_and_process),
		cmocka_unit_test(a_total_never_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/admin/report_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

struct bed {
	struct conf conf;
	struct conf_model model[2];
	struct conf_worker worker[2];
	struct report report;
	struct buf out;
};

static int set_up(void **state)
{
	static const uint64_t key[] = {1, 2, 3};
	static struct bed b;
	struct index *ix = index_create(4 << 20);
	struct fleet *f;
	struct error err;

	memset(&b, 0, sizeof(b));
	ref_init(&b.conf.ref); /* held by the test for good */
	b.conf.model = b.model;
	b.conf.n_models = 2;
	for (size_t i = 0; i < 2; i++) {
		b.worker[i] = (struct conf_worker){
			.name = (char *)(i == 0 ? "w0" : "w1"),
			.url = (char *)"http://h:1",
			.uses_store = true};
		b.model[i] = (struct conf_model){
			.name = (char *)(i == 0 ? "m" : "bare"),
			.worker = &b.worker[i],
			.n_workers = 1};
	}
	b.model[0].store = (struct conf_store){
		.name = (char *)"n\"fs", .load_ms = 10, .token_ms = .02};
	f = fleet_create(&b.conf, NULL, &err);
	assert_non_null(f);
	index_put_run(ix, key, 3, f->model[0].store->id, INDEX_OTHER);
	b.report = (struct report){
		.fleet = f, .exact = ix, .metrics = metrics_create("1", "c")};
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;
	struct index *ix = (struct index *)b->report.exact;
	struct metrics *m = (struct metrics *)b->report.metrics;
	struct fleet *f = (struct fleet *)b->report.fleet;

	fleet_unref(&f);
	index_destroy(&ix);
	metrics_destroy(&m);
	buf_fini(&b->out);
	return 0;
}

static bool says(struct bed *b, const char *text)
{
	struct slice s = buf_slice(&b->out);

	return memmem(s.p, s.n, text, strlen(text)) != NULL;
}

static void a_store_is_told_with_what_it_holds(void **state)
{
	struct bed *b = *state;

	report_store_json(&b->report, &b->out);
	assert_true(says(b, "[{\"model\":\"m\",\"name\":\"n\\\"fs\","
			    "\"index_blocks\":3,\"load_ms\":10,"
			    "\"load_token_ms\":0.02,"
			    "\"load_tokens_per_second\":50000.0,"
			    "\"observed\":0}]"));
}

static void gauges_are_of_models_that_have_one(void **state)
{
	struct bed *b = *state;

	report_store_gauges(&b->report, b->report.metrics);
	metric_write(b->report.metrics->set, &b->out);
	assert_true(says(b, "warmpath_store_blocks{model=\"m\",store="
			    "\"n\\\"fs\"} 3\n"));
	assert_true(says(b, "warmpath_store_load_tokens_per_second{model="
			    "\"m\",store=\"n\\\"fs\"} 50000\n"));
	assert_false(says(b, "store_blocks{model=\"bare\""));
}

static void nothing_is_said_where_nobody_has_one(void **state)
{
	struct bed *b = *state;
	struct fleet *f, *was = (struct fleet *)b->report.fleet;
	struct error err;

	b->model[0].store.name = NULL;
	f = fleet_create(&b->conf, NULL, &err);
	assert_non_null(f);
	b->report.fleet = f;
	fleet_unref(&was);
	report_store_json(&b->report, &b->out);
	assert_true(slice_equal(buf_slice(&b->out), SLICE("[]")));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_store_is_told_with_what_it_holds),
		TEST(gauges_are_of_models_that_have_one),
		TEST(nothing_is_said_where_nobody_has_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

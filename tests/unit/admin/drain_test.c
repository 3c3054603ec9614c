#include "router/admin/drain.h"

#include "tests/unit/admin/visitor.h"

static const char yaml[] = "models:\n"
			   "  - name: m\n"
			   "    workers:\n"
			   "      - name: one\n"
			   "        url: http://127.0.0.1:1\n"
			   "      - name: many\n"
			   "        url: http://127.0.0.1:2\n"
			   "        data_parallel: 2\n";

static struct fleet *fleet;

static void serve(struct visit *v)
{
	drain_serve(v, fleet, NULL);
}

static int set_up(void **unused)
{
	struct conf_faults faults = {0};
	struct error err;
	struct conf *conf = conf_parse(slice_of(yaml), "test.yaml", &faults);

	(void)unused;
	assert_non_null(conf);
	buf_fini(&faults.text);
	fleet = fleet_create(conf, NULL, &err);
	conf_unref(&conf);
	assert_non_null(fleet);
	return visitor_set_up(serve);
}

static int tear_down(void **state)
{
	fleet_unref(&fleet);
	return visitor_tear_down(state);
}

static int post(const char *path)
{
	return visitor_ask(EVHTTP_REQ_POST, path);
}

static bool drains(size_t i)
{
	return atomic_load(&fleet->worker[i]->draining);
}

static void a_worker_is_drained_and_comes_back(void **unused)
{
	(void)unused;
	assert_int_equal(post("/workers/one/drain"), 200);
	assert_string_equal(visitor.body,
			    "{\"worker\":\"one\",\"draining\":true}\n");
	assert_true(drains(0));
	assert_false(drains(1));
	assert_int_equal(post("/workers/one/undrain"), 200);
	assert_string_equal(visitor.body,
			    "{\"worker\":\"one\",\"draining\":false}\n");
	assert_false(drains(0));
}

static void one_rank_or_all_of_them_are_drained(void **unused)
{
	(void)unused;
	assert_int_equal(post("/workers/many/1/drain"), 200);
	assert_false(drains(1));
	assert_true(drains(2));
	assert_int_equal(post("/workers/many%2F1/undrain"), 200);
	assert_false(drains(2));
	assert_int_equal(post("/workers/many/drain"), 200);
	assert_true(drains(1) && drains(2));
	assert_false(drains(0));
}

static void nobody_is_drained_by_mistake(void **unused)
{
	static const char *const path[] = {
		"/workers/stranger/drain", "/workers/man/drain",
		"/workers/one/explode",    "/workers//drain",
		"/workers/drain",          "/workers/one/drain/",
		"/workers/one/2/drain",    "/workers/ONE/drain",
		"/workers/one%00/drain",   "/workers/one/",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(path); i++)
		assert_in_range(post(path[i]), 400, 404);
	for (size_t i = 0; i < fleet->n_workers; i++)
		assert_false(drains(i));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_worker_is_drained_and_comes_back),
		TEST(one_rank_or_all_of_them_are_drained),
		TEST(nobody_is_drained_by_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/admin/status_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static struct buf out;
static const struct status_report ready = {
	.version = "1.2",
	.commit = "ab\"c",
	.started_us = 1769862896000000,
	.now_us = 1769862896000000 + 90000000,
	.ready = true,
	.active = 3,
	.queued = 1,
};

static int tear_down(void **unused)
{
	(void)unused;
	buf_fini(&out);
	return 0;
}

static json_t *told(const struct status_report *s)
{
	struct slice text;
	json_t *root;

	status_report_json(s, &out);
	text = buf_slice(&out);
	root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	return root;
}

static void it_says_what_runs_and_for_how_long(void **unused)
{
	json_t *root = told(&ready);

	(void)unused;
	assert_string_equal(json_string_value(json_object_get(root, "version")),
			    "1.2");
	assert_string_equal(json_string_value(json_object_get(root, "commit")),
			    "ab\"c");
	assert_int_equal(json_integer_value(json_object_get(root, "uptime_s")),
			 90);
	assert_true(json_is_true(json_object_get(root, "ready")));
	assert_int_equal(json_array_size(json_object_get(root, "reasons")), 0);
	assert_true(json_is_false(json_object_get(root, "admin_token")));
	json_decref(root);
}

static void of_a_token_it_says_only_that_there_is_one(void **unused)
{
	struct status_report s = ready;
	json_t *root;

	(void)unused;
	s.has_token = true;
	root = told(&s);
	assert_true(json_is_true(json_object_get(root, "admin_token")));
	json_decref(root);
}

static void each_reason_stands_for_itself(void **unused)
{
	struct status_report s = ready;
	json_t *root, *reasons;

	(void)unused;
	s.ready = false;
	s.reasons = SLICE("it is \"draining\"\nmodel m has nobody\n");
	root = told(&s);
	reasons = json_object_get(root, "reasons");
	assert_true(json_is_false(json_object_get(root, "ready")));
	assert_int_equal(json_array_size(reasons), 2);
	assert_string_equal(json_string_value(json_array_get(reasons, 0)),
			    "it is \"draining\"");
	json_decref(root);
}

static void a_clock_that_went_back_is_no_age(void **unused)
{
	struct status_report s = ready;
	json_t *root;

	(void)unused;
	s.now_us = s.started_us - 1;
	root = told(&s);
	assert_int_equal(json_integer_value(json_object_get(root, "uptime_s")),
			 0);
	json_decref(root);
}

static void a_person_is_told_the_same(void **unused)
{
	struct status_report s = ready;

	(void)unused;
	s.ready = false;
	s.reasons = SLICE("model m has nobody\n");
	status_report_text(&s, &out);
	assert_true(slice_equal(
		buf_slice(&out),
		SLICE("warmpath 1.2 (ab\"c), since 2026-01-31T12:34:56.000000Z,"
		      " 90 s\nrequests: 3 active, 1 queued\nnot ready:\n"
		      "model m has nobody\n")));
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_says_what_runs_and_for_how_long),
		TEST(of_a_token_it_says_only_that_there_is_one),
		TEST(each_reason_stands_for_itself),
		TEST(a_clock_that_went_back_is_no_age),
		TEST(a_person_is_told_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

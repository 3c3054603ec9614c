#include "router/doctor_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static struct conf_worker conf_worker[2] = {
	{.name = (char *)"w0", .url = (char *)"http://h:1"},
	{.name = (char *)"w1", .url = (char *)"http://h:2"},
};
static struct conf_model conf_model = {
	.name = (char *)"m", .worker = conf_worker, .n_workers = 2};
static struct conf conf = {.model = &conf_model, .n_models = 1};
static struct fleet *fleet;
static struct buf out;

static int begin(void **state)
{
	struct error err;

	(void)state;
	ref_init(&conf.ref); /* held by the test for good */
	fleet = fleet_create(&conf, NULL, &err);
	assert_non_null(fleet);
	for (size_t i = 0; i < 2; i++) {
		fleet->worker[i]->health = WORKER_UP;
		fleet->worker[i]->health_reason = "answers";
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	buf_fini(&out);
	fleet_unref(&fleet);
	return 0;
}

static const char *text(bool colours)
{
	buf_reset(&out, SIZE_MAX);
	doctor_report_text(fleet, colours, &out);
	buf_putc(&out, '\0');
	return buf_slice(&out).p;
}

static void find(size_t worker, enum parity_check c, enum parity_state s,
		 const char *says, const char *mend)
{
	(void)parity_set(&fleet->worker[worker]->parity, c, s, says, mend);
}

static void what_is_unknown_is_not_wrong(void **state)
{
	(void)state;
	assert_non_null(strstr(text(false), "w0  http://h:1\n"));
	assert_non_null(strstr(text(false), "  right  health           answers"
					    "\n"));
	assert_non_null(strstr(text(false), "  ?      hash "));
	assert_non_null(strstr(text(false), "nothing is wrong with 2 workers"));
	assert_null(strchr(text(false), '\033'));
}

static void what_is_wrong_is_told_with_what_mends_it(void **state)
{
	const char *told;

	(void)state;
	find(1, PARITY_HASH, PARITY_DIFFERS, "other names", "PYTHONHASHSEED=0");
	find(1, PARITY_USAGE, PARITY_HOLDS, NULL, NULL);
	told = text(false);
	assert_non_null(strstr(told, "  wrong  hash             other names\n"
				     "         mend:            "
				     "PYTHONHASHSEED=0\n"));
	/* What holds says what it is about. */
	assert_non_null(strstr(told, "  right  usage            answers tell"));
	assert_non_null(strstr(told, "something is wrong with 1 of 2 workers"));
}

static void of_a_worker_that_is_down_only_that_is_told(void **state)
{
	const char *told;

	(void)state;
	fleet->worker[0]->health = WORKER_DOWN;
	fleet->worker[0]->health_reason = "it does not accept connections";
	told = text(false);
	assert_non_null(strstr(told, "wrong  health           it does not"));
	assert_non_null(strstr(told, "url:"));
	assert_null(strstr(strstr(told, "w1"), "it does not accept"));
	assert_true(doctor_is_wrong(fleet->worker[0]));
	assert_false(doctor_is_wrong(fleet->worker[1]));
	assert_ptr_equal(strstr(told, "hash"),
			 strstr(strstr(told, "w1"), "hash"));
}

static void a_terminal_may_have_colours(void **state)
{
	(void)state;
	assert_non_null(strstr(text(true), "\033[32mright\033[0m  health"));
}

static void programs_get_json(void **state)
{
	json_t *root, *one;

	(void)state;
	find(1, PARITY_HASH, PARITY_DIFFERS, "\"names\"", "x");
	strcpy(fleet->worker[1]->parity.version, "0.27.0");
	doctor_report_json(fleet, &out);
	root = json_loadb(buf_slice(&out).p, buf_len(&out),
			  JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_true(json_is_false(json_object_get(root, "ok")));
	one = json_array_get(json_object_get(root, "workers"), 0);
	assert_true(json_is_true(json_object_get(one, "ok")));
	one = json_array_get(json_object_get(root, "workers"), 1);
	assert_true(json_is_false(json_object_get(one, "ok")));
	assert_string_equal(json_string_value(json_object_get(one, "version")),
			    "0.27.0");
	one = json_object_get(json_object_get(one, "checks"), "hash");
	assert_string_equal(json_string_value(json_object_get(one, "says")),
			    "\"names\"");
	json_decref(root);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(what_is_unknown_is_not_wrong),
		T(what_is_wrong_is_told_with_what_mends_it),
		T(of_a_worker_that_is_down_only_that_is_told),
		T(a_terminal_may_have_colours),
		T(programs_get_json),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}

#include "router/admin/parity_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

static struct worker *w;
static struct buf out;

static int begin(void **state)
{
	struct conf_worker c = {.name = (char *)"w"};

	(void)state;
	w = worker_create(&c, 0, -1);
	return 0;
}

static int end(void **state)
{
	(void)state;
	buf_fini(&out);
	worker_unref(&w);
	return 0;
}

static json_t *shown(void)
{
	json_t *root;

	buf_reset(&out, SIZE_MAX);
	buf_puts(&out, "{\"name\":\"w\"");
	parity_report_worker(w, &out);
	buf_putc(&out, '}');
	root = json_loadb(buf_slice(&out).p, buf_len(&out),
			  JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	return root;
}

static const char *text(const json_t *root, const char *key)
{
	return json_string_value(json_object_get(root, key));
}

static void nothing_known_is_unknown_without_a_reason(void **state)
{
	json_t *root = shown();

	(void)state;
	assert_string_equal(text(root, "parity"), "unknown");
	assert_true(json_is_null(json_object_get(root, "parity_reason")));
	assert_int_equal(json_object_size(json_object_get(root, "checks")),
			 PARITY_CHECKS);
	json_decref(root);
}

static void a_difference_is_told_with_what_mends_it(void **state)
{
	json_t *root, *check;

	(void)state;
	(void)parity_set(&w->parity, PARITY_TEMPLATE, PARITY_DIFFERS,
			 "ours \"a\nb\"", "--chat-template");
	root = shown();
	assert_string_equal(text(root, "parity"), "differs");
	assert_string_equal(text(root, "parity_reason"),
			    "chat_template: ours \"a\nb\"");
	check = json_object_get(json_object_get(root, "checks"),
				"chat_template");
	assert_string_equal(text(check, "state"), "differs");
	assert_string_equal(text(check, "mend"), "--chat-template");
	json_decref(root);
}

static void a_reason_without_words_is_still_one(void **state)
{
	(void)state;
	(void)parity_set(&w->parity, PARITY_HASH, PARITY_DIFFERS, NULL, NULL);
	parity_report_reason(w, &out);
	assert_true(slice_equal(buf_slice(&out), SLICE("hash: differs")));
}

static void each_check_has_a_gauge(void **state)
{
	struct metrics *m = metrics_create("1", "c");

	(void)state;
	(void)parity_set(&w->parity, PARITY_HASH, PARITY_DIFFERS, NULL, NULL);
	(void)parity_set(&w->parity, PARITY_MODEL, PARITY_HOLDS, NULL, NULL);
	parity_report_gauges(w, m);
	assert_true(metric_value(metrics_cell(m, METRICS_WORKER_PARITY, "w",
					      "hash")) == 0);
	assert_true(metric_value(metrics_cell(m, METRICS_WORKER_PARITY, "w",
					      "model")) == 1);
	assert_true(metric_value(metrics_cell(m, METRICS_WORKER_PARITY, "w",
					      "usage")) == -1);
	metrics_destroy(&m);
}

static void a_model_is_as_bad_as_its_worst_worker(void **state)
{
	struct conf_model conf = {.name = (char *)"m"};
	struct fleet_model m = {.conf = &conf, .worker = &w, .n_workers = 1};
	struct fleet f = {.model = &m, .n_models = 1};

	(void)state;
	(void)parity_set(&w->parity, PARITY_HASH, PARITY_DIFFERS, NULL, NULL);
	m.tokenizer = (struct tokenizer *)w; /* only looked at */
	m.chat = (struct chat_model *)w;
	parity_report_models(&f, &out);
	assert_true(slice_equal(buf_slice(&out),
				SLICE("[{\"name\":\"m\",\"parity\":\"differs\","
				      "\"texts\":\"gateway\",\"chats\":"
				      "\"gateway\"}]")));
	buf_reset(&out, SIZE_MAX);
	m.text_ids = m.chat_ids = 7;
	parity_report_models(&f, &out);
	buf_putc(&out, '\0');
	assert_non_null(strstr(buf_slice(&out).p, "\"texts\":\"pieces\","
						  "\"chats\":\"worker\""));
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(nothing_known_is_unknown_without_a_reason),
		T(a_difference_is_told_with_what_mends_it),
		T(a_reason_without_words_is_still_one),
		T(each_check_has_a_gauge),
		T(a_model_is_as_bad_as_its_worst_worker),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}

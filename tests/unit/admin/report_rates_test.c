#include "router/admin/report_rates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static const struct policy_rates rates = {
	.step_ms = 20, .token_ms = .1, .fetch_token_ms = .01};

struct bed {
	struct worker *worker;
	struct metrics *metrics;
	struct buf out;
};

static int set_up(void **state)
{
	static const struct conf_worker c = {.name = (char *)"w",
					     .url = (char *)"http://h:1"};
	static struct bed b;
	unsigned id = 0;

	assert_true(worker_id_take(&id));
	b.worker = worker_create(&c, id, -1);
	b.metrics = metrics_create("1", "c");
	b.out = (struct buf){0};
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	worker_unref(&b->worker);
	metrics_destroy(&b->metrics);
	buf_fini(&b->out);
	return 0;
}

static bool says(struct bed *b, const char *text)
{
	struct slice s = buf_slice(&b->out);

	return memmem(s.p, s.n, text, strlen(text)) != NULL;
}

static void rates_are_told_in_base_units(void **state)
{
	struct bed *b = *state;

	rates_put(&b->worker->rates, &rates);
	report_rates_gauges(b->worker, b->metrics);
	metric_write(b->metrics->set, &b->out);
	assert_true(says(b, "warmpath_worker_prefill_tokens_per_second"
			    "{worker=\"w\"} 10000\n"));
	assert_true(says(b, "warmpath_worker_step_seconds{worker=\"w\"} "
			    "0.02\n"));
	assert_true(report_rates_prefill(b->worker) > 9999);
}

static void the_account_is_json(void **state)
{
	struct bed *b = *state;
	json_t *all;

	rates_put(&b->worker->rates, &rates);
	b->worker->n_observed = 7;
	buf_puts(&b->out, "{\"a\":1");
	report_rates_json(b->worker, &b->out);
	buf_putc(&b->out, '}');
	all = json_loadb(b->out.p, buf_len(&b->out), 0, NULL);
	assert_non_null(all);
	assert_int_equal(json_integer_value(json_object_get(
				 json_object_get(all, "rates"), "observed")),
			 7);
	json_decref(all);
}

static void what_is_not_known_is_not_told(void **state)
{
	struct bed *b = *state;

	report_rates_gauges(b->worker, b->metrics);
	metric_write(b->metrics->set, &b->out);
	assert_false(says(b, "warmpath_worker_step_seconds{"));
	report_rates_json(b->worker, &b->out);
	assert_true(says(b, "\"rates\":null"));
	assert_true(report_rates_prefill(b->worker) <= 0);
}

static void a_part_that_takes_no_time_has_no_speed(void **state)
{
	struct bed *b = *state;

	rates_put(&b->worker->rates, &rates);
	report_rates_gauges(b->worker, b->metrics);
	metric_write(b->metrics->set, &b->out);
	assert_true(says(b, "warmpath_worker_load_tokens_per_second"
			    "{worker=\"w\"} 0\n"));
	assert_false(says(b, "} inf"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rates_are_told_in_base_units,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_account_is_json, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_known_is_not_told,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_part_that_takes_no_time_has_no_speed, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

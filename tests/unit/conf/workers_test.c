#include "router/conf/workers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"

static struct conf_workers *parse(const char *text, const char *common,
				  bool leave_out, char faults[4096])
{
	const struct conf_model m = {
		.discover = {.worker = (char *)common, .max_workers = 4}};
	const struct conf_workers_rules rules = {.whence = "f",
						 .model = &m,
						 .numeric = true,
						 .leave_out = leave_out};
	struct conf_faults f = {0};
	struct conf_workers *s = conf_workers_parse(slice_of(text), &rules, &f);

	snprintf(faults, 4096, "%.*s", SLICE_ARG(buf_slice(&f.text)));
	if (!leave_out)
		assert_int_equal(s == NULL, f.n > 0);
	buf_fini(&f.text);
	return s;
}

static struct conf_workers *good(const char *text, const char *common)
{
	char faults[4096];
	struct conf_workers *s = parse(text, common, false, faults);

	assert_string_equal(faults, "");
	return s;
}

static void bad(const char *text, const char *wanted)
{
	char faults[4096];
	struct conf_workers *s = parse(text, NULL, false, faults);

	assert_null(s);
	assert_string_equal(faults, wanted);
}

static void a_list_has_the_shape_of_a_models_workers(void **unused)
{
	struct conf_workers *s = good("- http://127.0.0.1:1\n"
				      "- {url: http://127.0.0.2:2, name: two, "
				      "data_parallel: 2}\n",
				      NULL);

	(void)unused;
	assert_int_equal(s->n, 2);
	assert_string_equal(s->worker[0].name, "127.0.0.1:1");
	assert_int_equal(s->worker[0].line, 1);
	assert_string_equal(s->worker[1].name, "two");
	assert_int_equal(s->worker[1].data_parallel, 2);
	assert_int_equal(addr_port(&s->worker[1].addr), 2);
	conf_workers_unref(&s);
}

static void json_and_a_mapping_of_workers_are_the_same(void **unused)
{
	struct conf_workers *s = good(
		"{\"workers\":[{\"url\":\"http://127.0.0.1:1\"}]}", NULL);

	(void)unused;
	assert_int_equal(s->n, 1);
	conf_workers_unref(&s);
	s = good("[]", NULL);
	assert_int_equal(s->n, 0);
	conf_workers_unref(&s);
}

static void what_all_have_stands_in_for_what_is_not_written(void **unused)
{
	struct conf_workers *s = good(
		"[{url: http://127.0.0.1:1}, http://127.0.0.2:1/, "
		"{url: 'http://[::1]:1', events: 'tcp://[::1]:9'}]",
		"{events: 'tcp://{host}:5557', max_inflight: '7'}");

	(void)unused;
	assert_string_equal(s->worker[0].events, "tcp://127.0.0.1:5557");
	assert_string_equal(s->worker[1].events, "tcp://127.0.0.2:5557");
	assert_string_equal(s->worker[2].events, "tcp://[::1]:9");
	assert_int_equal(s->worker[2].max_inflight, 7);
	conf_workers_unref(&s);
}

static void a_v6_host_keeps_its_brackets(void **unused)
{
	struct conf_workers *s = good("- http://[::1]:1",
				      "{events: 'tcp://{host}:5557'}");

	(void)unused;
	assert_string_equal(s->worker[0].events, "tcp://[::1]:5557");
	conf_workers_unref(&s);
}

static void a_faulty_worker_refuses_the_set(void **unused)
{
	(void)unused;
	bad("- http://127.0.0.1:1\n- {url: http://127.0.0.1:2, nmae: a}\n",
	    "f:2: [1].nmae: no such key; did you mean name?\n");
	bad("- name: a\n",
	    "f:1: [0].url: must be written: http://host:port of the engine, or "
	    "https://host:port if it speaks TLS.\n");
	bad("- http://localhost:1\n",
	    "f:1: [0].url: localhost:1: not the number of a host\n");
}

static void a_worker_that_stands_twice_refuses_the_set(void **unused)
{
	(void)unused;
	bad("- {url: http://127.0.0.1:1, name: a}\n"
	    "- {url: http://127.0.0.1:1, name: b}\n",
	    "f:2: [1].url: the worker '127.0.0.1:1' stands twice, first in "
	    "line 1\n");
}

static void what_is_no_list_is_refused(void **unused)
{
	static const char sentence[] =
		"f:1: must be a list of workers; [] if there are none\n";

	(void)unused;
	bad("", "f: must be a list of workers; [] if there are none\n");
	bad("url: http://127.0.0.1:1", sentence);
	bad("a", sentence);
	bad("{workers: [], more: 1}", sentence);
	bad("{workers: a}", sentence);
}

static void what_is_not_yaml_is_refused(void **unused)
{
	char faults[4096];

	(void)unused;
	assert_null(parse("[{", NULL, false, faults));
	assert_non_null(strstr(faults, "not YAML"));
	assert_null(parse("- a\n- b\n---\n- c\n", NULL, false, faults));
	assert_non_null(strstr(faults, "a second document"));
}

static void more_than_are_allowed_are_refused(void **unused)
{
	(void)unused;
	bad("[a, b, c, d, e]",
	    "f:1: 5 workers are more than discover.max_workers, 4\n");
}

static void faulty_ones_can_be_left_out(void **unused)
{
	char faults[4096];
	struct conf_workers *s = parse("- {url: http://127.0.0.1:1, name: a}\n"
				       "- {url: http://127.0.0.1:2, x: y}\n"
				       "- {url: http://127.0.0.1:3, name: a}\n"
				       "- http://127.0.0.1:4\n",
				       NULL, true, faults);

	(void)unused;
	assert_int_equal(s->n, 2);
	assert_string_equal(s->worker[1].url, "http://127.0.0.1:4");
	assert_non_null(strstr(faults, "f:2: [1].x: no such key"));
	assert_non_null(strstr(faults, "f:3: [2].name: the name 'a' stands"));
	conf_workers_unref(&s);
}

static void a_held_set_outlives_its_first_holder(void **unused)
{
	struct conf_workers *s = good("[http://127.0.0.1:1]", NULL);
	struct conf_workers *same = conf_workers_ref(s);

	(void)unused;
	conf_workers_unref(&s);
	assert_null(s);
	assert_string_equal(same->worker[0].url, "http://127.0.0.1:1");
	conf_workers_unref(&same);
	conf_workers_unref(&same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_has_the_shape_of_a_models_workers),
		cmocka_unit_test(json_and_a_mapping_of_workers_are_the_same),
		cmocka_unit_test(
			what_all_have_stands_in_for_what_is_not_written),
		cmocka_unit_test(a_v6_host_keeps_its_brackets),
		cmocka_unit_test(a_faulty_worker_refuses_the_set),
		cmocka_unit_test(a_worker_that_stands_twice_refuses_the_set),
		cmocka_unit_test(what_is_no_list_is_refused),
		cmocka_unit_test(what_is_not_yaml_is_refused),
		cmocka_unit_test(more_than_are_allowed_are_refused),
		cmocka_unit_test(faulty_ones_can_be_left_out),
		cmocka_unit_test(a_held_set_outlives_its_first_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

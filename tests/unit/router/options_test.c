#include "router/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "router/options_table.h"

#define MAX_ARGS 300

static struct options o;
static struct error err;

static int forget_environment(void **state)
{
	(void)state;
	for (size_t i = 0; i < options_rows; i++)
		if (options_row[i].twin != NULL)
			unsetenv(options_row[i].twin);
	return 0;
}

/* The words live until the next call. */
static enum status parse(const char *line)
{
	static char copy[16384];
	static char *argv[MAX_ARGS];
	int argc = 1;

	argv[0] = (char *)"warmpath";
	assert_true(strlen(line) < sizeof(copy));
	strcpy(copy, line);
	for (char *at = strtok(copy, " "); at; at = strtok(NULL, " "))
		argv[argc++] = at;
	argv[argc] = NULL;
	err = (struct error){0};
	return options_parse(argc, argv, &o, &err);
}

static void refused(const char *line, const char *why)
{
	assert_int_not_equal(parse(line), OK);
	assert_string_equal(err.text, why);
}

static void a_file_is_the_source(void **unused)
{
	(void)unused;
	assert_int_equal(parse("--config a.yaml"), OK);
	assert_string_equal(o.source.file, "a.yaml");
	assert_int_equal(o.task, OPTIONS_RUN);
	options_fini(&o);
	assert_int_equal(parse("-f a.yaml -c"), OK);
	assert_int_equal(o.task, OPTIONS_CHECK);
	options_fini(&o);
	assert_int_equal(parse("--config=a.yaml --announce b"), OK);
	assert_string_equal(o.announce, "b");
	options_fini(&o);
}

static void check_is_a_command_too(void **unused)
{
	(void)unused;
	assert_int_equal(parse("check a.yaml"), OK);
	assert_int_equal(o.task, OPTIONS_CHECK);
	assert_string_equal(o.source.file, "a.yaml");
	options_fini(&o);
	assert_int_equal(parse("check --config b.yaml"), OK);
	assert_int_equal(o.task, OPTIONS_CHECK);
	assert_string_equal(o.source.file, "b.yaml");
	options_fini(&o);
	refused("check a.yaml b.yaml",
		"b.yaml: no such command; see warmpath --help");
	refused("a.yaml check", "a.yaml: no such command; see warmpath --help");
}

static void workers_are_a_source_too(void **unused)
{
	(void)unused;
	assert_int_equal(parse("--worker http://a:1 --worker http://b:2 "
			       "--model m --events-port 5557"),
			 OK);
	assert_null(o.source.file);
	assert_int_equal(o.source.n_workers, 2);
	assert_string_equal(o.source.worker[1], "http://b:2");
	assert_string_equal(o.source.model, "m");
	assert_string_equal(o.source.events_port, "5557");
	options_fini(&o);
}

static void one_source_is_needed_and_one_only(void **unused)
{
	static const char both[] =
		"the file says which workers and models there are: no "
		"--worker, --model, --tokenizer, --events-port and "
		"--replay-port with --config";
	static const char none[] = "--config FILE or --worker URL is missing; "
				   "see warmpath --help";

	(void)unused;
	refused("", none);
	refused("--check", none);
	refused("--print-config --model m", none);
	refused("--config a --worker http://a", both);
	refused("--config a --model m", both);
	refused("--config a --replay-port 1", both);
	assert_int_equal(parse("--print-metrics"), OK);
	options_fini(&o);
}

static void keys_are_settings_over_the_file(void **unused)
{
	(void)unused;
	assert_int_equal(parse("-f a --listen :1 --listen :2 --set "
			       "limits.max_body=1MiB --set a=b=c"),
			 OK);
	assert_int_equal(o.source.n_settings, 4);
	assert_string_equal(o.source.setting[1].key, "listen");
	assert_string_equal(o.source.setting[1].text, ":2");
	assert_string_equal(o.source.setting[1].from, "--listen");
	assert_string_equal(o.source.setting[2].key, "limits.max_body");
	assert_string_equal(o.source.setting[2].text, "1MiB");
	assert_string_equal(o.source.setting[3].text, "b=c");
	options_fini(&o);
	refused("-f a --set limits", "--set limits: must be KEY=VALUE");
	refused("-f a --set =1", "--set =1: must be KEY=VALUE");
}

/* The next process of an upgrade is started with the same words. */
static void the_words_stay_as_they_are(void **unused)
{
	char set[] = "--set", key[] = "threads=1", name[] = "warmpath";
	char worker[] = "--worker", url[] = "http://a";
	char *argv[] = {name, set, key, worker, url, NULL};

	(void)unused;
	assert_int_equal(options_parse(5, argv, &o, &err), OK);
	assert_string_equal(argv[2], "threads=1");
	options_fini(&o);
}

static void the_environment_fills_in(void **unused)
{
	(void)unused;
	setenv("WARMPATH_CONFIG", "from-env.yaml", 1);
	setenv("WARMPATH_LOG_FORMAT", "json", 1);
	setenv("WARMPATH_MODEL", "", 1); /* as if it were not there */
	assert_int_equal(parse(""), OK);
	assert_string_equal(o.source.file, "from-env.yaml");
	assert_string_equal(o.source.setting[0].from, "WARMPATH_LOG_FORMAT");
	assert_string_equal(o.source.setting[0].key, "log.format");
	assert_string_equal(o.source.setting[0].text, "json");
	options_fini(&o);
}

static void the_command_line_goes_first(void **unused)
{
	(void)unused;
	setenv("WARMPATH_CONFIG", "from-env.yaml", 1);
	setenv("WARMPATH_LISTEN", ":1", 1);
	assert_int_equal(parse("--worker http://a --listen :2"), OK);
	assert_null(o.source.file);
	assert_int_equal(o.source.n_settings, 1);
	assert_string_equal(o.source.setting[0].text, ":2");
	options_fini(&o);
	unsetenv("WARMPATH_CONFIG");
	setenv("WARMPATH_WORKERS", "http://x", 1);
	assert_int_equal(parse("--config a.yaml"), OK);
	assert_int_equal(o.source.n_workers, 0);
	options_fini(&o);
}

static void a_list_of_the_environment_is_cut_at_blanks(void **unused)
{
	(void)unused;
	setenv("WARMPATH_WORKERS", " http://a:1,http://b:2  http://c:3", 1);
	assert_int_equal(parse(""), OK);
	assert_int_equal(o.source.n_workers, 3);
	assert_string_equal(o.source.worker[0], "http://a:1");
	assert_string_equal(o.source.worker[2], "http://c:3");
	options_fini(&o);
	setenv("WARMPATH_WORKERS", " , ", 1);
	refused("", "--config FILE or --worker URL is missing; see warmpath "
		    "--help");
	setenv("WARMPATH_CONFIG", "a.yaml", 1);
	assert_int_equal(parse(""), OK);
	options_fini(&o);
}

static void wrong_words_are_named(void **unused)
{
	(void)unused;
	refused("--nonsense", "--nonsense: no such option; see warmpath "
			      "--help");
	refused("-x", "-x: no such option; see warmpath --help");
	refused("-f", "-f: its value is missing");
	refused("--listen", "--listen: its value is missing");
	refused("--check=1 -f a", "--check=1: takes no value");
	refused("serve", "serve: no such command; see warmpath --help");
}

static void too_many_are_refused(void **unused)
{
	struct buf line = {0};

	(void)unused;
	for (size_t i = 0; i < SOURCE_MAX_WORKERS + 1; i++)
		buf_puts(&line, "--worker=http://a ");
	buf_putc(&line, '\0');
	refused(buf_slice(&line).p, "more than 256 workers");
	buf_reset(&line, 0);
	for (size_t i = 0; i < SOURCE_MAX_SETTINGS + 1; i++)
		buf_puts(&line, "--set=a=b ");
	buf_putc(&line, '\0');
	refused(buf_slice(&line).p, "--set: more than 64 settings");
	buf_fini(&line);
}

static void help_tells_every_option_and_twin(void **unused)
{
	struct buf help = {0};

	(void)unused;
	options_help(&help);
	buf_putc(&help, '\0');
	for (size_t i = 0; i < options_rows; i++) {
		const struct options_row *r = &options_row[i];

		assert_non_null(strstr(buf_slice(&help).p, r->name));
		if (r->value != NULL)
			assert_non_null(strstr(buf_slice(&help).p, r->value));
		if (r->twin != NULL)
			assert_non_null(strstr(buf_slice(&help).p, r->twin));
		/* A value has a twin, unless it says itself what it is of. */
		assert_true((r->value != NULL) ==
			    (r->twin != NULL || r->kind == OPTION_SET));
	}
	buf_fini(&help);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_file_is_the_source,
				       forget_environment),
		cmocka_unit_test_setup(check_is_a_command_too,
				       forget_environment),
		cmocka_unit_test_setup(workers_are_a_source_too,
				       forget_environment),
		cmocka_unit_test_setup(one_source_is_needed_and_one_only,
				       forget_environment),
		cmocka_unit_test_setup(keys_are_settings_over_the_file,
				       forget_environment),
		cmocka_unit_test_setup(the_words_stay_as_they_are,
				       forget_environment),
		cmocka_unit_test_setup(the_environment_fills_in,
				       forget_environment),
		cmocka_unit_test_setup(the_command_line_goes_first,
				       forget_environment),
		cmocka_unit_test_setup(
			a_list_of_the_environment_is_cut_at_blanks,
			forget_environment),
		cmocka_unit_test_setup(wrong_words_are_named,
				       forget_environment),
		cmocka_unit_test_setup(too_many_are_refused,
				       forget_environment),
		cmocka_unit_test_setup(help_tells_every_option_and_twin,
				       forget_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

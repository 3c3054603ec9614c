#include "router/command_doctor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/router/command_run.h"
#include "tests/unit/tcp.h"

static char path[64];

static int begin(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/doctor-test-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void put(const char *yaml)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(yaml, f);
	fclose(f);
}

/* %s in `args` is the file. */
static void doctor(const char *args)
{
	char words[256];

	snprintf(words, sizeof(words), args, path);
	run_command(command_doctor, words, "");
}

/* A port that nobody listens at. */
static void put_deserted(void)
{
	char yaml[256];
	struct addr at;
	int fd = tcp_listen(&at);

	close(fd);
	snprintf(yaml, sizeof(yaml),
		 "models:\n  - name: m\n    workers:\n"
		 "      - http://127.0.0.1:%u\n",
		 (unsigned)addr_port(&at));
	put(yaml);
}

static void a_fleet_that_is_not_there_is_wrong(void **state)
{
	(void)state;
	put_deserted();
	doctor("doctor --config %s --wait 1");
	assert_int_equal(run.status, 1);
	assert_non_null(strstr(run.output, "wrong  health"));
	assert_non_null(strstr(run.output, "it does not accept connections"));
	assert_non_null(
		strstr(run.output, "something is wrong with 1 of 1 workers"));
	assert_non_null(strstr(run.message, "one completion of one token"));
	doctor("doctor --json --no-generate --config %s");
	assert_int_equal(run.status, 1);
	assert_memory_equal(run.output, "{\"ok\":false,", 12);
	assert_string_equal(run.message, "");
}

static void every_fault_of_the_file_is_told(void **state)
{
	(void)state;
	put("listen: nowhere\nmodels: []\nthings: 1\n");
	doctor("doctor --config %s");
	assert_int_equal(run.status, 2);
	assert_string_equal(run.output, "");
	assert_non_null(strstr(run.message, "listen"));
	assert_non_null(strstr(run.message, "things"));
}

static void a_tokenizer_that_does_not_load_is_a_fault_of_the_file(void **state)
{
	(void)state;
	put("models:\n  - name: m\n    tokenizer: /tmp\n    workers: "
	    "['http://127.0.0.1:1']\n");
	doctor("doctor --config %s");
	assert_int_equal(run.status, 2);
	assert_non_null(strstr(run.message, "models: m: tokenizer:"));
}

static void wrong_usage_says_what_is_wrong(void **state)
{
	static const struct {
		const char *args, *says;
	} row[] = {
		{"doctor", "--config: missing"},
		{"doctor --config", "--config: its value is missing"},
		{"doctor --config /no/where", "/no/where"},
		{"doctor --wait 0 --config %s", "--wait 0"},
		{"doctor --wait 601 --config %s", "--wait 601"},
		{"doctor --wait soon --config %s", "--wait soon"},
		{"doctor --verbose --config %s", "no such option"},
		{"doctor --config %s worker-1", "worker-1: takes no arguments"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		doctor(row[i].args);
		assert_int_equal(run.status, 2);
		assert_string_equal(run.output, "");
		if (!strstr(run.message, row[i].says))
			fail_msg("%s: %s", row[i].args, run.message);
	}
}

static void help_goes_to_standard_output(void **state)
{
	(void)state;
	doctor("doctor --help");
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.output, "usage: warmpath doctor"));
	assert_string_equal(run.message, "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(a_fleet_that_is_not_there_is_wrong),
		T(every_fault_of_the_file_is_told),
		T(a_tokenizer_that_does_not_load_is_a_fault_of_the_file),
		T(wrong_usage_says_what_is_wrong),
		T(help_goes_to_standard_output),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}

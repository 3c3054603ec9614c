#include "router/command_replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/router/command_run.h"

static const char yaml[] = "models:\n"
			   "  - name: demo\n"
			   "    policy: kv_aware\n"
			   "    workers: [\"http://127.0.0.1:1\"]\n"
			   "  - name: other\n"
			   "    workers: [\"http://127.0.0.1:2\"]\n";
static const char decisions[] =
	"{\"decisions\":1}\n"
	"{\"request_id\":\"a\",\"model\":\"demo\",\"policy\":\"cost\","
	"\"unit\":\"ms\",\"prompt_tokens\":1000,\"block_size\":16,"
	"\"prompt_blocks\":62,\"chosen\":\"w-0\",\"candidates\":["
	"{\"worker\":\"w-0\",\"exact\":true},"
	"{\"worker\":\"w-1\",\"exact\":true,\"held_blocks\":62}]}\n"
	"\n"
	"{\"request_id\":\"a\",\"ended\":{\"outcome\":\"ok\"}}\n";

static char directory[64], config[96], log_file[96], line[512];

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int set_up(void **unused)
{
	(void)unused;
	strcpy(directory, "/tmp/warmpath-replay-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(config, sizeof(config), "%s/new.yaml", directory);
	snprintf(log_file, sizeof(log_file), "%s/log", directory);
	put(config, yaml);
	put(log_file, decisions);
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	unlink(config);
	unlink(log_file);
	return rmdir(directory);
}

static void runs(const char *more, const char *input, int status)
{
	snprintf(line, sizeof(line), "replay --config %s %s", config, more);
	run_command(command_replay, line, input);
	if (run.status != status)
		fail_msg("status %d: %s%s", run.status, run.output,
			 run.message);
}

static void says(const char *where, const char *what)
{
	if (strstr(where, what) == NULL)
		fail_msg("'%s' is not in '%s'", what, where);
}

static void a_log_is_made_again_and_reported(void **unused)
{
	char words[128];

	(void)unused;
	snprintf(words, sizeof(words), "--log %s", log_file);
	runs(words, "", 0);
	says(run.output, "model demo: 1 decisions of cost, made again by "
			 "kv_aware");
	says(run.output, "1 of them (100.0 %) would go elsewhere");
	assert_null(strstr(run.output, "model other"));
	assert_string_equal(run.message, "");
}

static void standard_input_is_a_log_too(void **unused)
{
	(void)unused;
	runs("--log - --json", decisions, 0);
	says(run.output, "{\"model\":\"demo\"");
	says(run.output, "\"elsewhere\":1");
}

static void faulty_lines_are_named_and_left_out(void **unused)
{
	char text[2000];

	(void)unused;
	snprintf(text, sizeof(text), "%s{\n%s{\"torn", decisions,
		 "{\"request_id\":1}\n");
	runs("--log -", text, 1);
	says(run.message, "-:5: byte 1: ");
	says(run.message, "-:6: ");
	says(run.message, "-:7: ");
	says(run.output, "1 decisions of cost");
	says(run.output, "3 lines are faulty and left out");
}

static void many_faulty_lines_are_counted(void **unused)
{
	char text[200] = "";

	(void)unused;
	for (int i = 0; i < 30; i++)
		strcat(text, "x\n");
	runs("--log -", text, 1);
	says(run.message, "-:10: ");
	says(run.message, "further faults are counted");
	assert_null(strstr(run.message, "-:11: "));
}

static void a_log_without_the_model_is_said_to_be_so(void **unused)
{
	(void)unused;
	runs("--log - --model other", decisions, 1);
	says(run.output, "model other: 0 decisions");
	says(run.output, "1 decisions are of other models");
	runs("--log - --model nobody", decisions, 2);
	says(run.message, "no model is called nobody");
}

static void wrong_usage_is_refused(void **unused)
{
	(void)unused;
	run_command(command_replay, "replay --log x", "");
	assert_int_equal(run.status, 2);
	says(run.message, "--config: missing");
	runs("", "", 2);
	says(run.message, "--log: missing");
	runs("--log /no/such/file", "", 2);
	says(run.message, "/no/such/file: ");
	runs("--log - more", "", 2);
	run_command(command_replay, "replay --log - --config /no/such", "");
	assert_int_equal(run.status, 2);
	run_command(command_replay, "replay --help", "");
	assert_int_equal(run.status, 0);
	says(run.output, "usage: warmpath replay");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_log_is_made_again_and_reported),
		TEST(standard_input_is_a_log_too),
		TEST(faulty_lines_are_named_and_left_out),
		TEST(many_faulty_lines_are_counted),
		TEST(a_log_without_the_model_is_said_to_be_so),
		TEST(wrong_usage_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

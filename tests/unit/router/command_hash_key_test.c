#include "router/command_hash_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/router/command_run.h"

#define LINE                                                                   \
	"sha256:"                                                              \
	"2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"

static void a_key_becomes_its_digest(void **state)
{
	(void)state;
	run_command(command_hash_key, "hash-key", "key\n");
	assert_string_equal(run.output, LINE "\n");
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.message, "may be guessed"));
	run_command(command_hash_key, "hash-key", "key");
	assert_string_equal(run.output, LINE "\n");
	run_command(command_hash_key, "hash-key", "01234567890123456789\r\n");
	assert_string_equal(run.message, "");
}

static void a_new_key_is_printed_before_its_digest(void **state)
{
	char first[128], again[128];

	(void)state;
	run_command(command_hash_key, "hash-key --new", "");
	assert_int_equal(run.status, 0);
	assert_int_equal(sscanf(run.output, "%127s", first), 1);
	assert_int_equal(strlen(first), 3 + 48);
	strcpy(again, strchr(run.output, '\n') + 1);
	run_command(command_hash_key, "hash-key", first);
	assert_string_equal(run.output, again);
	run_command(command_hash_key, "hash-key --new", "");
	assert_int_equal(sscanf(run.output, "%127s", again), 1);
	assert_string_not_equal(first, again);
}

static void what_is_no_key_is_refused(void **state)
{
	char text[600];

	(void)state;
	memset(text, 'k', sizeof(text));
	text[513] = '\0';
	run_command(command_hash_key, "hash-key", text);
	assert_int_equal(run.status, 1);
	assert_string_equal(run.output, "");
	run_command(command_hash_key, "hash-key", "");
	assert_int_equal(run.status, 1);
	run_command(command_hash_key, "hash-key", "\n");
	assert_int_equal(run.status, 1);
	run_command(command_hash_key, "hash-key", "two words\n");
	assert_int_equal(run.status, 1);
	run_command(command_hash_key, "hash-key", "one\ntwo\n");
	assert_int_equal(run.status, 1);
}

static void wrong_usage_is_told(void **state)
{
	(void)state;
	run_command(command_hash_key, "hash-key secret", "");
	assert_int_equal(run.status, 2);
	run_command(command_hash_key, "hash-key --newer", "");
	assert_int_equal(run.status, 2);
	run_command(command_hash_key, "hash-key --help", "");
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.output, "usage: warmpath hash-key"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_becomes_its_digest),
		cmocka_unit_test(a_new_key_is_printed_before_its_digest),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(wrong_usage_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/command_hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/router/command_run.h"

static void run_hash(const char *args, const char *input)
{
	char *words = mem_alloc(strlen(args) + sizeof("hash "));

	sprintf(words, "hash %s", args);
	run_command(command_hash, words, input);
	mem_free(words);
}

#define FOURTEEN "[1,2,3,4,5,6,7,8,9,10,11,12,13,14]"

static void tokens_become_whole_digests(void **state)
{
	(void)state;
	run_hash("--seed 0 --block-size 4 --algorithm xxhash_cbor",
		 "{\"tokens\":[1,2,3,4,5,6,7,8,9]}\n{\"tokens\":[1,2,3]}\n"
		 "{ \"cache_salt\" : null, \"tokens\" : [] }");
	assert_string_equal(run.output,
			    "{\"hashes\":[\"0a8577df5ee3430515a8cc1f6e3ac52e\","
			    "\"d152782cb4d753bde718a811a3b75e23\"]}\n"
			    "{\"hashes\":[]}\n{\"hashes\":[]}\n");
	assert_string_equal(run.message, "");
	assert_int_equal(run.status, 0);
}

static void defaults_are_vllms(void **state)
{
	(void)state;
	run_hash("--seed=0 --block-size=4", "{\"tokens\":" FOURTEEN "}\n");
	assert_non_null(strstr(run.output,
			       "\"762b2e7e1520febd3a0aedb7358e8602facf3924440e1"
			       "8538fce057e23bae91d\",\"9e62b5a7ec298f33cb4c7d9"
			       "e00b659874bb2432d23ad6879ad1746592a2b036b\""));
	assert_int_equal(run.status, 0);
	/* 16 tokens to a block */
	run_hash("--seed 0", "{\"tokens\":" FOURTEEN "}\n");
	assert_string_equal(run.output, "{\"hashes\":[]}\n");
}

static void adapter_and_salt_are_hashed(void **state)
{
	(void)state;
	run_hash("--seed 0 --block-size 4 --algorithm xxhash",
		 "{\"tokens\":[1,2,3,4],\"lora\":\"sql-lora\","
		 "\"cache_salt\":\"tenant\\u002da\"}\n");
	assert_string_equal(
		run.output,
		"{\"hashes\":[\"8b158edf186be412d3d716080a8be652\"]}\n");
	assert_int_equal(run.status, 0);
}

static void the_own_algorithm_needs_no_seed(void **state)
{
	(void)state;
	run_hash("--algorithm tokens --block-size 2",
		 "{\"tokens\":[1,2,4294967295]}\n");
	assert_int_equal(run.status, 0);
	assert_int_equal(strlen(run.output),
			 strlen("{\"hashes\":[\"0123456789abcdef\"]}\n"));
}

static void a_bad_line_is_answered_in_its_place(void **state)
{
	static const char *const bad[] = {
		"",
		"no json",
		"[1,2]",
		"{}",
		"{\"tokens\":[1,2,3,4]",
		"{\"tokens\":[1,2,3,4]} x",
		"{\"tokens\":7}",
		"{\"tokens\":[1,2,3,-1]}",
		"{\"tokens\":[1,2,3,4294967296]}",
		"{\"tokens\":[1,2,3,1.0]}",
		"{\"tokens\":[1,2,3,\"4\"]}",
		"{\"tokens\":[1,2,[3],4]}",
		"{\"tokens\":[1],\"tokens\":[2]}",
		"{\"tokens\":[1],\"lora\":5}",
		"{\"tokens\":[1],\"lora\":\"a\",\"lora\":\"b\"}",
		"{\"tokens\":[1],\"salt\":\"a\"}",
		"{\"tokens\":[1],\"cache_salt\":\"\\ud800\"}",
	};
	char input[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(input, sizeof(input), "%s\n{\"tokens\":[1,2,3,4]}\n",
			 bad[i]);
		run_hash("--seed 0 --block-size 4 --algorithm xxhash_cbor",
			 input);
		assert_int_equal(run.status, 1);
		assert_memory_equal(run.output, "{\"error\":\"", 10);
		assert_non_null(strstr(
			run.output,
			"\"}\n{\"hashes\":[\"0a8577df5ee3430515a8cc1f6e3ac52e"
			"\"]}\n"));
	}
}

static void a_too_long_salt_is_refused(void **state)
{
	char *input = mem_alloc(8192);
	size_t n = (size_t)sprintf(input, "{\"tokens\":[1],\"cache_salt\":\"");

	(void)state;
	memset(input + n, 'x', 4097);
	strcpy(input + n + 4097, "\"}\n");
	run_hash("--seed 0", input);
	assert_int_equal(run.status, 1);
	assert_non_null(strstr(run.output, "4096"));
	strcpy(input + n + 4096, "\"}\n");
	run_hash("--seed 0", input);
	assert_int_equal(run.status, 0);
	mem_free(input);
}

static void wrong_usage_says_what_is_wrong(void **state)
{
	static const struct {
		const char *args, *says;
	} row[] = {
		{"", "PYTHONHASHSEED"},
		{"--algorithm sha256_cbor", "PYTHONHASHSEED"},
		{"--seed 0 --algorithm md5", "--algorithm md5"},
		{"--seed 0 --block-size 0", "--block-size 0"},
		{"--seed 0 --block-size 4097", "1 to 4096"},
		{"--seed 0 --block-size 16x", "--block-size 16x"},
		{"--seed 0 --block-size ''", "1 to 4096"},
		{"--seed", "--seed: its value is missing"},
		{"--seed 0 --tokens 5", "--tokens: no such option"},
		{"--seed 0 -xy", "-x: no such option"},
		{"--seed 0 --help=3", "--help=3: no such option"},
		{"--seed 0 input.json", "input.json: takes no arguments"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		run_hash(row[i].args, "{\"tokens\":[1]}\n");
		assert_int_equal(run.status, 2);
		assert_string_equal(run.output, "");
		assert_memory_equal(run.message, "warmpath hash: ", 15);
		assert_non_null(strstr(run.message, row[i].says));
	}
}

static void help_goes_to_standard_output(void **state)
{
	(void)state;
	run_hash("--help", "");
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.output, "usage: warmpath hash"));
	assert_string_equal(run.message, "");
}

static void an_empty_seed_is_a_seed(void **state)
{
	(void)state;
	run_hash("--seed '' --block-size 1", "{\"tokens\":[1]}\n");
	assert_int_equal(run.status, 0);
	assert_memory_equal(run.output, "{\"hashes\":[\"", 12);
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(tokens_become_whole_digests),
		cmocka_unit_test(defaults_are_vllms),
		cmocka_unit_test(adapter_and_salt_are_hashed),
		cmocka_unit_test(the_own_algorithm_needs_no_seed),
		cmocka_unit_test(a_bad_line_is_answered_in_its_place),
		cmocka_unit_test(a_too_long_salt_is_refused),
		cmocka_unit_test(wrong_usage_says_what_is_wrong),
		cmocka_unit_test(help_goes_to_standard_output),
		cmocka_unit_test(an_empty_seed_is_a_seed),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}

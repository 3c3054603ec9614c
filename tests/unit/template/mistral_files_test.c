/* Files of Mistral's own tokenizers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/error.h"
#include "common/template/mistral_files.h"
#include "tests/unit/template/directory.h"

#define TEKKEN(version) "{\"config\":{\"version\":\"" version "\"}}"

static struct arena data;

static enum status read_files(struct mistral_files *out)
{
	struct error err = {0};
	enum status status = mistral_files_read(model_dir, &data, out, &err);
	if (status != OK && status != ERR_NOT_FOUND)
		assert_non_null(strstr(err.text, "tekken.json"));
	return status;
}

static void check_version(int want)
{
	struct mistral_files f;
	assert_int_equal(read_files(&f), OK);
	assert_int_equal(f.version, want);
}

static void tekken_says_its_version(void **state)
{
	static const struct {
		const char *text;
		int version;
	} known[] = {
		{TEKKEN("v3"), 3},   {TEKKEN("v7"), 7},   {TEKKEN("v11"), 11},
		{TEKKEN("v13"), 13}, {TEKKEN("v15"), 15}, {TEKKEN("v16"), 0},
		{TEKKEN("3"), 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		model_put("tekken.json", known[i].text);
		check_version(known[i].version);
	}
}

static void tekken_may_be_packed(void **state)
{
	(void)state;
	model_put_gzip("tekken.json.gz", TEKKEN("v11"));
	check_version(11);
}

static void tekken_says_what_it_can(void **state)
{
	struct mistral_files f;
	(void)state;
	model_put("tekken.json",
		  "{\"config\":{\"version\":\"v15\"},\"special_tokens\":[{"
		  "\"token_str\":\"<s>\"},7,{\"token_str\":\"[THINK]\"}],"
		  "\"model_settings_builder\":{\"reasoning_effort\":{\"values\""
		  ":[\"none\"]}}}");
	assert_int_equal(read_files(&f), OK);
	assert_true(f.has_think);
	assert_true(slice_equal(f.effort, SLICE("{\"values\":[\"none\"]}")));
	model_put("tekken.json",
		  "{\"config\":{\"version\":\"v15\"},\"special_tokens\":null,"
		  "\"model_settings_builder\":{\"reasoning_effort\":null}}");
	assert_int_equal(read_files(&f), OK);
	assert_false(f.has_think);
	assert_null(f.effort.p);
}

static void a_models_name_says_its_version(void **state)
{
	(void)state;
	model_put("tokenizer.model.v1", "");
	check_version(1);
	model_put("tokenizer.model.v3", "");
	check_version(3);
	model_put("tokenizer.model.v7m1", "");
	check_version(7);
	model_put("tekken.json", TEKKEN("v11"));
	check_version(11);
}

static void other_directories_are_not_mistrals(void **state)
{
	struct mistral_files f;
	(void)state;
	assert_int_equal(read_files(&f), ERR_NOT_FOUND);
	model_put("tokenizer_config.json", "{}");
	assert_int_equal(read_files(&f), ERR_NOT_FOUND);
}

static void broken_files_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{",
		"{}",
		"{\"config\":7}",
		"{\"config\":{}}",
		"{\"config\":{\"version\":7}}",
		"{\"config\":{\"version\":\"v3\"}",
	};
	struct mistral_files f;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		model_put("tekken.json", bad[i]);
		assert_int_equal(read_files(&f), ERR_INVALID);
	}
}

static void what_is_not_packed_is_no_packed_file(void **state)
{
	struct mistral_files f;
	(void)state;
	model_put("tekken.json.gz", "{}");
	assert_int_not_equal(read_files(&f), OK);
}

static int end(void **state)
{
	static const char *const name[] = {
		"tekken.json",          "tekken.json.gz",
		"tokenizer.model.v1",   "tokenizer.model.v3",
		"tokenizer.model.v7m1",
	};
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		unlink(model_path(name[i]));
	return model_end(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, model_begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tekken_says_its_version),
		TEST(tekken_may_be_packed),
		TEST(tekken_says_what_it_can),
		TEST(a_models_name_says_its_version),
		TEST(other_directories_are_not_mistrals),
		TEST(broken_files_are_refused),
		TEST(what_is_not_packed_is_no_packed_file),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}

/* Which of a directory's files say what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/chat_files.h"
#include "tests/unit/template/directory.h"

static struct chat_files files;

static int begin(void **state)
{
	chat_files_init(&files);
	return model_begin(state);
}

static int end(void **state)
{
	chat_files_fini(&files);
	return model_end(state);
}

static void check_sources(const char *plain, const char *tools)
{
	struct error err = {0};
	assert_int_equal(
		chat_files_read(&files, model_dir, NULL, CHAT_VLLM, &err), OK);
	assert_true(slice_equal(files.plain, slice_of(plain)));
	assert_true(slice_equal(files.tools, slice_of(tools)));
}

static void named_templates_are_told_apart(void **state)
{
	(void)state;
	model_put("tokenizer_config.json",
		  "{\"chat_template\":[{\"name\":\"tool_use\",\"template\":"
		  "\"t\"},{\"name\":\"default\",\"template\":\"d\"}]}");
	check_sources("d", "t");
}

static void entries_without_a_source_are_passed_over(void **state)
{
	(void)state;
	model_put("tokenizer_config.json",
		  "{\"chat_template\":[1,{\"name\":\"tool_use\"},{\"name\":"
		  "\"default\",\"template\":\"d\"},{\"template\":\"x\"}]}");
	check_sources("d", "d");
}

static void a_model_type_of_a_template_needs_no_code(void **state)
{
	(void)state;
	model_put("tokenizer_config.json", "{\"chat_template\":\"x\"}");
	model_put("config.json", "{\"model_type\":\"qwen3\"}");
	check_sources("x", "x");
	assert_int_equal(files.renderer, CHAT_BY_TEMPLATE);
}

static void a_model_type_of_code_is_named(void **state)
{
	struct error err = {0};
	(void)state;
	model_put("tokenizer_config.json", "{}");
	model_put("config.json", "{\"model_type\":\"deepseek_v32\"}");
	assert_int_equal(
		chat_files_read(&files, model_dir, NULL, CHAT_VLLM, &err), OK);
	assert_int_equal(files.renderer, CHAT_BY_DEEPSEEK_V32);
}

static void special_tokens_outlive_the_files(void **state)
{
	struct error err = {0};
	struct arena arena;
	(void)state;
	arena_init(&arena);
	model_put("tokenizer_config.json",
		  "{\"bos_token\":\"<s>\",\"eos_token\":7,\"pad_token\":\"\","
		  "\"additional_special_tokens\":[]}");
	assert_int_equal(
		chat_files_read(&files, model_dir, NULL, CHAT_VLLM, &err), OK);
	struct dict *d = chat_files_special_tokens(&files, &arena);
	chat_files_fini(&files);
	chat_files_init(&files);
	assert_int_equal(d->n, 1);
	assert_true(value_is(*dict_find_text(d, SLICE("bos_token")), "<s>"));
	arena_fini(&arena);
}

static void special_tokens_may_have_a_file_of_their_own(void **state)
{
	struct error err = {0};
	(void)state;
	model_put("tokenizer_config.json", "{\"bos_token\":\"a\"}");
	model_put("special_tokens_map.json",
		  "{\"bos_token\":\"b\",\"eos_token\":{\"content\":\"c\"}}");
	assert_int_equal(
		chat_files_read(&files, model_dir, NULL, CHAT_VLLM, &err), OK);
	struct dict *d = chat_files_special_tokens(&files, &files.arena);
	assert_true(value_is(*dict_find_text(d, SLICE("bos_token")), "b"));
	assert_true(value_is(*dict_find_text(d, SLICE("eos_token")), "c"));
	model_put("tokenizer_config.json",
		  "{\"bos_token\":\"a\",\"added_tokens_decoder\":{}}");
	assert_int_equal(
		chat_files_read(&files, model_dir, NULL, CHAT_VLLM, &err), OK);
	d = chat_files_special_tokens(&files, &files.arena);
	assert_int_equal(d->n, 1);
	assert_true(value_is(*dict_find_text(d, SLICE("bos_token")), "a"));
}

static void a_template_for_tools_may_stand_beside(void **state)
{
	(void)state;
	assert_int_equal(mkdir(model_path("additional_chat_templates"), 0700),
			 0);
	model_put("tokenizer_config.json", "{\"chat_template\":\"old\"}");
	model_put("additional_chat_templates/tool_use.jinja", "t");
	check_sources("old", "old");
	model_put("chat_template.jinja", "d");
	check_sources("d", "t");
}

static void code_that_sorts_tools_leaves_no_template_for_them(void **state)
{
	struct error err = {0};
	(void)state;
	model_put("tokenizer_config.json",
		  "{\"chat_template\":\"x\",\"auto_map\":{\"AutoTokenizer\":"
		  "[\"a/b--tokenization_kimi.TikTokenTokenizer\",null]}}");
	assert_int_equal(
		chat_files_read(&files, model_dir, NULL, CHAT_VLLM, &err), OK);
	assert_true(slice_equal(files.plain, SLICE("x")));
	assert_null(files.tools.p);
	model_put("tokenizer_config.json",
		  "{\"chat_template\":\"x\",\"auto_map\":{\"AutoTokenizer\":"
		  "[\"tokenization_qwen.QWenTokenizer\"]}}");
	check_sources("x", "x");
	model_put("tokenizer_config.json",
		  "{\"chat_template\":\"x\",\"auto_map\":7}");
	check_sources("x", "x");
}

static void sglang_takes_the_template_of_most(void **state)
{
	struct error err = {0};
	(void)state;
	model_put("tokenizer_config.json", "{\"chat_template\":\"x\"}");
	model_put("tekken.json", "{");
	model_put("config.json", "{\"model_type\":\"gpt_oss\"}");
	assert_int_equal(
		chat_files_read(&files, model_dir, NULL, CHAT_SGLANG, &err),
		OK);
	assert_int_equal(files.renderer, CHAT_BY_TEMPLATE);
	chat_files_fini(&files);
	chat_files_init(&files);
	model_put("config.json", "{\"model_type\":\"deepseek_v4\"}");
	assert_int_equal(
		chat_files_read(&files, model_dir, NULL, CHAT_SGLANG, &err),
		OK);
	assert_int_equal(files.renderer, CHAT_BY_OTHER_CODE);
}

static void a_directory_that_is_missing_is_told(void **state)
{
	struct error err = {0};
	(void)state;
	assert_int_equal(
		chat_files_read(&files, "/nowhere", NULL, CHAT_VLLM, &err),
		ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "/nowhere/tokenizer_config.json"));
}

static void nesting_without_end_is_refused(void **state)
{
	struct error err = {0};
	char text[301];
	(void)state;
	memset(text, '[', 300);
	text[300] = '\0';
	model_put("tokenizer_config.json", text);
	assert_int_equal(
		chat_files_read(&files, model_dir, NULL, CHAT_VLLM, &err),
		ERR_INVALID);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(named_templates_are_told_apart),
		T(entries_without_a_source_are_passed_over),
		T(a_model_type_of_a_template_needs_no_code),
		T(a_model_type_of_code_is_named),
		T(special_tokens_outlive_the_files),
		T(special_tokens_may_have_a_file_of_their_own),
		T(a_template_for_tools_may_stand_beside),
		T(code_that_sorts_tools_leaves_no_template_for_them),
		T(sglang_takes_the_template_of_most),
		T(a_directory_that_is_missing_is_told),
		T(nesting_without_end_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

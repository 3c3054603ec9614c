#include "common/template/chat_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void each_engine_is_a_dialect_of_its_month(void **unused)
{
	static const struct {
		const char *word;
		enum chat_dialect dialect;
		enum chat_compat compat;
	} row[] = {
		{"vllm", CHAT_VLLM, CHAT_VLLM_2026_08},
		{"vllm-2026-06", CHAT_VLLM, CHAT_VLLM_2026_06},
		{"sglang", CHAT_SGLANG, CHAT_VLLM_2026_08},
		{"sglang-2026-06", CHAT_SGLANG, CHAT_VLLM_2026_06},
	};

	(void)unused;
	for (unsigned i = 0; i < ARRAY_LEN(row); i++) {
		struct chat_options o = {.exclude_tools = true};

		assert_string_equal(chat_engine_word[i], row[i].word);
		chat_options_set_engine(&o, (enum chat_engine)i);
		assert_int_equal(o.dialect, row[i].dialect);
		assert_int_equal(o.compat, row[i].compat);
		assert_true(o.exclude_tools);
	}
	assert_null(chat_engine_word[ARRAY_LEN(row)]);
}

static void words_of_formats_stand_in_the_order_of_the_enum(void **unused)
{
	(void)unused;
	assert_string_equal(chat_format_word[CHAT_FORMAT_AUTO], "auto");
	assert_string_equal(chat_format_word[CHAT_FORMAT_STRING], "string");
	assert_string_equal(chat_format_word[CHAT_FORMAT_OPENAI], "openai");
	assert_null(chat_format_word[CHAT_FORMAT_OPENAI + 1]);
}

static void kwargs_are_a_json_object(void **unused)
{
	static const char *const good[] = {"{}", "{\"enable_thinking\": false}",
					   " {\"a\":{\"b\":[1]}} "};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(
			chat_options_check_kwargs(slice_of(good[i]), NULL), OK);
}

static void other_kwargs_are_refused_with_an_example(void **unused)
{
	static const char *const bad[] = {
		"", "{", "[]", "null", "{a: b}", "{} {}", "\"{}\"", "{\"a\":}"};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct error err = {0};

		assert_int_equal(
			chat_options_check_kwargs(slice_of(bad[i]), &err),
			ERR_INVALID);
		assert_non_null(strstr(err.text, "such as '{"));
	}
}

static void kwargs_that_are_nested_too_deep_are_refused(void **unused)
{
	char deep[1024];
	size_t n = 0;

	(void)unused;
	for (int i = 0; i <= CHAT_MAX_DEPTH; i++)
		n += (size_t)sprintf(deep + n, "{\"a\":");
	assert_int_equal(
		chat_options_check_kwargs((struct slice){deep, n}, NULL),
		ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_engine_is_a_dialect_of_its_month),
		cmocka_unit_test(
			words_of_formats_stand_in_the_order_of_the_enum),
		cmocka_unit_test(kwargs_are_a_json_object),
		cmocka_unit_test(other_kwargs_are_refused_with_an_example),
		cmocka_unit_test(kwargs_that_are_nested_too_deep_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Files that older versions of transformers wrote. */
#include "tests/unit/token/directory.h"

#include "common/token/load.h"

static struct error err;

static void expect(const char *text, const char *want)
{
	struct tokenizer *t = tokenizer_load(model_dir, &err);

	if (!t)
		fail_msg("%s", err.text);
	assert_string_equal(shown(t, text), want);
	tokenizer_unref(&t);
}

static void refuse(enum status status, const char *part)
{
	assert_refused(tokenizer_load(model_dir, &err), &err, status, part);
}

static void a_map_of_special_tokens_goes_before(void **state)
{
	(void)state;
	model_put("special_tokens_map.json",
		  "{\"bos_token\":{\"content\":\"<new>\",\"lstrip\":true},"
		  "\"additional_special_tokens\":[\"<x>\"]}");
	expect("a <new><x>", "a|<new>|<x>");
	model_put("tokenizer_config.json",
		  "{\"bos_token\":\"<old>\","
		  "\"additional_special_tokens\":[\"<y>\"]}");
	expect("a <new><x><y>", "a|<new>|<x>|<y>");
	expect("<old>", "<|old|>");
}

static void ids_by_text_are_added_tokens(void **state)
{
	(void)state;
	model_put("added_tokens.json",
		  "{\"<b>\":9001,\"<a>\":9000,\"<think>\":3}");
	expect("<a><b><think>\n", "<a>|<b>|<think>|\n");
	for (int i = 0; i < 2; i++) {
		struct tokenizer *t = tokenizer_load(model_dir, &err);
		uint32_t id = 0;

		assert_non_null(t);
		assert_true(tokenizer_find(t, i ? SLICE("<b>") : SLICE("<a>"),
					   &id));
		assert_int_equal(id, 2082 + i);
		tokenizer_unref(&t);
	}
}

static void the_newer_list_makes_both_void(void **state)
{
	(void)state;
	model_put("tokenizer_config.json", "{\"added_tokens_decoder\":{}}");
	model_put("special_tokens_map.json", "{\"bos_token\":\"<new>\"}");
	model_put("added_tokens.json", "{\"<b>\":9001}");
	expect("<b>", "<|b|>");
	model_put("tokenizer_config.json", "{\"added_tokens.json\":{\"<b>\":7},"
					   "\"added_tokens_decoder\":{}}");
	expect("<b>", "<|b|>");
}

static void broken_files_are_refused_by_name(void **state)
{
	(void)state;
	model_put("special_tokens_map.json", "[");
	refuse(ERR_INVALID, "special_tokens_map.json:1");
	model_put("special_tokens_map.json", "{\"bos_token\":7}");
	refuse(ERR_INVALID, "bos_token");
	model_put("special_tokens_map.json", "{}");
	model_put("added_tokens.json", "[]");
	refuse(ERR_INVALID, "added_tokens.json: must be an object");
	model_put("added_tokens.json", "{\"<b>\":\"7\"}");
	refuse(ERR_INVALID, "added_tokens.json: an id");
	model_put("added_tokens.json", "{\"\":7}");
	refuse(ERR_LIMIT, "content");
}

static void a_path_may_not_be_too_long(void **state)
{
	static char path[5000];
	json_t *config = NULL;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	assert_int_equal(load_directory(path, &config, &err), ERR_LIMIT);
	assert_null(config);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, model_begin, model_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_map_of_special_tokens_goes_before),
		CASE(ids_by_text_are_added_tokens),
		CASE(the_newer_list_makes_both_void),
		CASE(broken_files_are_refused_by_name),
		CASE(a_path_may_not_be_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

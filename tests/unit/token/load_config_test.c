#include "tests/unit/token/directory.h"

static struct error err;

static struct tokenizer *with(const char *config)
{
	struct tokenizer *t;

	model_put("tokenizer_config.json", config);
	t = tokenizer_load(model_dir, &err);
	if (!t)
		fail_msg("%s", err.text);
	return t;
}

static void refuse(const char *config, enum status status, const char *part)
{
	model_put("tokenizer_config.json", config);
	assert_refused(tokenizer_load(model_dir, &err), &err, status, part);
}

static void split_special_tokens_are_refused(void **state)
{
	(void)state;
	refuse("{\"split_special_tokens\": true}", ERR_UNSUPPORTED,
	       "split_special_tokens");
	refuse("{\"split_special_tokens\": 1}", ERR_INVALID, "true or false");
}

static void a_configuration_that_is_not_json_is_refused(void **state)
{
	(void)state;
	refuse("{\n\"a\":", ERR_INVALID, "tokenizer_config.json:2");
	refuse("[]", ERR_INVALID, "object");
}

static void a_number_past_all_bounds_is_no_fault(void **state)
{
	struct tokenizer *t = with(
		"{\"model_max_length\": 1000000000000000019884624838656}");

	(void)state;
	assert_string_equal(shown(t, "he"), "he");
	tokenizer_unref(&t);
}

static void tokens_of_the_configuration_are_added(void **state)
{
	struct tokenizer *t = with(
		"{\"added_tokens_decoder\": {\"3000\": "
		"{\"content\": \"<tool>\", \"special\": true}}}");

	(void)state;
	assert_string_equal(shown(t, "a<tool>"), "a|<tool>");
	/* With the next free id, whatever the file says. */
	assert_int_equal(tokenizer_vocab_size(t), 2083);
	tokenizer_unref(&t);
}

static void tokens_are_added_in_the_order_of_their_ids(void **state)
{
	struct tokenizer *t = with(
		"{\"added_tokens_decoder\": {"
		"\"10000\": {\"content\": \"<a>\", \"special\": true},"
		"\"9000\": {\"content\": \"<b>\", \"special\": true}}}");
	uint32_t id = 0;

	(void)state;
	assert_true(tokenizer_find(t, SLICE("<b>"), &id));
	assert_int_equal(id, 2082);
	assert_true(tokenizer_find(t, SLICE("<a>"), &id));
	assert_int_equal(id, 2083);
	tokenizer_unref(&t);
}

static void the_configuration_overrules_the_file(void **state)
{
	struct tokenizer *t = with(
		"{\"added_tokens_decoder\": {\"7\": "
		"{\"content\": \"<think>\", \"rstrip\": true}}}");

	(void)state;
	assert_string_equal(shown(t, "<think>\na"), "<think>|a");
	tokenizer_unref(&t);
}

static void broken_tokens_of_the_configuration_are_refused(void **state)
{
	(void)state;
	refuse("{\"added_tokens_decoder\": {\"x\": {\"content\": \"y\"}}}",
	       ERR_INVALID, "\"x\" is not an id");
	refuse("{\"added_tokens_decoder\": {\"9000\": {}}}", ERR_INVALID,
	       "content");
	refuse("{\"added_tokens_decoder\": {\"0\": {\"content\": \"\"}}}",
	       ERR_LIMIT, "content");
}

static void some_classes_set_their_own_template(void **state)
{
	struct tokenizer *t = with(
		"{\"tokenizer_class\": \"LlamaTokenizerFast\", "
		"\"bos_token\": {\"content\": \"<|im_start|>\"}, "
		"\"add_eos_token\": true, \"eos_token\": \"!\"}");
	struct token_list l;
	uint32_t id = 0;

	(void)state;
	token_list_init(&l);
	assert_true(tokenizer_find(t, SLICE("<|im_start|>"), &id));
	assert_int_equal(tokenizer_encode(t, SLICE("\""), true, 9, &l), OK);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.id[0], id);
	assert_int_equal(l.id[2], 0);
	token_list_fini(&l);
	tokenizer_unref(&t);
	refuse("{\"tokenizer_class\": \"LlamaTokenizerFast\", "
	       "\"bos_token\": null}",
	       ERR_INVALID, "bos_token");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, model_begin, model_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(split_special_tokens_are_refused),
		CASE(a_configuration_that_is_not_json_is_refused),
		CASE(a_number_past_all_bounds_is_no_fault),
		CASE(tokens_of_the_configuration_are_added),
		CASE(tokens_are_added_in_the_order_of_their_ids),
		CASE(the_configuration_overrules_the_file),
		CASE(broken_tokens_of_the_configuration_are_refused),
		CASE(some_classes_set_their_own_template),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

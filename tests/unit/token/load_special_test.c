/* What transformers 4.57 and 5.23 do with the same files. */
#include "tests/unit/token/directory.h"

#include "common/token/load_tokens.h"

#define FIRST 2082 /* free id of the demo */

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

/* Expects these to be the tokens that are new, one blank behind each. */
static void expect(const char *config, const char *names)
{
	struct tokenizer *t = with(config);
	struct slice rest = slice_of(names);
	uint32_t want = FIRST, id = 0;

	while (rest.n > 0) {
		struct slice name = slice_split(&rest, ' ');

		if (!tokenizer_find(t, name, &id))
			fail_msg("no %.*s", SLICE_ARG(name));
		assert_int_equal(id, want++);
	}
	assert_int_equal(tokenizer_vocab_size(t), want);
	tokenizer_unref(&t);
}

static void tokens_are_added_by_their_purpose(void **state)
{
	(void)state;
	expect("{}", "");
	expect("{\"pad_token\":\"<p>\",\"bos_token\":\"<b>\","
	       "\"mask_token\":\"<m>\",\"eos_token\":\"<e>\","
	       "\"unk_token\":null,\"sep_token\":\"\","
	       "\"additional_special_tokens\":[\"<x>\",\"<y>\",\"<p>\"]}",
	       "<b> <e> <p> <m> <x> <y> ");
	expect("{\"extra_special_tokens\":{\"image_token\":\"<i>\"}}", "<i> ");
	expect("{\"extra_special_tokens\":[\"<i>\"]}", "<i> ");
}

static void they_are_cut_out_of_texts(void **state)
{
	struct tokenizer *t = with(
		"{\"bos_token\":{\"__type\":\"AddedToken\",\"content\":"
		"\"<new>\",\"lstrip\":true},\"pad_token\":\"he\"}");

	(void)state;
	assert_string_equal(shown(t, "a <new> b"), "a|<new>| b");
	assert_string_equal(shown(t, "them"), "t|he|m");
	tokenizer_unref(&t);
}

static void those_that_are_listed_stay_as_they_are(void **state)
{
	struct tokenizer *t = with(
		"{\"added_tokens_decoder\":{\"2077\":{\"content\":"
		"\"<|endoftext|>\",\"lstrip\":true,\"special\":true}},"
		"\"eos_token\":\"<|endoftext|>\"}");

	(void)state;
	assert_string_equal(shown(t, "a <|endoftext|> b"),
			    "a|<|endoftext|>| b");
	assert_int_equal(tokenizer_vocab_size(t), FIRST);
	tokenizer_unref(&t);
}

static void classes_name_some(void **state)
{
	(void)state;
	expect("{\"tokenizer_class\":\"GemmaTokenizerFast\"}",
	       "<bos> <eos> <unk> <pad> ");
	expect("{\"tokenizer_class\":\"LlamaTokenizer\",\"unk_token\":null}",
	       "<s> </s> ");
	expect("{\"tokenizer_class\":\"Qwen2Tokenizer\"}", "");
	expect("{\"tokenizer_class\":\"LlamaTokenizerNew\"}", "");
}

static void what_is_no_token_is_refused(void **state)
{
	(void)state;
	refuse("{\"eos_token\":7}", ERR_INVALID, "eos_token");
	refuse("{\"eos_token\":[\"<e>\"]}", ERR_INVALID, "eos_token");
	refuse("{\"eos_token\":{}}", ERR_INVALID, "content");
	refuse("{\"additional_special_tokens\":\"<e>\"}", ERR_INVALID,
	       "list of tokens");
	refuse("{\"additional_special_tokens\":[7]}", ERR_INVALID,
	       "additional_special_tokens");
	refuse("{\"extra_special_tokens\":{\"a\":7}}", ERR_INVALID, "a must");
}

static void what_versions_or_classes_do_otherwise_is_refused(void **state)
{
	(void)state;
	refuse("{\"image_token\":\"<i>\"}", ERR_UNSUPPORTED, "image_token");
	expect("{\"image_token\":\"<think>\"}", "");
	refuse("{\"tokenizer_class\":\"T5Tokenizer\"}", ERR_UNSUPPORTED,
	       "<extra_id_0>");
	refuse("{\"tokenizer_class\":\"RobertaTokenizer\"}", ERR_UNSUPPORTED,
	       "<mask>");
}

static void a_purpose_has_a_text(void **state)
{
	json_t *config = json_of(
		"{\"tokenizer_class\":\"GemmaTokenizer\",\"eos_token\":null,"
		"\"pad_token\":{\"content\":\"<p>\"}}");

	(void)state;
	assert_true(slice_equal(load_special_text(config, "bos_token"),
				SLICE("<bos>")));
	assert_true(slice_equal(load_special_text(config, "pad_token"),
				SLICE("<p>")));
	assert_int_equal(load_special_text(config, "eos_token").n, 0);
	assert_int_equal(load_special_text(NULL, "bos_token").n, 0);
	assert_true(load_special_names(config, SLICE("<p>")));
	assert_false(load_special_names(config, SLICE("<q>")));
	json_decref(config);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, model_begin, model_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(tokens_are_added_by_their_purpose),
		CASE(they_are_cut_out_of_texts),
		CASE(those_that_are_listed_stay_as_they_are),
		CASE(classes_name_some),
		CASE(what_is_no_token_is_refused),
		CASE(what_versions_or_classes_do_otherwise_is_refused),
		CASE(a_purpose_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

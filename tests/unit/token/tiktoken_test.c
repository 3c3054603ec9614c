#include "tests/unit/token/fixture.h"

#include "common/token/tiktoken.h"

#define NOWHERE "tests/unit/token"

static struct tiktoken_specials s;
static struct error err;

static enum status make(tiktoken_specials_fn *of, const char *config)
{
	struct ranks r = {.n = 1000, .last = 999};
	json_t *root = json_of(config);
	enum status status;

	s = (struct tiktoken_specials){0};
	status = of(&r, NOWHERE, root, &s, &err);
	json_decref(root);
	return status;
}

static void refuse(tiktoken_specials_fn *of, const char *config,
		   const char *part)
{
	assert_int_not_equal(make(of, config), OK);
	if (strstr(err.text, part) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, part);
}

#define DECODER                                                                \
	"\"added_tokens_decoder\":{\"1000\":{\"content\":\"[BOS]\"},"          \
	"\"1257\":{\"content\":\"[PAD]\"}}"

static void kimi_keeps_places_free(void **state)
{
	(void)state;
	assert_int_equal(make(tiktoken_kimi, "{" DECODER "}"), OK);
	assert_int_equal(s.n, 258);
	assert_string_equal(s.row[0].text, "[BOS]");
	assert_false(s.row[0].unnamed);
	assert_string_equal(s.row[1].text, "<|reserved_token_1001|>");
	assert_true(s.row[1].unnamed);
	assert_int_equal(s.row[257].id, 1257);
	assert_string_equal(s.row[257].text, "[PAD]");
}

static void what_kimi_does_not_know_is_refused(void **state)
{
	(void)state;
	refuse(tiktoken_kimi, "{}", "added_tokens_decoder must be there");
	refuse(tiktoken_kimi,
	       "{\"added_tokens_decoder\":{\"999\":{\"content\":\"x\"}}}",
	       "from 1000 to 1257");
	refuse(tiktoken_kimi,
	       "{\"added_tokens_decoder\":{\"1000\":{\"content\":\"x\","
	       "\"rstrip\":true}}}",
	       "takes up blanks");
	refuse(tiktoken_kimi, "{\"added_tokens_decoder\":{\"1000\":{}}}",
	       "no text");
	refuse(tiktoken_kimi, "{\"eos_token\":\"[EOS]\"," DECODER "}",
	       "eos_token: [EOS] is not among");
	refuse(tiktoken_kimi,
	       "{\"additional_special_tokens\":[\"[PAD]\",3]," DECODER "}",
	       "additional_special_tokens: something");
}

static void cl100k_leaves_a_hole(void **state)
{
	(void)state;
	assert_int_equal(make(tiktoken_cl100k, "{}"), OK);
	assert_int_equal(s.n, 5);
	assert_int_equal(s.row[4].id, 100276);
	assert_int_equal(make(tiktoken_o200k, "{}"), OK);
	assert_string_equal(s.row[1].text, "<|endofprompt|>");
}

static void qwen_wants_the_models_configuration(void **state)
{
	(void)state;
	refuse(tiktoken_qwen, "{}", "config.json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kimi_keeps_places_free),
		cmocka_unit_test(what_kimi_does_not_know_is_refused),
		cmocka_unit_test(cl100k_leaves_a_hole),
		cmocka_unit_test(qwen_wants_the_models_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

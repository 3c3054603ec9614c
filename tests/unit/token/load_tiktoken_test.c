#include "tests/unit/token/rank_file.h"

#include "common/token/load.h"

static char dir[64];
static struct error err;

static void put(const char *name, struct slice text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	if (text.n > 0)
		assert_int_equal(fwrite(text.p, text.n, 1, f), 1);
	fclose(f);
}

static void put_ranks(const char *name)
{
	static const char *const token[] = {"th",   "he",     "the",
					    " the", "\u4f60", NULL};
	struct buf text;

	rank_file(&text, token);
	put(name, buf_slice(&text));
	buf_fini(&text);
}

static int begin(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tiktoken-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
	return 0;
}

static int end(void **state)
{
	static const char *const name[] = {
		"tiktoken.model",       "qwen.tiktoken",
		"cl100k_base.tiktoken", "o200k_base.tiktoken",
		"config.json",          "tokenizer_config.json",
		"tokenizer.json",       "encoding_k3.py",
		"added_tokens.json"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, name[i]);
		unlink(path);
	}
	rmdir(dir);
	return 0;
}

static void expect(const char *text, const char *want)
{
	struct tokenizer *t = tokenizer_load(dir, &err);

	if (t == NULL)
		fail_msg("%s", err.text);
	assert_string_equal(shown(t, text), want);
	tokenizer_unref(&t);
}

static void refuse(enum status status, const char *part)
{
	assert_refused(tokenizer_load(dir, &err), &err, status, part);
}

#define KIMI(more)                                                             \
	"{\"auto_map\":{\"AutoTokenizer\":[\"moonshotai/Kimi-K2--"             \
	"tokenization_kimi.TikTokenTokenizer\",null]},"                        \
	"\"added_tokens_decoder\":{\"261\":{\"content\":\"[BOS]\"},"           \
	"\"262\":{\"content\":\"[EOS]\"}}" more "}"
#define QWEN(more)                                                             \
	"{\"auto_map\":{\"AutoTokenizer\":"                                    \
	"[\"tokenization_qwen.QWenTokenizer\",null]}" more "}"

static void kimi_loads(void **state)
{
	(void)state;
	put_ranks("tiktoken.model");
	put("tokenizer_config.json", slice_of(KIMI("")));
	expect("[BOS]the the\u4f60<|reserved_token_263|>th[EOS]",
	       "[BOS]|the| the|\u4f60|<|reserved_token_263|>|th|[EOS]");
}

static void a_text_that_its_code_would_cut_is_refused(void **state)
{
	struct tokenizer *t;
	struct token_list ids;
	char *text = malloc(30001);

	(void)state;
	put_ranks("tiktoken.model");
	put("tokenizer_config.json", slice_of(KIMI("")));
	t = tokenizer_load(dir, &err);
	assert_non_null(t);
	memset(text, 'a', 30000);
	text[30000] = '\0';
	token_list_init(&ids);
	assert_int_equal(
		tokenizer_encode(t, slice_of(text), false, SIZE_MAX, &ids),
		ERR_LIMIT);
	assert_int_equal(ids.n, 0);
	token_list_fini(&ids);
	free(text);
	tokenizer_unref(&t);
}

static void qwen_loads_and_composes_first(void **state)
{
	struct tokenizer *t;

	(void)state;
	put_ranks("qwen.tiktoken");
	put("tokenizer_config.json", slice_of(QWEN("")));
	put("config.json", SLICE("{\"model_type\":\"qwen\"}"));
	expect("<|im_start|>the<|extra_204|>e\u0301",
	       "<|im_start|>|the|<|extra_204|>|\xc3|\xa9");
	/* Together with its last sign, it is no token. */
	t = tokenizer_load(dir, &err);
	assert_null(strstr(shown(t, "<|im_end|>\u0338"), "<|im_end|>"));
	tokenizer_unref(&t);
}

static void tiktokens_own_load_without_a_configuration(void **state)
{
	(void)state;
	put_ranks("o200k_base.tiktoken");
	expect("the<|endofprompt|>", "the|<|endofprompt|>");
	put_ranks("cl100k_base.tiktoken");
	expect("the 12345<|fim_middle|>", "the| |1|2|3|4|5|<|fim_middle|>");
}

static void a_tokenizer_json_goes_first(void **state)
{
	(void)state;
	put_ranks("o200k_base.tiktoken");
	put("tokenizer.json", SLICE("{}"));
	refuse(ERR_INVALID, "model");
}

static void unknown_code_is_refused_by_name(void **state)
{
	(void)state;
	put_ranks("tiktoken.model");
	refuse(ERR_UNSUPPORTED, "names none, not tokenization_kimi");
	put("tokenizer_config.json",
	    SLICE("{\"auto_map\":{\"AutoTokenizer\":\"x.Y\"}}"));
	refuse(ERR_UNSUPPORTED, "names x.Y");
}

static void another_class_for_tiktokens_own_is_refused(void **state)
{
	(void)state;
	put_ranks("cl100k_base.tiktoken");
	put("tokenizer_config.json",
	    SLICE("{\"tokenizer_class\":\"Phi3SmallTokenizer\"}"));
	refuse(ERR_UNSUPPORTED, "names Phi3SmallTokenizer, not none");
}

static void other_kinds_of_the_same_class_are_refused(void **state)
{
	(void)state;
	put_ranks("tiktoken.model");
	put("tokenizer_config.json", slice_of(KIMI("")));
	put("encoding_k3.py", SLICE(""));
	refuse(ERR_UNSUPPORTED, "Kimi K3");
}

static void qwen_with_images_is_refused(void **state)
{
	(void)state;
	put_ranks("qwen.tiktoken");
	put("tokenizer_config.json", slice_of(QWEN("")));
	refuse(ERR_NOT_FOUND, "qwen.tiktoken");
	put("config.json", SLICE("{\"visual\":{}}"));
	refuse(ERR_UNSUPPORTED, "images");
	put("config.json", SLICE("["));
	refuse(ERR_INVALID, "config.json");
	put("config.json", SLICE("{}"));
	put("tokenizer_config.json",
	    slice_of(QWEN(",\"extra_vocab_file\":\"x\"")));
	refuse(ERR_UNSUPPORTED, "extra_vocab_file");
}

static void special_tokens_must_not_meet(void **state)
{
	(void)state;
	put_ranks("tiktoken.model");
	put("tokenizer_config.json",
	    SLICE("{\"auto_map\":{\"AutoTokenizer\":"
		  "\"tokenization_kimi.TikTokenTokenizer\"},"
		  "\"added_tokens_decoder\":{\"261\":{\"content\":\"[B]\"},"
		  "\"262\":{\"content\":\"]x\"}}}"));
	refuse(ERR_UNSUPPORTED, "[B] and ]x overlap");
	put("tokenizer_config.json",
	    SLICE("{\"auto_map\":{\"AutoTokenizer\":"
		  "\"tokenization_kimi.TikTokenTokenizer\"},"
		  "\"added_tokens_decoder\":{\"261\":{\"content\":\"the\"}}}"));
	refuse(ERR_INVALID, "the special token the");
}

static void broken_ranks_are_refused_with_the_file(void **state)
{
	(void)state;
	put("o200k_base.tiktoken", SLICE("YQ==\n"));
	refuse(ERR_INVALID, "o200k_base.tiktoken: line 1");
	put("added_tokens.json", SLICE("{\"x\":1}"));
	refuse(ERR_UNSUPPORTED, "added_tokens.json beside it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(kimi_loads, begin, end),
		cmocka_unit_test_setup_teardown(
			a_text_that_its_code_would_cut_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(qwen_loads_and_composes_first,
						begin, end),
		cmocka_unit_test_setup_teardown(
			tiktokens_own_load_without_a_configuration, begin, end),
		cmocka_unit_test_setup_teardown(a_tokenizer_json_goes_first,
						begin, end),
		cmocka_unit_test_setup_teardown(unknown_code_is_refused_by_name,
						begin, end),
		cmocka_unit_test_setup_teardown(
			another_class_for_tiktokens_own_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(
			other_kinds_of_the_same_class_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(qwen_with_images_is_refused,
						begin, end),
		cmocka_unit_test_setup_teardown(special_tokens_must_not_meet,
						begin, end),
		cmocka_unit_test_setup_teardown(
			broken_ranks_are_refused_with_the_file, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

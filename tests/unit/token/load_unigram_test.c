#include "tests/unit/token/fixture.h"

static struct error err;

static struct tokenizer *with(const char *model)
{
	json_t *root = json_of("{\"pre_tokenizer\":{\"type\":"
			       "\"WhitespaceSplit\"}}");

	json_object_set_new(root, "model", json_of(model));
	return demo_parse(root, &err);
}

static void expect(const char *model, const char *text, const char *want)
{
	struct tokenizer *t = with(model);

	if (!t)
		fail_msg("%s", err.text);
	assert_string_equal(shown(t, text), want);
	tokenizer_unref(&t);
}

#define VOCAB "\"vocab\":[[\"?\",0],[\"a\",-1],[\"ab\",-1.5],[\"b\",-2e0]"

static void entries_have_scores(void **state)
{
	(void)state;
	expect("{\"type\":\"Unigram\",\"unk_id\":0," VOCAB "]}", "ab abb xa",
	       "ab|ab|b|?|a");
}

static void older_files_are_known_by_their_list(void **state)
{
	(void)state;
	expect("{\"unk_id\":0," VOCAB "]}", "ab", "ab");
}

static void unknown_text_becomes_bytes_where_all_are_there(void **state)
{
	(void)state;
	expect("{\"type\":\"Unigram\",\"unk_id\":0,\"byte_fallback\":"
	       "true," VOCAB ",[\"<0x78>\",-9]]}",
	       "xa ya", "<0x78>|a|?|a");
}

static void without_an_unknown_token_some_texts_fail(void **state)
{
	struct tokenizer *t = with("{\"type\":\"Unigram\"," VOCAB "]}");
	struct token_list got;

	(void)state;
	if (!t)
		fail_msg("%s", err.text);
	token_list_init(&got);
	assert_int_equal(tokenizer_encode(t, SLICE("ab"), false, 9, &got), OK);
	assert_int_equal(tokenizer_encode(t, SLICE("a x"), false, 9, &got),
			 ERR_INVALID);
	assert_int_equal(got.n, 1);
	token_list_fini(&got);
	tokenizer_unref(&t);
}

static void broken_ones_are_refused(void **state)
{
	(void)state;
	assert_refused(with("{\"type\":\"Unigram\",\"vocab\":{\"a\":1}}"), &err,
		       ERR_INVALID, "list");
	assert_refused(with("{\"type\":\"Unigram\",\"vocab\":[[\"a\"]]}"), &err,
		       ERR_INVALID, "vocab[0]");
	assert_refused(with("{\"type\":\"Unigram\",\"vocab\":[[1,2]]}"), &err,
		       ERR_INVALID, "vocab[0]");
	assert_refused(with("{\"type\":\"Unigram\",\"vocab\":[[\"a\",1,2]]}"),
		       &err, ERR_INVALID, "vocab[0]");
	assert_refused(with("{\"type\":\"Unigram\",\"vocab\":[[\"a\",0],"
			    "[\"a\",1]]}"),
		       &err, ERR_INVALID, "twice");
	assert_refused(with("{\"type\":\"Unigram\",\"unk_id\":4," VOCAB "]}"),
		       &err, ERR_INVALID, "unk_id");
	assert_refused(
		with("{\"type\":\"Unigram\",\"unk_id\":\"?\"," VOCAB "]}"),
		&err, ERR_INVALID, "unk_id");
	assert_refused(with("{\"type\":\"Unigram\",\"alpha\":1," VOCAB "]}"),
		       &err, ERR_UNSUPPORTED, "alpha");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_have_scores),
		cmocka_unit_test(older_files_are_known_by_their_list),
		cmocka_unit_test(
			unknown_text_becomes_bytes_where_all_are_there),
		cmocka_unit_test(without_an_unknown_token_some_texts_fail),
		cmocka_unit_test(broken_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

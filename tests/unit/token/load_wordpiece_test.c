#include "tests/unit/token/fixture.h"

#define PIECE(more)                                                            \
	"{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0,\"he\":1,\"##r\":"     \
	"2}" more "}"
#define USUAL                                                                  \
	",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\","       \
	"\"max_input_chars_per_word\":4"

static struct error err;

static struct tokenizer *with(const char *model)
{
	json_t *root = json_of("{\"pre_tokenizer\":{\"type\":"
			       "\"BertPreTokenizer\"}}");

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

static void words_are_put_together_of_pieces(void **state)
{
	(void)state;
	expect(PIECE(USUAL), "her he, herrr", "he|##r|he|[UNK]|[UNK]");
}

static void whole_words_need_no_pieces(void **state)
{
	(void)state;
	expect("{\"type\":\"WordLevel\",\"unk_token\":\"?\","
	       "\"vocab\":{\"?\":0,\"he\":1,\"her\":2}}",
	       "her he hers", "her|he|?");
}

static void older_files_are_known_by_their_members(void **state)
{
	(void)state;
	expect("{\"vocab\":{\"[UNK]\":0,\"he\":1,\"##r\":2}" USUAL "}", "her",
	       "he|##r");
	expect("{\"vocab\":{\"?\":0,\"he\":1},\"unk_token\":\"?\"}", "he her",
	       "he|?");
}

static void broken_ones_are_refused(void **state)
{
	(void)state;
	assert_refused(with(PIECE("")), &err, ERR_INVALID,
		       "continuing_subword_prefix");
	assert_refused(with(PIECE(",\"continuing_subword_prefix\":\"##\"")),
		       &err, ERR_INVALID, "max_input_chars_per_word");
	assert_refused(with(PIECE(",\"continuing_subword_prefix\":\"##\","
				  "\"max_input_chars_per_word\":-1")),
		       &err, ERR_INVALID, "max_input_chars_per_word");
	assert_refused(with(PIECE(",\"continuing_subword_prefix\":\"##\","
				  "\"max_input_chars_per_word\":9,"
				  "\"unk_token\":\"[NO]\"")),
		       &err, ERR_INVALID, "[NO]");
	assert_refused(with(PIECE(",\"fuse_unk\":true")), &err, ERR_UNSUPPORTED,
		       "fuse_unk");
	assert_refused(with("{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}}"),
		       &err, ERR_INVALID, "unk_token");
	assert_refused(with("{\"type\":\"WordLevel\",\"vocab\":[]}"), &err,
		       ERR_INVALID, "vocab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_put_together_of_pieces),
		cmocka_unit_test(whole_words_need_no_pieces),
		cmocka_unit_test(older_files_are_known_by_their_members),
		cmocka_unit_test(broken_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

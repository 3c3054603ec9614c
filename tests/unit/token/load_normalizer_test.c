#include "tests/unit/token/fixture.h"

static struct error err;

static void accept(const char *value, const char *text, const char *want)
{
	struct tokenizer *t = demo_with("normalizer", value, &err);
	struct buf out;
	struct token_list l;

	if (!t)
		fail_msg("%s", err.text);
	buf_init(&out);
	token_list_init(&l);
	assert_int_equal(tokenizer_encode(t, slice_of(text), false, 100, &l),
			 OK);
	tokenizer_decode(t, l.id, l.n, &out);
	assert_true(slice_equal(buf_slice(&out), slice_of(want)));
	buf_fini(&out);
	token_list_fini(&l);
	tokenizer_unref(&t);
}

static void without_one_the_text_stays(void **state)
{
	(void)state;
	accept("null", "e\u0301", "e\u0301");
	accept("{\"type\":\"Sequence\",\"normalizers\":[]}", "e\u0301",
	       "e\u0301");
}

static void nfc_composes(void **state)
{
	(void)state;
	accept("{\"type\":\"NFC\"}", "e\u0301", "\u00e9");
	accept("{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"}]}",
	       "<|im_end|>e\u0301", "<|im_end|>\u00e9");
}

static void others_are_refused_by_name(void **state)
{
	(void)state;
	assert_refused(demo_with("normalizer", "{\"type\":\"NFX\"}", &err),
		       &err, ERR_UNSUPPORTED, "NFX");
	assert_refused(demo_with("normalizer",
				 "{\"type\":\"Sequence\",\"normalizers\":"
				 "[{\"type\":\"Uppercase\"}]}",
				 &err),
		       &err, ERR_UNSUPPORTED, "Uppercase");
}

static void blanks_may_be_replaced(void **state)
{
	(void)state;
	accept("{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},"
	       "\"content\":\"_\"}",
	       "a b", "a_b");
	accept("{\"type\":\"Prepend\",\"prepend\":\"_\"}", "a<think>b",
	       "_a<think>_b");
}

static void the_plain_ones_do_what_their_names_say(void **state)
{
	(void)state;
	accept("{\"type\":\"NFD\"}", "\u00e9", "e\u0301");
	accept("{\"type\":\"NFKC\"}", "\ufb01", "fi");
	accept("{\"type\":\"NFKD\"}", "\u00bd", "1\u20442");
	accept("{\"type\":\"Lowercase\"}", "\u0130A\u03a3", "i\u0307a\u03c3");
	accept("{\"type\":\"Nmt\"}", "a\u200bb\x01", "a b");
	accept("{\"type\":\"StripAccents\"}", "a\u0301\u0903", "a");
}

static void strip_takes_the_sides_it_is_told(void **state)
{
	(void)state;
	accept("{\"type\":\"Strip\",\"strip_left\":true,"
	       "\"strip_right\":false}",
	       " a ", "a ");
	accept("{\"type\":\"Strip\",\"strip_left\":false,"
	       "\"strip_right\":true}",
	       " a ", " a");
}

static void bert_strips_accents_where_it_lowers(void **state)
{
	(void)state;
	accept("{\"type\":\"BertNormalizer\",\"strip_accents\":null}",
	       "\u00c9\u4f60", "e \u4f60 ");
	accept("{\"type\":\"BertNormalizer\",\"lowercase\":false,"
	       "\"handle_chinese_chars\":false}",
	       "\u00c9\u4f60\t", "\u00c9\u4f60 ");
	accept("{\"type\":\"BertNormalizer\",\"strip_accents\":false}",
	       "\u00c9", "\u00e9");
	accept("{\"type\":\"BertNormalizer\",\"clean_text\":false}", "A\t",
	       "a\t");
}

static void a_broken_table_of_characters_is_refused(void **state)
{
	(void)state;
	assert_refused(
		demo_with("normalizer", "{\"type\":\"Precompiled\"}", &err),
		&err, ERR_INVALID, "precompiled_charsmap");
	assert_refused(demo_with("normalizer",
				 "{\"type\":\"Precompiled\","
				 "\"precompiled_charsmap\":\"!\"}",
				 &err),
		       &err, ERR_INVALID, "base64");
	accept("{\"type\":\"Precompiled\",\"precompiled_charsmap\":"
	       "\"AAAAAA==\"}",
	       "e\u0301", "e\u0301");
}

static void sequences_may_stand_in_sequences(void **state)
{
	char deep[1024] = "";

	(void)state;
	accept("{\"type\":\"Sequence\",\"normalizers\":[{\"type\":"
	       "\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"}]},"
	       "{\"type\":\"Lowercase\"}]}",
	       "E\u0301", "\u00e9");
	for (size_t i = 0; i < 12; i++)
		strcat(deep, "{\"type\":\"Sequence\",\"normalizers\":[");
	for (size_t i = 0; i < 12; i++)
		strcat(deep, "]}");
	assert_refused(demo_with("normalizer", deep, &err), &err, ERR_LIMIT,
		       "too deep");
}

static void a_pattern_may_be_replaced(void **state)
{
	(void)state;
	accept("{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}|x\"},"
	       "\"content\":\"_\"}",
	       "a  b c   x", "a_b c__");
}

static void a_replacement_that_is_not_known_is_refused(void **state)
{
	(void)state;
	assert_refused(demo_with("normalizer",
				 "{\"type\":\"Replace\",\"pattern\":"
				 "{\"Regex\":\"a\\\\K\"},\"content\":\"_\"}",
				 &err),
		       &err, ERR_UNSUPPORTED,
		       "normalizer: Replace: byte 1 of the pattern: \\K");
	assert_refused(demo_with("normalizer",
				 "{\"type\":\"Replace\",\"pattern\":"
				 "{\"Regex\":3},\"content\":\"_\"}",
				 &err),
		       &err, ERR_INVALID, "Regex must be a string");
	assert_refused(demo_with("normalizer",
				 "{\"type\":\"Replace\",\"pattern\":"
				 "{\"String\":\"\"},\"content\":\"_\"}",
				 &err),
		       &err, ERR_INVALID, "empty");
	assert_refused(demo_with("normalizer", "{\"type\":\"Prepend\"}", &err),
		       &err, ERR_INVALID, "prepend");
}

static void a_broken_one_is_refused(void **state)
{
	(void)state;
	assert_refused(demo_with("normalizer", "{\"type\":\"Sequence\"}", &err),
		       &err, ERR_INVALID, "must be a list");
	assert_refused(demo_with("normalizer", "7", &err), &err,
		       ERR_UNSUPPORTED, "(none)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_one_the_text_stays),
		cmocka_unit_test(nfc_composes),
		cmocka_unit_test(others_are_refused_by_name),
		cmocka_unit_test(blanks_may_be_replaced),
		cmocka_unit_test(the_plain_ones_do_what_their_names_say),
		cmocka_unit_test(strip_takes_the_sides_it_is_told),
		cmocka_unit_test(bert_strips_accents_where_it_lowers),
		cmocka_unit_test(a_broken_table_of_characters_is_refused),
		cmocka_unit_test(sequences_may_stand_in_sequences),
		cmocka_unit_test(a_pattern_may_be_replaced),
		cmocka_unit_test(a_replacement_that_is_not_known_is_refused),
		cmocka_unit_test(a_broken_one_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

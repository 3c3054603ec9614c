#include "tests/unit/token/fixture.h"

static struct error err;

static void refuse(const char *member, const char *value, enum status status,
		   const char *part)
{
	assert_refused(demo_with_member("model", member, value, &err), &err,
		       status, part);
}

static void accept(json_t *root, const char *text, const char *want)
{
	struct tokenizer *t = demo_parse(root, &err);

	if (!t)
		fail_msg("%s", err.text);
	assert_string_equal(shown(t, text), want);
	tokenizer_unref(&t);
}

static void options_that_change_ids_are_refused(void **state)
{
	(void)state;
	refuse("dropout", "0.1", ERR_UNSUPPORTED, "dropout");
	refuse("ignore_merges", "1", ERR_INVALID, "ignore_merges");
	refuse("fuse_unk", "1", ERR_INVALID, "fuse_unk");
	refuse("byte_fallback", "\"no\"", ERR_INVALID, "byte_fallback");
	refuse("max_input_chars_per_word", "100", ERR_UNSUPPORTED,
	       "max_input_chars_per_word");
	refuse("end_of_word_suffix", "\"012345678901234567890123456789012345\"",
	       ERR_LIMIT, "end_of_word_suffix");
}

static void a_vocabulary_of_another_shape_is_refused(void **state)
{
	(void)state;
	refuse("vocab", "[]", ERR_INVALID, "vocab");
	refuse("merges", "{}", ERR_INVALID, "merges");
	refuse("vocab", "{\"a\": -1}", ERR_INVALID, "whole number");
	refuse("vocab", "{\"a\": 1.5}", ERR_INVALID, "whole number");
	refuse("vocab", "{\"a\": 99999999999}", ERR_LIMIT, "too large");
	refuse("vocab", "{\"a\": 1, \"b\": 1}", ERR_INVALID, "twice");
}

static void a_byte_without_an_entry_is_dropped_or_unknown(void **state)
{
	json_t *root = demo_json();
	json_t *model = json_object_get(root, "model");
	json_t *copy;

	(void)state;
	json_object_set_new(model, "merges", json_array());
	json_object_del(json_object_get(model, "vocab"), "Z");
	json_object_set_new(root, "added_tokens", json_array());
	copy = json_deep_copy(root);
	accept(root, "aZb", "a|b");
	json_object_set_new(json_object_get(copy, "model"), "unk_token",
			    json_string("!"));
	accept(copy, "aZb", "a|!|b");
}

static void an_unknown_token_must_be_there_if_it_is_needed(void **state)
{
	json_t *root = demo_json();
	json_t *model = json_object_get(root, "model");

	(void)state;
	json_object_set_new(model, "unk_token", json_string("<none>"));
	accept(root, "he", "he");
	root = demo_json();
	model = json_object_get(root, "model");
	json_object_set_new(model, "unk_token", json_string("<none>"));
	json_object_set_new(root, "pre_tokenizer", json_null());
	assert_refused(demo_parse(root, &err), &err, ERR_INVALID, "<none>");
}

static json_t *with_affixes(const char *vocab, const char *merges,
			    const char *key, const char *affix)
{
	json_t *root = json_of("{\"pre_tokenizer\":{\"type\":"
			       "\"WhitespaceSplit\"}}");
	json_t *model = json_of("{\"type\":\"BPE\"}");

	json_object_set_new(model, "vocab", json_of(vocab));
	json_object_set_new(model, "merges", json_of(merges));
	json_object_set_new(model, key, json_string(affix));
	json_object_set_new(root, "model", model);
	return root;
}

static void the_last_character_may_have_a_suffix(void **state)
{
	(void)state;
	accept(with_affixes("{\"a\":0,\"b</w>\":1,\"ab</w>\":2,\"b\":3}",
			    "[[\"a\",\"b</w>\"]]", "end_of_word_suffix",
			    "</w>"),
	       "ab abb b", "ab</w>|a|b|b</w>|b</w>");
}

static void all_but_the_first_may_have_a_prefix(void **state)
{
	(void)state;
	accept(with_affixes("{\"a\":0,\"##b\":1,\"ab\":2}", "[[\"a\",\"##b\"]]",
			    "continuing_subword_prefix", "##"),
	       "ab abb a", "ab|ab|##b|a");
	assert_refused(
		demo_parse(with_affixes("{\"a\":0,\"b\":1,\"ab\":2}",
					"[[\"a\",\"b\"]]",
					"continuing_subword_prefix", "##"),
			   &err),
		&err, ERR_INVALID, "merges[0]");
}

static void merges_of_unknown_parts_are_refused(void **state)
{
	(void)state;
	refuse("merges", "[\"th e th e\"]", ERR_INVALID, "merges[0]");
	refuse("merges", "[\"a b\", \"nothing\"]", ERR_INVALID, "merges[");
	refuse("merges", "[[\"a\"]]", ERR_INVALID, "merges[0]");
	refuse("merges", "[[\"a\", 1]]", ERR_INVALID, "merges[0]");
	refuse("merges", "[7]", ERR_INVALID, "merges[0]");
	refuse("merges", "[[\"z\", \"zzqq\"]]", ERR_INVALID,
	       "not in the vocabulary");
}

static void merges_may_be_pairs_or_text(void **state)
{
	json_t *root = demo_json();

	(void)state;
	json_object_set_new(json_object_get(root, "model"), "merges",
			    json_of("[\"#version: 0.2\", \"h e\", "
				    "[\"he\", \"r\"]]"));
	accept(root, "her then", "her| |t|he|n");
}

static void a_whole_entry_may_skip_the_merges(void **state)
{
	json_t *root = demo_json();
	json_t *model = json_object_get(root, "model");

	(void)state;
	json_object_set_new(model, "merges", json_of("[\"h e\"]"));
	json_object_set_new(model, "ignore_merges", json_true());
	accept(root, "her zher", "her| |z|he|r");
	root = demo_json();
	model = json_object_get(root, "model");
	json_object_set_new(model, "merges", json_of("[\"h e\"]"));
	accept(root, "her", "he|r");
}

static void older_files_may_leave_the_type_out(void **state)
{
	json_t *root = demo_json();

	(void)state;
	json_object_del(json_object_get(root, "model"), "type");
	accept(root, "her", "her");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_that_change_ids_are_refused),
		cmocka_unit_test(a_vocabulary_of_another_shape_is_refused),
		cmocka_unit_test(a_byte_without_an_entry_is_dropped_or_unknown),
		cmocka_unit_test(
			an_unknown_token_must_be_there_if_it_is_needed),
		cmocka_unit_test(the_last_character_may_have_a_suffix),
		cmocka_unit_test(all_but_the_first_may_have_a_prefix),
		cmocka_unit_test(merges_of_unknown_parts_are_refused),
		cmocka_unit_test(merges_may_be_pairs_or_text),
		cmocka_unit_test(a_whole_entry_may_skip_the_merges),
		cmocka_unit_test(older_files_may_leave_the_type_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

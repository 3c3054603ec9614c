#include "tests/unit/token/chars.h"

#include "common/token/model.h"

static struct error err;

/* The pieces with | between them; takes the tree. */
static void expect(json_t *root, const char *text, const char *want)
{
	struct tokenizer *t = demo_parse(root, &err);
	char out[256];
	size_t n = strlen(text), made = 0;

	if (!t)
		fail_msg("%s", err.text);
	for (size_t at = 0, end; at < n; at = end) {
		end = cut_word(&t->cut, text, n, at);
		assert_true(end > at && end <= n);
		if (at > 0)
			out[made++] = '|';
		memcpy(out + made, text + at, end - at);
		made += end - at;
	}
	out[made] = '\0';
	assert_string_equal(out, want);
	tokenizer_unref(&t);
}

static json_t *without_names(json_t *root)
{
	json_object_set_new(json_object_get(root, "model"), "byte_fallback",
			    json_false());
	json_object_set_new(json_object_get(root, "model"), "unk_token",
			    json_string("\n"));
	return root;
}

static void text_is_cut_where_nothing_joins(void **state)
{
	(void)state;
	expect(chars_usual(), "a\u2581b\u2581\u2581ab",
	       "a|\u2581|b|\u2581|\u2581ab");
	expect(chars_usual(), "ab.ab\u4e2d\u4e2dab",
	       "ab|.|ab|\u4e2d|\u4e2d|ab");
	expect(chars_usual(), "ab", "ab");
}

static void a_blank_stands_for_its_letter(void **state)
{
	(void)state;
	expect(chars_usual(), "ab ab  a", "ab| ab| | a");
}

static void a_character_that_joins_a_blank_is_not_cut_off(void **state)
{
	static const char *const entry[] = {"a", "\u2581", ">", ">\u2581",
					    NULL};

	(void)state;
	expect(chars_json(entry, "[\"> \u2581\"]"), "a\u2581>\u2581a\u2581",
	       "a|\u2581|>\u2581|a|\u2581");
}

static void what_may_be_fused_is_cut_before_blanks_only(void **state)
{
	(void)state;
	expect(without_names(chars_usual()), "a\u2581b\u2581\u2581x.y\u2581a",
	       "a|\u2581b|\u2581\u2581x.y|\u2581a");
}

static void merges_of_bytes_forbid_all_cuts(void **state)
{
	static const char *const entry[] = {"a", "\u2581", "<0x41>a", NULL};

	(void)state;
	expect(chars_json(entry, "[\"<0x41> a\"]"), "a\u2581a", "a\u2581a");
}

static void without_an_entry_for_blanks_there_are_no_cuts(void **state)
{
	static const char *const entry[] = {"a", "b", "ab", NULL};

	(void)state;
	expect(chars_json(entry, "[\"a b\"]"), "a\u2581a.b", "a\u2581a.b");
}

static void what_is_looked_up_whole_is_not_cut(void **state)
{
	json_t *root = chars_usual();

	(void)state;
	json_object_set_new(json_object_get(root, "model"), "ignore_merges",
			    json_true());
	expect(root, "a\u2581b", "a\u2581b");
}

/* Every start and end of a block. */
static void blocks_cut_as_words_do(void **state)
{
	static const char text[] =
		"ab a.\u4e2da\u2581\u2581b\u00e9 \U0001F600ab\n\u4e2d\u4e2d ab"
		"abab \u2581a..b ababababababababababababababababababababababab"
		"ababababab ab\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d";
	struct tokenizer *t = demo_parse(chars_usual(), &err);
	const size_t n = sizeof(text) - 1;

	(void)state;
	for (size_t at = 0; at < n; at++) {
		char room[CUT_ROOM] = {0};
		size_t left = n - at < CUT_ROOM ? n - at : CUT_ROOM;
		size_t most = left < CUT_BLOCK ? left : CUT_BLOCK;
		uint64_t want = 0;

		if ((text[at] & 0xc0) == 0x80)
			continue;
		memcpy(room, text + at, left);
		for (size_t end = at;
		     (end = cut_word(&t->cut, text, n, end)) < at + most;)
			want |= (uint64_t)1 << (end - at);
		assert_int_equal(cut_block(&t->cut, room, most), want);
	}
	tokenizer_unref(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut_where_nothing_joins),
		cmocka_unit_test(a_blank_stands_for_its_letter),
		cmocka_unit_test(a_character_that_joins_a_blank_is_not_cut_off),
		cmocka_unit_test(what_may_be_fused_is_cut_before_blanks_only),
		cmocka_unit_test(merges_of_bytes_forbid_all_cuts),
		cmocka_unit_test(without_an_entry_for_blanks_there_are_no_cuts),
		cmocka_unit_test(what_is_looked_up_whole_is_not_cut),
		cmocka_unit_test(blocks_cut_as_words_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

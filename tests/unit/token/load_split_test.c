#include "tests/unit/token/fixture.h"

#define LEVEL(regex)                                                           \
	"{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_"            \
	"regex\":" #regex "}"
#define LIST(items) "{\"type\":\"Sequence\",\"pretokenizers\":[" items "]}"

static struct error err;

static void accept(const char *value, const char *text, const char *want)
{
	struct tokenizer *t = demo_with("pre_tokenizer", value, &err);

	if (!t)
		fail_msg("%s", err.text);
	assert_string_equal(shown(t, text), want);
	tokenizer_unref(&t);
}

static void refuse(const char *value, enum status status, const char *part)
{
	assert_refused(demo_with("pre_tokenizer", value, &err), &err, status,
		       part);
}

#define SPLIT(behavior, invert, kind, pattern)                                 \
	LIST("{\"type\":\"Split\",\"behavior\":\"" behavior                    \
	     "\",\"invert\":" invert ",\"pattern\":{\"" kind "\":\"" pattern   \
	     "\"}}," LEVEL(false))
#define QWEN2                                                                  \
	"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|"    \
	"\\\\p{N}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\r\\n]*|\\\\s*[\\r\\n]+|"       \
	"\\\\s+(?!\\\\S)|\\\\s+"

static void a_known_pattern_may_hold_its_line_ends_as_such(void **state)
{
	(void)state;
	accept(SPLIT("Isolated", "false", "Regex", QWEN2), "he the", "he| the");
}

static void a_text_is_cut_at_in_every_way(void **state)
{
	(void)state;
	accept(SPLIT("Removed", "false", "String", "t"), "hether", "he|her");
	accept(SPLIT("Removed", "true", "String", "he"), "hether", "he|he");
	accept(SPLIT("MergedWithPrevious", "false", "String", "e"), "herher",
	       "he|r|he|r");
	accept(SPLIT("MergedWithNext", "false", "String", "h"), "herher",
	       "her|her");
	accept(SPLIT("Isolated", "false", "String", "r"), "herr", "he|r|r");
	accept(SPLIT("Contiguous", "false", "String", "e"), "heer", "h|e|e|r");
}

static void any_other_pattern_is_matched(void **state)
{
	(void)state;
	accept(SPLIT("Isolated", "false", "Regex", "h(?=er)|r$"), "hether",
	       "he|t|h|e|r");
	accept(SPLIT("Removed", "false", "Regex", "[rt]"), "hether", "he|he");
	accept(SPLIT("Removed", "true", "Regex", "\\\\p{L}"), "h.e", "h|e");
	accept(SPLIT("Contiguous", "false", "Regex", "r"), "herrer",
	       "he|r|r|e|r");
	accept(SPLIT("MergedWithPrevious", "false", "Regex", "(?<=h)"), "hehe",
	       "h|e|h|e");
	accept(SPLIT("Isolated", "false", "Regex", ""), "hehe", "h|e|h|e");
}

static void what_a_pattern_may_not_hold_is_refused_with_its_place(void **state)
{
	(void)state;
	refuse(SPLIT("Isolated", "false", "Regex", "(a)\\\\1"), ERR_UNSUPPORTED,
	       "pre_tokenizer: Split: byte 3 of the pattern: \\1 is not");
	refuse(SPLIT("Isolated", "false", "Regex", "a("), ERR_INVALID,
	       "byte 1 of the pattern: ( is not closed: a(");
}

static void a_text_that_a_pattern_gives_up_is_refused(void **state)
{
	struct tokenizer *t = demo_with(
		"pre_tokenizer",
		SPLIT("Isolated", "false", "Regex", "a{50000}b"), &err);
	char *text = malloc(100001);
	struct token_list ids;

	(void)state;
	assert_non_null(t);
	memset(text, 'a', 100000);
	text[100000] = '\0';
	token_list_init(&ids);
	assert_int_equal(
		tokenizer_encode(t, slice_of(text), false, SIZE_MAX, &ids),
		ERR_LIMIT);
	assert_int_equal(ids.n, 0);
	assert_string_equal(shown(t, "aab"), "a|a|b");
	token_list_fini(&ids);
	free(text);
	tokenizer_unref(&t);
}

static void punctuation_is_split_in_every_way(void **state)
{
	(void)state;
	accept(LIST("{\"type\":\"Punctuation\"}," LEVEL(false)), "he,,her",
	       "he|,|,|her");
	accept(LIST("{\"type\":\"Punctuation\",\"behavior\":\"Removed\"}"
		    "," LEVEL(false)),
	       "he,,her", "he|her");
	refuse(LIST("{\"type\":\"Punctuation\",\"behavior\":\"Gone\"}"),
	       ERR_UNSUPPORTED, "Gone");
}

static void broken_ones_are_refused(void **state)
{
	(void)state;
	refuse(LIST("{\"type\":\"Split\"}"), ERR_INVALID, "behavior");
	refuse(LIST("{\"type\":\"Split\",\"behavior\":\"Isolated\","
		    "\"invert\":false,\"pattern\":3}"),
	       ERR_INVALID, "Regex");
	refuse(SPLIT("Isolated", "false", "String", ""), ERR_INVALID, "empty");
	refuse(SPLIT("isolated", "false", "String", "e"), ERR_UNSUPPORTED,
	       "isolated");
	refuse(SPLIT("Isolated", "0", "String", "e"), ERR_INVALID, "invert");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_known_pattern_may_hold_its_line_ends_as_such),
		cmocka_unit_test(a_text_is_cut_at_in_every_way),
		cmocka_unit_test(any_other_pattern_is_matched),
		cmocka_unit_test(
			what_a_pattern_may_not_hold_is_refused_with_its_place),
		cmocka_unit_test(a_text_that_a_pattern_gives_up_is_refused),
		cmocka_unit_test(punctuation_is_split_in_every_way),
		cmocka_unit_test(broken_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

static void an_unknown_pattern_is_refused_with_its_text(void **state)
{
	(void)state;
	refuse(SPLIT("Isolated", "false", "Regex", "x+y"), ERR_UNSUPPORTED,
	       "x+y");
	refuse(SPLIT("Isolated", "false", "Regex", ""), ERR_UNSUPPORTED,
	       "no scanner");
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
		cmocka_unit_test(an_unknown_pattern_is_refused_with_its_text),
		cmocka_unit_test(punctuation_is_split_in_every_way),
		cmocka_unit_test(broken_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/token/fixture.h"

#include <stdio.h>

#define LEVEL(regex)                                                           \
	"{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_"            \
	"regex\":" #regex "}"
#define LIST(items) "{\"type\":\"Sequence\",\"pretokenizers\":[" items "]}"
#define SPLIT(behavior, invert, regex)                                         \
	"{\"type\":\"Split\",\"behavior\":\"" behavior "\",\"invert\":" invert \
	",\"pattern\":{\"Regex\":\"" regex "\"}}"
#define QWEN2                                                                  \
	"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|"    \
	"\\\\p{N}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\r\\n]*|\\\\s*[\\r\\n]+|"       \
	"\\\\s+(?!\\\\S)|\\\\s+"

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

static void byte_level_alone_brings_its_own_pattern(void **state)
{
	(void)state;
	accept(LEVEL(true), "he 12", "he| |1|2");
	accept(LIST(LEVEL(true)), "he the", "he| the");
}

static void a_known_pattern_may_hold_its_line_ends_as_such(void **state)
{
	(void)state;
	accept(LIST(SPLIT("Isolated", "false", QWEN2) "," LEVEL(false)),
	       "he the", "he| the");
}

static void an_unknown_pattern_is_refused_with_its_text(void **state)
{
	(void)state;
	refuse(LIST(SPLIT("Isolated", "false", "x+y") "," LEVEL(false)),
	       ERR_UNSUPPORTED, "x+y");
	refuse(LIST(SPLIT("Isolated", "false", "") "," LEVEL(false)),
	       ERR_UNSUPPORTED, "no scanner");
}

static void another_behavior_is_refused(void **state)
{
	(void)state;
	refuse(LIST(SPLIT("Removed", "false", QWEN2) "," LEVEL(false)),
	       ERR_UNSUPPORTED, "Removed");
	refuse(LIST(SPLIT("Isolated", "true", QWEN2) "," LEVEL(false)),
	       ERR_UNSUPPORTED, "inverted");
}

static void a_prefix_space_is_refused(void **state)
{
	(void)state;
	refuse("{\"type\":\"ByteLevel\"}", ERR_UNSUPPORTED, "add_prefix_space");
	refuse("{\"type\":\"ByteLevel\",\"add_prefix_space\":1}", ERR_INVALID,
	       "true or false");
}

static void nothing_may_follow_byte_level(void **state)
{
	(void)state;
	refuse(LIST(LEVEL(true) "," LEVEL(true)), ERR_UNSUPPORTED, "behind");
}

static void text_that_is_not_split_is_refused(void **state)
{
	(void)state;
	refuse("null", ERR_UNSUPPORTED, "byte_fallback");
	refuse("{\"type\":\"Split\",\"behavior\":\"Isolated\","
	       "\"pattern\":{\"String\":\" \"}}",
	       ERR_INVALID, "Regex");
	refuse(LIST(LEVEL(false)), ERR_UNSUPPORTED, "not split");
	refuse(LIST(SPLIT("Isolated", "false", QWEN2)), ERR_UNSUPPORTED,
	       "byte-level");
}

static void broken_ones_are_refused(void **state)
{
	(void)state;
	refuse("{\"type\":\"Sequence\"}", ERR_INVALID, "must be a list");
	refuse(LIST("{\"type\":\"Split\"}"), ERR_INVALID, "behavior");
	refuse(LIST("{\"type\":\"Split\",\"behavior\":\"Isolated\","
		    "\"invert\":false,\"pattern\":3}"),
	       ERR_INVALID, "Regex");
	refuse(LIST("{\"type\":\"Whitespace\"}"), ERR_UNSUPPORTED,
	       "Whitespace");
}

static void too_many_steps_are_refused(void **state)
{
	char text[65536] = "{\"type\":\"Sequence\",\"pretokenizers\":[";

	(void)state;
	for (size_t i = 0; i < 20; i++)
		strcat(text, SPLIT("Isolated", "false", QWEN2) ",");
	strcat(text, LEVEL(false) "]}");
	refuse(text, ERR_LIMIT, "steps");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(byte_level_alone_brings_its_own_pattern),
		cmocka_unit_test(
			a_known_pattern_may_hold_its_line_ends_as_such),
		cmocka_unit_test(an_unknown_pattern_is_refused_with_its_text),
		cmocka_unit_test(another_behavior_is_refused),
		cmocka_unit_test(a_prefix_space_is_refused),
		cmocka_unit_test(nothing_may_follow_byte_level),
		cmocka_unit_test(text_that_is_not_split_is_refused),
		cmocka_unit_test(broken_ones_are_refused),
		cmocka_unit_test(too_many_steps_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

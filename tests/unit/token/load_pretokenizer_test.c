#include "tests/unit/token/fixture.h"

#include "common/token/stage.h"

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

#define BEFORE_BYTES(step) LIST(step "," LEVEL(false))

static void byte_level_alone_brings_its_own_pattern(void **state)
{
	(void)state;
	accept(LEVEL(true), "he 12", "he| |1|2");
	accept(LIST(LEVEL(true)), "he the", "he| the");
}

static void byte_level_may_cut_nothing(void **state)
{
	(void)state;
	accept(LEVEL(false), "he the", "he| the");
}

static void byte_level_may_put_a_blank_before(void **state)
{
	(void)state;
	accept("{\"type\":\"ByteLevel\"}", "the", " the");
	accept("{\"type\":\"ByteLevel\"}", " the", " the");
	refuse("{\"type\":\"ByteLevel\",\"add_prefix_space\":1}", ERR_INVALID,
	       "true or false");
}

static void steps_behind_byte_level_see_its_letters(void **state)
{
	(void)state;
	/* The byte 0xb2 is written as a superscript two. */
	accept(LIST(LEVEL(true) ",{\"type\":\"Digits\",\"individual_digits\""
				":true}"),
	       "he\u3c72", "he|\xe3|\xb1|\xb2");
	accept(LIST(LEVEL(false) "," LEVEL(false)), "he", "he");
}

static void white_space_goes_in_three_ways(void **state)
{
	(void)state;
	accept(BEFORE_BYTES("{\"type\":\"Whitespace\"}"), "he  her,",
	       "he|her|,");
	accept(BEFORE_BYTES("{\"type\":\"WhitespaceSplit\"}"), " he\ther",
	       "he|her");
	accept(BEFORE_BYTES("{\"type\":\"BertPreTokenizer\"}"), "he,her;; he",
	       "he|,|her|;|;|he");
}

static void a_delimiter_is_one_character(void **state)
{
	(void)state;
	accept(BEFORE_BYTES("{\"type\":\"CharDelimiterSplit\",\"delimiter\":"
			    "\"\u00e9\"}"),
	       "he\u00e9her", "he|her");
	refuse("{\"type\":\"CharDelimiterSplit\",\"delimiter\":\"ab\"}",
	       ERR_INVALID, "one character");
	refuse("{\"type\":\"CharDelimiterSplit\"}", ERR_INVALID, "delimiter");
}

static void pieces_may_have_a_length(void **state)
{
	(void)state;
	accept(BEFORE_BYTES("{\"type\":\"FixedLength\",\"length\":2}"), "heher",
	       "he|he|r");
	refuse("{\"type\":\"FixedLength\",\"length\":0}", ERR_INVALID,
	       "length");
	refuse("{\"type\":\"FixedLength\",\"length\":\"2\"}", ERR_INVALID,
	       "length");
}

static void sequences_may_stand_in_sequences(void **state)
{
	char deep[1024] = "";

	(void)state;
	accept(LIST(LIST("{\"type\":\"WhitespaceSplit\"}") "," LEVEL(false)),
	       "he her", "he|her");
	for (size_t i = 0; i < 12; i++)
		strcat(deep, "{\"type\":\"Sequence\",\"pretokenizers\":[");
	for (size_t i = 0; i < 12; i++)
		strcat(deep, "]}");
	refuse(deep, ERR_LIMIT, "too deep");
}

static void broken_ones_are_refused(void **state)
{
	(void)state;
	refuse("{\"type\":\"Sequence\"}", ERR_INVALID, "must be a list");
	refuse(LIST("{\"type\":\"UnicodeScripts\"}"), ERR_UNSUPPORTED,
	       "UnicodeScripts");
	refuse("7", ERR_UNSUPPORTED, "(none)");
	refuse(LIST("{\"type\":\"Digits\",\"individual_digits\":0}"),
	       ERR_INVALID, "individual_digits");
}

static void too_many_steps_are_refused(void **state)
{
	char text[4096] = "{\"type\":\"Sequence\",\"pretokenizers\":[";

	(void)state;
	for (size_t i = 0; i <= STAGE_MAX; i++)
		strcat(text, "{\"type\":\"WhitespaceSplit\"},");
	strcat(text, LEVEL(false) "]}");
	refuse(text, ERR_LIMIT, "steps");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(byte_level_alone_brings_its_own_pattern),
		cmocka_unit_test(byte_level_may_cut_nothing),
		cmocka_unit_test(byte_level_may_put_a_blank_before),
		cmocka_unit_test(steps_behind_byte_level_see_its_letters),
		cmocka_unit_test(white_space_goes_in_three_ways),
		cmocka_unit_test(a_delimiter_is_one_character),
		cmocka_unit_test(pieces_may_have_a_length),
		cmocka_unit_test(sequences_may_stand_in_sequences),
		cmocka_unit_test(broken_ones_are_refused),
		cmocka_unit_test(too_many_steps_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

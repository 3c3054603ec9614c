#include "tests/unit/token/chars.h"

static struct error err;

#define META(scheme)                                                           \
	"{\"type\":\"Metaspace\",\"replacement\":\"\u2581\","                  \
	"\"prepend_scheme\":\"" scheme "\"}"

/* The vocabulary: 256 a, 257 b, 258 U+2581, 259 U+2581 a, 260 U+2581 ab,
 * 261 ab. */
static void expect(const char *normalizer, const char *steps, const char *text,
		   size_t n, const uint32_t *id)
{
	json_t *root = chars_usual(), *s = json_of("{\"type\":\"Sequence\"}");
	struct tokenizer *t;
	struct token_list got;

	json_object_set_new(s, "pretokenizers", json_of(steps));
	json_object_set_new(root, "pre_tokenizer", s);
	json_object_set_new(root, "normalizer", json_of(normalizer));
	t = demo_parse(root, &err);
	if (!t)
		fail_msg("%s", err.text);
	token_list_init(&got);
	assert_int_equal(tokenizer_encode(t, slice_of(text), false, 99, &got),
			 OK);
	assert_int_equal(got.n, n);
	assert_memory_equal(got.id, id, n * sizeof(*id));
	token_list_fini(&got);
	tokenizer_unref(&t);
}

static void each_stage_cuts_the_pieces_of_the_one_before(void **state)
{
	(void)state;
	expect("null", "[{\"type\":\"WhitespaceSplit\"}]", "ab a", 2,
	       (uint32_t[]){261, 256});
	expect("null",
	       "[{\"type\":\"WhitespaceSplit\"},{\"type\":\"FixedLength\","
	       "\"length\":1}]",
	       "ab a", 3, (uint32_t[]){256, 257, 256});
}

static void a_stage_may_change_what_the_next_one_sees(void **state)
{
	(void)state;
	expect("null", "[{\"type\":\"WhitespaceSplit\"}," META("always") "]",
	       "ab ab", 2, (uint32_t[]){260, 260});
	expect("null",
	       "[" META("always") ",{\"type\":\"Split\",\"behavior\":"
				  "\"Isolated\",\"pattern\":{\"String\":"
				  "\"\u2581\"}}]",
	       "ab", 2, (uint32_t[]){258, 261});
}

static void only_what_starts_the_text_is_first(void **state)
{
	const char *steps = "[{\"type\":\"WhitespaceSplit\"}," META(
		"first") "]";

	(void)state;
	expect("null", steps, "ab ab", 2, (uint32_t[]){260, 261});
	expect("null", steps, " ab ab", 2, (uint32_t[]){261, 261});
}

/* Both letters of one sign come from the text's start. */
static void a_character_that_becomes_two_is_first_twice(void **state)
{
	(void)state;
	expect("{\"type\":\"NFKC\"}",
	       "[{\"type\":\"FixedLength\",\"length\":1}," META("first") "]",
	       "\u00aaab", 3, (uint32_t[]){259, 256, 257});
	expect("{\"type\":\"Replace\",\"pattern\":{\"String\":\"!\"},"
	       "\"content\":\"aa\"}",
	       "[{\"type\":\"FixedLength\",\"length\":1}," META("first") "]",
	       "!a", 3, (uint32_t[]){259, 259, 256});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_stage_cuts_the_pieces_of_the_one_before),
		cmocka_unit_test(a_stage_may_change_what_the_next_one_sees),
		cmocka_unit_test(only_what_starts_the_text_is_first),
		cmocka_unit_test(a_character_that_becomes_two_is_first_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

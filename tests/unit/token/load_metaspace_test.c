#include "tests/unit/token/chars.h"

static struct error err;

static struct tokenizer *with(const char *pre_tokenizer)
{
	json_t *root = chars_usual();

	json_object_del(root, "normalizer");
	json_object_set_new(root, "pre_tokenizer", json_of(pre_tokenizer));
	return demo_parse(root, &err);
}

static void expect(const char *more, const char *text, size_t n,
		   const uint32_t *id)
{
	char step[256];
	struct tokenizer *t;
	struct token_list got;

	snprintf(step, sizeof(step),
		 "{\"type\":\"Metaspace\",\"replacement\":\"\u2581\"%s}", more);
	t = with(step);
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

/* The vocabulary: 256 a, 257 b, 258 U+2581, 259 U+2581 a, 260 U+2581 ab,
 * 261 ab. */
static void blanks_join_the_word_behind_them(void **state)
{
	(void)state;
	expect("", "ab  ab", 3, (uint32_t[]){260, 258, 260});
	expect(",\"split\":false", "ab  ab", 3, (uint32_t[]){260, 258, 260});
}

static void a_blank_is_put_before_the_text_by_the_scheme(void **state)
{
	(void)state;
	expect(",\"prepend_scheme\":\"always\"", "a", 1, (uint32_t[]){259});
	expect(",\"prepend_scheme\":\"first\"", "a", 1, (uint32_t[]){259});
	expect(",\"prepend_scheme\":\"never\"", "a", 1, (uint32_t[]){256});
	expect(",\"add_prefix_space\":false", "a", 1, (uint32_t[]){256});
	expect(",\"add_prefix_space\":true", "a", 1, (uint32_t[]){259});
}

static void broken_ones_are_refused(void **state)
{
	(void)state;
	assert_refused(with("{\"type\":\"Metaspace\"}"), &err, ERR_INVALID,
		       "replacement");
	assert_refused(with("{\"type\":\"Metaspace\",\"replacement\":\"_\"}"),
		       &err, ERR_UNSUPPORTED, "U+2581");
	assert_refused(with("{\"type\":\"Metaspace\",\"replacement\":"
			    "\"\u2581\",\"prepend_scheme\":\"last\"}"),
		       &err, ERR_UNSUPPORTED, "last");
	assert_refused(with("{\"type\":\"Sequence\",\"pretokenizers\":["
			    "{\"type\":\"Metaspace\",\"replacement\":"
			    "\"\u2581\"},{\"type\":\"Metaspace\","
			    "\"replacement\":\"\u2581\"}]}"),
		       &err, ERR_UNSUPPORTED, "only one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_join_the_word_behind_them),
		cmocka_unit_test(a_blank_is_put_before_the_text_by_the_scheme),
		cmocka_unit_test(broken_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/token/chars.h"

static struct tokenizer *t;
static struct token_list list;

static int begin(void **state)
{
	struct error err;

	(void)state;
	t = demo_parse(chars_usual(), &err);
	token_list_init(&list);
	return t ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	tokenizer_unref(&t);
	token_list_fini(&list);
	return 0;
}

static void expect(const char *text, size_t n, const uint32_t *id)
{
	list.n = 0;
	assert_int_equal(
		tokenizer_encode(t, slice_of(text), false, SIZE_MAX, &list),
		OK);
	assert_int_equal(list.n, n);
	assert_memory_equal(list.id, id, n * sizeof(*id));
}

static void words_take_their_blank(void **state)
{
	(void)state;
	expect("ab ab", 2, (uint32_t[]){260, 260});
	expect("b", 2, (uint32_t[]){258, 257});
	expect("a  a", 3, (uint32_t[]){259, 258, 259});
}

static void what_the_vocabulary_lacks_becomes_bytes(void **state)
{
	(void)state;
	expect("\u00e9", 3, (uint32_t[]){258, 0xc3, 0xa9});
	expect("az", 2, (uint32_t[]){259, 'z'});
	expect("\t\n", 3, (uint32_t[]){258, 9, 262});
}

static void the_name_of_a_byte_in_a_text_is_text(void **state)
{
	(void)state;
	expect("<0x41>", 7, (uint32_t[]){258, '<', '0', 'x', '4', '1', '>'});
}

/* Entries from id 0 on: <unk> x <0xC3>. */
static void expect_unknown(const char *options, const char *text, size_t n,
			   const uint32_t *id)
{
	struct tokenizer *was = t;
	struct error err;
	json_t *root = json_of(
		"{\"model\":{\"type\":\"BPE\",\"merges\":[],\"vocab\":"
		"{\"<unk>\":0,\"x\":1,\"<0xC3>\":2,\"<0xA9>\":3}}}");
	json_t *more = json_of(options);

	json_object_update(json_object_get(root, "model"), more);
	json_decref(more);
	t = demo_parse(root, &err);
	if (!t)
		fail_msg("%s", err.text);
	expect(text, n, id);
	tokenizer_unref(&t);
	t = was;
}

#define UNK "\"unk_token\":\"<unk>\""

static void what_is_unknown_is_one_token_or_one_each_or_none(void **state)
{
	(void)state;
	expect_unknown("{}", "yxyy", 1, (uint32_t[]){1});
	expect_unknown("{" UNK "}", "yxyy", 4, (uint32_t[]){0, 1, 0, 0});
	expect_unknown("{" UNK ",\"fuse_unk\":true}", "yxyy", 3,
		       (uint32_t[]){0, 1, 0});
}

/* As the reference does it, bytes overtake an unknown token. */
static void bytes_come_before_the_unknown_token_before_them(void **state)
{
	(void)state;
	expect_unknown("{" UNK ",\"byte_fallback\":true}", "y\u00e9x", 4,
		       (uint32_t[]){2, 3, 0, 1});
	expect_unknown("{" UNK ",\"byte_fallback\":true}", "\u00e8", 1,
		       (uint32_t[]){0});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_take_their_blank),
		cmocka_unit_test(what_the_vocabulary_lacks_becomes_bytes),
		cmocka_unit_test(the_name_of_a_byte_in_a_text_is_text),
		cmocka_unit_test(
			what_is_unknown_is_one_token_or_one_each_or_none),
		cmocka_unit_test(
			bytes_come_before_the_unknown_token_before_them),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

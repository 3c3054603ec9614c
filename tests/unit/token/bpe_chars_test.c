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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_take_their_blank),
		cmocka_unit_test(what_the_vocabulary_lacks_becomes_bytes),
		cmocka_unit_test(the_name_of_a_byte_in_a_text_is_text),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

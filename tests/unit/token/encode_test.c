#include "tests/unit/token/fixture.h"

#include "common/base/rng.h"
#include "common/token/utf8.h"

static struct tokenizer *demo;
static struct token_list list;

static int begin(void **state)
{
	struct error err;

	(void)state;
	demo = tokenizer_load(DEMO, &err);
	if (!demo)
		print_message("%s\n", err.text);
	token_list_init(&list);
	return demo ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	tokenizer_unref(&demo);
	token_list_fini(&list);
	return 0;
}

static enum status encode(struct slice text, size_t most)
{
	list.n = 0;
	return tokenizer_encode(demo, text, false, most, &list);
}

static void a_chat_is_cut_at_its_special_tokens(void **state)
{
	(void)state;
	assert_string_equal(shown(demo, "<|im_start|>user\nHello!<|im_end|>\n"),
			    "<|im_start|>|user|\n|Hello|!|<|im_end|>|\n");
}

static void the_empty_text_has_no_tokens(void **state)
{
	(void)state;
	assert_int_equal(encode((struct slice){NULL, 0}, 0), OK);
	assert_int_equal(list.n, 0);
}

static void text_that_is_not_utf8_is_refused(void **state)
{
	(void)state;
	assert_int_equal(encode(SLICE("a\x80"), 100), ERR_INVALID);
	assert_int_equal(encode(SLICE("\xed\xa0\x80"), 100), ERR_INVALID);
	assert_int_equal(list.n, 0);
}

static void more_tokens_than_asked_for_leave_the_list_alone(void **state)
{
	(void)state;
	list.n = 0;
	token_list_push(&list, 42);
	assert_int_equal(
		tokenizer_encode(demo, SLICE("1 2 3"), false, 4, &list),
		ERR_LIMIT);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.id[0], 42);
	assert_int_equal(
		tokenizer_encode(demo, SLICE("1 2 3"), false, 5, &list), OK);
	assert_int_equal(list.n, 6);
	assert_int_equal(encode(SLICE("1"), 0), ERR_LIMIT);
	assert_int_equal(encode(SLICE("<think>"), 0), ERR_LIMIT);
}

static void a_nul_is_text_like_any_other(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out);
	assert_int_equal(encode(SLICE("a\0b"), 100), OK);
	tokenizer_decode(demo, list.id, list.n, &out);
	assert_true(slice_equal(buf_slice(&out), SLICE("a\0b")));
	buf_fini(&out);
}

static void ids_outside_the_vocabulary_are_skipped(void **state)
{
	uint32_t id[] = {0, 4000000000u, 1, 99999, 2};
	struct buf out;

	(void)state;
	buf_init(&out);
	tokenizer_decode(demo, id, 5, &out);
	assert_true(slice_equal(buf_slice(&out), SLICE("!\"#")));
	buf_fini(&out);
}

static void random_text(struct rng *rng, struct buf *out)
{
	static const uint32_t from[] = {' ',     '\n', 'a',  'Z',
					'0',     '\'', 0xe9, 0x4e00,
					0x1f600, '<',  '|',  0x3000};
	size_t n = rng_below(rng, 60);

	buf_reset(out, SIZE_MAX);
	for (size_t i = 0; i < n; i++) {
		uint32_t c = from[rng_below(rng, ARRAY_LEN(from))];

		if (c > ' ')
			c += (uint32_t)rng_below(rng, 8);
		buf_commit(out, utf8_put(buf_reserve(out, 4), c));
	}
}

static void random_text_comes_back_from_its_ids(void **state)
{
	struct buf text, out;
	struct rng rng;

	(void)state;
	buf_init(&text);
	buf_init(&out);
	rng_seed(&rng, 3);
	for (size_t i = 0; i < 3000; i++) {
		random_text(&rng, &text);
		buf_reset(&out, SIZE_MAX);
		assert_int_equal(encode(buf_slice(&text), SIZE_MAX), OK);
		tokenizer_decode(demo, list.id, list.n, &out);
		assert_true(slice_equal(buf_slice(&text), buf_slice(&out)));
	}
	buf_fini(&text);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chat_is_cut_at_its_special_tokens),
		cmocka_unit_test(the_empty_text_has_no_tokens),
		cmocka_unit_test(text_that_is_not_utf8_is_refused),
		cmocka_unit_test(
			more_tokens_than_asked_for_leave_the_list_alone),
		cmocka_unit_test(a_nul_is_text_like_any_other),
		cmocka_unit_test(ids_outside_the_vocabulary_are_skipped),
		cmocka_unit_test(random_text_comes_back_from_its_ids),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

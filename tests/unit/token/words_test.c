#include "tests/unit/token/fixture.h"

#include "common/token/words.h"

static void the_key_does_not_depend_on_what_follows(void **state)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz";

	(void)state;
	for (size_t n = 1; n <= WORDS_MAX_TEXT; n++) {
		uint64_t wide[2], tight[2];
		char copy[WORDS_MAX_TEXT];

		memcpy(copy, text, n);
		words_key(text, n, sizeof(text), wide);
		words_key(copy, n, n, tight);
		assert_memory_equal(wide, tight, sizeof(wide));
	}
}

static void zeros_at_the_end_make_another_key(void **state)
{
	uint64_t a[2], b[2];

	(void)state;
	words_key("a\0", 1, 2, a);
	words_key("a\0", 2, 2, b);
	assert_memory_not_equal(a, b, sizeof(a));
}

static void a_word_comes_back_with_all_its_ids(void **state)
{
	struct words w;
	struct token_list out;
	struct words_slot *slot;
	uint64_t key[2];

	(void)state;
	words_init(&w);
	token_list_init(&out);
	for (uint32_t n = 1; n <= WORDS_MAX_IDS; n++) {
		words_key("word", 4, 4, key);
		slot = words_slot(&w, key);
		words_put(slot, key, (uint32_t[]){1, 2, 3, 4}, n);
		out.n = 0;
		assert_true(words_push(slot, key, &out));
		assert_int_equal(out.n, n);
		assert_int_equal(out.id[n - 1], n);
	}
	token_list_fini(&out);
	words_fini(&w);
}

static void what_was_not_put_is_not_there(void **state)
{
	struct words w;
	struct token_list out;
	struct words_slot *slot;
	uint64_t key[2], other[2];

	(void)state;
	words_init(&w);
	token_list_init(&out);
	words_key("word", 4, 4, key);
	words_key("ward", 4, 4, other);
	slot = words_slot(&w, key);
	assert_false(words_push(slot, key, &out));
	words_put(slot, key, (uint32_t[]){1}, 0);
	assert_false(words_push(slot, key, &out));
	words_put(slot, key, (uint32_t[]){1, 2, 3, 4, 5}, 5);
	assert_false(words_push(slot, key, &out));
	words_put(slot, key, (uint32_t[]){1}, 1);
	assert_false(words_push(slot, other, &out));
	assert_int_equal(out.n, 0);
	token_list_fini(&out);
	words_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_does_not_depend_on_what_follows),
		cmocka_unit_test(zeros_at_the_end_make_another_key),
		cmocka_unit_test(a_word_comes_back_with_all_its_ids),
		cmocka_unit_test(what_was_not_put_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

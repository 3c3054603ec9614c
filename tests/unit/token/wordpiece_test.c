#include "tests/unit/token/fixture.h"

#include "common/token/wordpiece.h"

#define UNK 99

static struct wordpiece w;
static struct token_list made;

static int end(void **state)
{
	(void)state;
	wordpiece_fini(&w);
	token_list_fini(&made);
	return 0;
}

static void with(const char *prefix)
{
	static const char *const text[] = {"un",    "##aff", "##able", "##a",
					   "##ble", "unaf",  "\u00e9", "able"};
	struct trie_key key[8];

	for (uint32_t i = 0; i < 8; i++)
		key[i] = (struct trie_key){slice_of(text[i]), i};
	wordpiece_init(&w, key, 8, slice_of(prefix));
	w.unk_id = UNK;
	w.max_chars = 10;
}

static void expect(const char *word, size_t n, const uint32_t *id)
{
	made.n = 0;
	wordpiece_encode(&w, slice_of(word), &made);
	assert_int_equal(made.n, n);
	assert_memory_equal(made.id, id, n * sizeof(*id));
}

static void the_longest_entry_goes_first(void **state)
{
	(void)state;
	with("##");
	expect("unaffable", 1, (uint32_t[]){UNK});
	expect("unable", 2, (uint32_t[]){0, 2});
	expect("unaffa", 1, (uint32_t[]){UNK});
	expect("able", 1, (uint32_t[]){7});
	expect("\u00e9able", 2, (uint32_t[]){6, 2});
}

static void a_word_that_cannot_be_ended_is_unknown(void **state)
{
	(void)state;
	with("##");
	made.n = 0;
	token_list_push(&made, 5);
	wordpiece_encode(&w, SLICE("unablez"), &made);
	assert_int_equal(made.n, 2);
	assert_int_equal(made.id[0], 5);
	assert_int_equal(made.id[1], UNK);
}

static void the_limit_counts_characters(void **state)
{
	(void)state;
	with("##");
	expect("\u00e9aaaaaaaaa", 10,
	       (uint32_t[]){6, 3, 3, 3, 3, 3, 3, 3, 3, 3});
	expect("\u00e9aaaaaaaaaa", 1, (uint32_t[]){UNK});
}

static void without_a_prefix_all_entries_go_on(void **state)
{
	(void)state;
	with("");
	expect("unable", 2, (uint32_t[]){0, 7});
}

static void with_a_prefix_that_nobody_has_words_are_entries(void **state)
{
	(void)state;
	with("@@");
	expect("un", 1, (uint32_t[]){0});
	expect("unable", 1, (uint32_t[]){UNK});
}

static void the_written_prefix_at_a_words_start_is_text(void **state)
{
	(void)state;
	with("##");
	expect("##able", 1, (uint32_t[]){2});
}

#define CASE(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_longest_entry_goes_first),
		CASE(a_word_that_cannot_be_ended_is_unknown),
		CASE(the_limit_counts_characters),
		CASE(without_a_prefix_all_entries_go_on),
		CASE(with_a_prefix_that_nobody_has_words_are_entries),
		CASE(the_written_prefix_at_a_words_start_is_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

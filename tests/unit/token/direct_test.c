#include "tests/unit/token/fixture.h"

#include "common/token/direct.h"

static struct vocab vocab;
static struct direct direct;

static int begin(void **state)
{
	(void)state;
	vocab_init(&vocab, 5000, 5000);
	return 0;
}

static int end(void **state)
{
	(void)state;
	direct_fini(&direct);
	vocab_fini(&vocab);
	return 0;
}

static void put(uint32_t id, const char *text)
{
	assert_int_equal(vocab_add(&vocab, id, slice_of(text), true), OK);
	vocab_set_direct(&vocab, id);
}

static uint32_t find(const char *text)
{
	uint64_t key[2];

	words_key(text, strlen(text), strlen(text), key);
	return direct_find(&direct, key);
}

static void a_direct_entry_is_found_by_its_word(void **state)
{
	(void)state;
	put(0, "a");
	put(7, " word");
	put(9, "fifteen letters");
	direct_build(&direct, &vocab, false);
	assert_int_equal(find("a"), 0);
	assert_int_equal(find(" word"), 7);
	assert_int_equal(find("fifteen letters"), 9);
}

static void what_is_no_entry_is_not_found(void **state)
{
	(void)state;
	put(0, "a");
	direct_build(&direct, &vocab, false);
	assert_int_equal(find("b"), VOCAB_NONE);
	assert_int_equal(find("aa"), VOCAB_NONE);
	assert_int_equal(find("\xff\xff\xff\xff\xff\xff\xff\xff"
			      "\xff\xff\xff\xff\xff\xff\xff"),
			 VOCAB_NONE);
}

static void an_entry_that_merging_does_not_give_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(vocab_add(&vocab, 3, SLICE("abc"), true), OK);
	direct_build(&direct, &vocab, false);
	assert_int_equal(find("abc"), VOCAB_NONE);
}

static void a_long_entry_is_left_out(void **state)
{
	(void)state;
	put(3, "sixteen letters!");
	direct_build(&direct, &vocab, false);
	assert_int_equal(find("sixteen letters"), VOCAB_NONE);
}

static void no_entry_at_all_is_found_in_none(void **state)
{
	(void)state;
	direct_build(&direct, &vocab, false);
	assert_int_equal(find("a"), VOCAB_NONE);
}

static void words_have_blanks_where_entries_have_another_sign(void **state)
{
	(void)state;
	put(1, "\u2581the");
	put(2, "of");
	put(3, "a b");
	put(4, "\u2581twenty\u2581bytes"); /* thirteen as a word */
	direct_build(&direct, &vocab, true);
	assert_int_equal(find(" the"), 1);
	assert_int_equal(find("of"), 2);
	assert_int_equal(find(" twenty bytes"), 4);
	assert_int_equal(find("a b"), VOCAB_NONE);
	assert_int_equal(find("\u2581the"), VOCAB_NONE);
}

/* So many that lines are full, and those behind them are used. */
static void none_of_many_is_lost(void **state)
{
	char text[16];

	(void)state;
	for (uint32_t id = 0; id < 4999; id++) {
		snprintf(text, sizeof(text), "word%u", id * 7);
		put(id, text);
	}
	direct_build(&direct, &vocab, false);
	for (uint32_t i = 0; i < 4999 * 7; i++) {
		snprintf(text, sizeof(text), "word%u", i);
		assert_int_equal(find(text), i % 7 == 0 ? i / 7 : VOCAB_NONE);
	}
	assert_true(direct_bytes(&direct) < 4999 * 40);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_direct_entry_is_found_by_its_word),
		CASE(what_is_no_entry_is_not_found),
		CASE(an_entry_that_merging_does_not_give_is_not_found),
		CASE(a_long_entry_is_left_out),
		CASE(no_entry_at_all_is_found_in_none),
		CASE(words_have_blanks_where_entries_have_another_sign),
		CASE(none_of_many_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

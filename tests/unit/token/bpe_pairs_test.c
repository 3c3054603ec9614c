#include "tests/unit/token/forest.h"

static void the_longest_tokens_are_taken_where_they_go_together(void **state)
{
	uint32_t next = 30;

	(void)state;
	clear_ground();
	plant(0, 1, 0, &next);  /* ab */
	plant(30, 2, 1, &next); /* abc */
	stand();
	assert_true(bpe_pairs(&bpe, SLICE("abcabd"), &scratch, &made));
	assert_int_equal(made.n, 3);
	assert_memory_equal(made.id, ((uint32_t[]){31, 30, 3}), 12);
}

/* "bcd" starts with bc, but c goes to d first. */
static void a_token_that_goes_with_nothing_is_taken_back(void **state)
{
	uint32_t next = 30;

	(void)state;
	clear_ground();
	plant(2, 3, 0, &next); /* cd */
	plant(1, 2, 1, &next); /* bc */
	stand();
	assert_true(bpe_pairs(&bpe, SLICE("abcd"), &scratch, &made));
	assert_int_equal(made.n, 3);
	assert_memory_equal(made.id, ((uint32_t[]){0, 1, 30}), 12);
}

static void a_byte_that_is_no_token_is_left_to_merging(void **state)
{
	uint32_t next = 30;

	(void)state;
	clear_ground();
	plant(0, 1, 0, &next);
	stand();
	token_list_push(&made, 7);
	assert_false(bpe_pairs(&bpe, SLICE("a.b"), &scratch, &made));
	assert_false(bpe_pairs(&bpe, SLICE("."), &scratch, &made));
	assert_int_equal(made.n, 1);
	bpe_merge_bytes(&bpe, SLICE("a.b"), &scratch, &made);
	assert_int_equal(made.n, 2);
	assert_int_equal(made.id[1], 30);
}

static void what_may_be_undone_is_left_to_merging(void **state)
{
	uint32_t next = 30;

	(void)state;
	clear_ground();
	plant(1, 2, 2, &next);  /* bc */
	plant(30, 3, 0, &next); /* bcd, before it */
	stand();
	assert_false(bpe_pairs(&bpe, SLICE("abcd"), &scratch, &made));
	assert_int_equal(made.n, 0);
	bpe_merge_bytes(&bpe, SLICE("abcd"), &scratch, &made);
	assert_int_equal(made.n, 2);
	assert_int_equal(made.id[1], 31);
}

static void a_tree_that_is_not_spelled_is_left_to_merging(void **state)
{
	uint32_t next = 30;

	(void)state;
	clear_ground();
	plant(0, 1, 0, &next);
	assert_false(bpe_pairs(&bpe, SLICE("ab"), &scratch, &made));
	bpe_seal(&bpe);
	bpe.tree = bpe_tree_create(&bpe, &forest_vocab, BPE_TREE_OF_BYTES);
	assert_false(bpe_pairs(&bpe, SLICE("ab"), &scratch, &made));
	bpe_merge_bytes(&bpe, SLICE("ab"), &scratch, &made);
	assert_int_equal(made.n, 1);
	assert_int_equal(made.id[0], 30);
}

/* U+2581 a U+2581a, where words have blanks. */
static void a_blank_in_a_word_may_stand_for_another_character(void **state)
{
	static const char *const entry[] = {"\u2581", "a", "\u2581a", " a"};

	(void)state;
	bpe_init(&bpe);
	vocab_init(&forest_vocab, 4, 4);
	for (uint32_t id = 0; id < 4; id++)
		assert_int_equal(
			vocab_add(&forest_vocab, id, slice_of(entry[id]), true),
			OK);
	add(0, 1, 0, 2);
	bpe_seal(&bpe);
	bpe.tree = bpe_tree_create(&bpe, &forest_vocab, BPE_TREE_OF_CHARS);
	assert_true(bpe_tree_spell(bpe.tree, &forest_vocab, true));
	assert_true(bpe_pairs(&bpe, SLICE(" aa  a"), &scratch, &made));
	assert_int_equal(made.n, 4);
	assert_memory_equal(made.id, ((uint32_t[]){2, 1, 0, 2}), 16);
	assert_false(bpe_pairs(&bpe, SLICE("\u2581a"), &scratch, &made));
	assert_false(bpe_pairs(&bpe, SLICE(" b"), &scratch, &made));
	assert_int_equal(made.n, 4);
}

/* Returns whether it was done by pairs. */
static bool check(struct rng *rng, uint32_t n_letter, size_t n)
{
	static char word[4097];
	static uint32_t id[4096];
	bool done;

	for (size_t i = 0; i < n; i++)
		word[i] = i > 0 && rng_below(rng, 3) == 0
				  ? word[i - 1]
				  : (char)('a' + rng_below(rng, n_letter));
	word[n] = '\0';
	made.n = 0;
	done = bpe_pairs(&bpe, slice_of(word), &scratch, &made);
	if (!done) {
		assert_int_equal(made.n, 0);
		bpe_merge_bytes(&bpe, slice_of(word), &scratch, &made);
	}
	assert_int_equal(made.n, define(word, id));
	assert_memory_equal(made.id, id, made.n * sizeof(*id));
	return done;
}

static void words_are_what_the_definition_says(void **state)
{
	struct rng rng;
	size_t done = 0;

	(void)state;
	rng_seed(&rng, 22);
	for (size_t i = 0; i < 60; i++) {
		uint32_t n_letter = 1 + (uint32_t)rng_below(&rng, 5);

		grow(&rng, n_letter, i % 2 == 0);
		for (size_t n = 1; n < 100; n += 3)
			done += check(&rng, n_letter, n);
		/* On both sides of what needs memory for its places. */
		for (size_t n = 253; n < 260; n++)
			done += check(&rng, n_letter, n);
		done += check(&rng, n_letter, 600 + rng_below(&rng, 1500));
		fell(NULL);
	}
	assert_true(done > 1000);
}

#define CASE(f) cmocka_unit_test_teardown(f, fell)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_longest_tokens_are_taken_where_they_go_together),
		CASE(a_token_that_goes_with_nothing_is_taken_back),
		CASE(a_byte_that_is_no_token_is_left_to_merging),
		CASE(what_may_be_undone_is_left_to_merging),
		CASE(a_tree_that_is_not_spelled_is_left_to_merging),
		CASE(a_blank_in_a_word_may_stand_for_another_character),
		CASE(words_are_what_the_definition_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

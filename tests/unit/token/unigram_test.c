#include "tests/unit/token/fixture.h"

#include <stdlib.h>

#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/token/unigram.h"
#include "common/token/vocab.h"

static struct unigram u;
static struct unigram_scratch scratch;
static struct token_list made;

static int end(void **state)
{
	(void)state;
	unigram_fini(&u);
	unigram_scratch_fini(&scratch);
	token_list_fini(&made);
	return 0;
}

/* Entry 0 is the unknown token. */
static void with(const char *const *text, const double *score, size_t n)
{
	struct trie_key key[32];
	double *scores = mem_array(n, sizeof(*scores));

	for (uint32_t i = 0; i < n; i++) {
		key[i] = (struct trie_key){slice_of(text[i]), i};
		scores[i] = score[i];
	}
	unigram_init(&u, key, n, scores);
	u.unk_id = 0;
}

static void usual(void)
{
	static const char *const text[] = {"<unk>", "a",     "b",  "c",
					   "d",     "cd",    "ab", "abc",
					   "abcd",  "\u00e9"};
	static const double score[] = {0, 0, 0, 0, 0, 1, 2, 5, 10, -1};

	with(text, score, 10);
}

static void expect(const char *word, size_t n, const uint32_t *id)
{
	made.n = 0;
	assert_int_equal(unigram_encode(&u, slice_of(word), &scratch, &made),
			 OK);
	assert_int_equal(made.n, n);
	assert_memory_equal(made.id, id, n * sizeof(*id));
}

static void the_best_sum_wins(void **state)
{
	(void)state;
	usual();
	expect("abcd", 1, (uint32_t[]){8});
	expect("abcdacd", 3, (uint32_t[]){8, 1, 5});
	expect("abccd", 2, (uint32_t[]){7, 5});
	expect("\u00e9a", 2, (uint32_t[]){9, 1});
}

static void unknown_characters_side_by_side_are_one(void **state)
{
	(void)state;
	usual();
	expect("xyza", 2, (uint32_t[]){0, 1});
	expect("axyb\u4f60", 4, (uint32_t[]){1, 0, 2, 0});
}

/* The unknown token as text joins them. */
static void the_unknown_token_may_stand_in_the_text(void **state)
{
	(void)state;
	usual();
	expect("<unk>", 1, (uint32_t[]){0});
	expect("<unk>xa", 2, (uint32_t[]){0, 1});
}

static void unknown_text_may_become_bytes(void **state)
{
	(void)state;
	usual();
	u.byte_fallback = true;
	u.byte_id['x'] = 100;
	u.byte_id['y'] = 101;
	expect("xya", 3, (uint32_t[]){100, 101, 1});
	expect("xza", 2, (uint32_t[]){0, 1});
}

static void unknown_text_may_be_an_entry_after_all(void **state)
{
	static const char *const text[] = {"<unk>", "a", "xy"};
	static const double score[] = {50, 50, 40};

	(void)state;
	with(text, score, 3);
	expect("xya", 2, (uint32_t[]){2, 1});
}

static void of_equal_sums_the_first_stays(void **state)
{
	static const char *const text[] = {"<unk>", "a", "b", "ab"};
	static const double score[] = {0, -1, -1, -2};

	(void)state;
	with(text, score, 4);
	expect("ab", 1, (uint32_t[]){3});
	expect("aab", 2, (uint32_t[]){1, 3});
}

static void without_an_unknown_token_unknown_text_is_refused(void **state)
{
	(void)state;
	usual();
	u.unk_id = VOCAB_NONE;
	expect("ab", 1, (uint32_t[]){6});
	assert_int_equal(unigram_encode(&u, SLICE("ax"), &scratch, &made),
			 ERR_INVALID);
}

static void a_word_without_end_is_refused(void **state)
{
	char byte = 'a';

	(void)state;
	usual();
	assert_int_equal(
		unigram_encode(&u, (struct slice){&byte, UNIGRAM_MAX_WORD + 1},
			       &scratch, &made),
		ERR_LIMIT);
}

static double best(const struct trie_key *key, const double *score, size_t n,
		   struct slice word)
{
	double most = word.n ? u.unk_score +
				       best(key, score, n, slice_from(word, 1))
			     : 0;

	for (size_t i = 0; i < n && word.n > 0; i++) {
		double sum;

		if (!slice_starts(word, key[i].text))
			continue;
		sum = score[i] +
		      best(key, score, n, slice_from(word, key[i].text.n));
		if (sum > most)
			most = sum;
	}
	return most;
}

static void no_way_is_better_than_the_one_that_is_chosen(void **state)
{
	static const char *const text[] = {"<unk>", "a",  "b",   "ab",
					   "ba",    "aa", "aba", "bb"};
	static const double score[] = {-9,   -1.5,  -2, -2.25,
				       -2.5, -2.75, -4, -5};
	struct trie_key key[8];
	struct rng rng;

	(void)state;
	with(text, score, 8);
	for (uint32_t i = 0; i < 8; i++)
		key[i] = (struct trie_key){slice_of(text[i]), i};
	rng_seed(&rng, 3);
	for (size_t round = 0; round < 200; round++) {
		char word[12];
		size_t n = 1 + rng_below(&rng, 11);
		double sum = 0;

		for (size_t i = 0; i < n; i++)
			word[i] = (char)('a' + rng_below(&rng, 2));
		made.n = 0;
		assert_int_equal(unigram_encode(&u, (struct slice){word, n},
						&scratch, &made),
				 OK);
		for (size_t i = 0; i < made.n; i++)
			sum += score[made.id[i]];
		assert_true(sum ==
			    best(key, score, 8, (struct slice){word, n}));
	}
}

#define CASE(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_best_sum_wins),
		CASE(unknown_characters_side_by_side_are_one),
		CASE(the_unknown_token_may_stand_in_the_text),
		CASE(unknown_text_may_become_bytes),
		CASE(unknown_text_may_be_an_entry_after_all),
		CASE(of_equal_sums_the_first_stays),
		CASE(without_an_unknown_token_unknown_text_is_refused),
		CASE(a_word_without_end_is_refused),
		CASE(no_way_is_better_than_the_one_that_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/token/merges.h"

static void the_lowest_rank_is_merged_first(void **state)
{
	(void)state;
	letters();
	add('a' - 'a', 'b' - 'a', 1, 30); /* ab */
	add('b' - 'a', 'c' - 'a', 0, 31); /* bc, before ab */
	expect("abc", 2, (uint32_t[]){0, 31});
	expect("ab", 1, (uint32_t[]){30});
}

static void of_equal_ranks_the_leftmost_goes_first(void **state)
{
	(void)state;
	letters();
	add(0, 0, 0, 30); /* aa */
	expect("aaa", 2, (uint32_t[]){30, 0});
	expect("aaaaa", 3, (uint32_t[]){30, 30, 0});
}

static void a_product_is_merged_again(void **state)
{
	(void)state;
	letters();
	add(0, 1, 0, 30);  /* ab */
	add(30, 2, 1, 31); /* abc */
	add(31, 31, 2, 32);
	expect("abcabc", 1, (uint32_t[]){32});
	expect("cab", 2, (uint32_t[]){2, 30});
}

static void a_pair_given_again_takes_the_later_rank(void **state)
{
	(void)state;
	letters();
	add(0, 1, 0, 30);
	add(1, 2, 1, 31);
	add(0, 1, 2, 30);
	expect("abc", 2, (uint32_t[]){0, 31});
}

static void bytes_outside_the_vocabulary_are_dropped(void **state)
{
	(void)state;
	letters();
	add(0, 1, 0, 30);
	expect("a.b", 1, (uint32_t[]){30});
	expect("...", 0, (uint32_t[]){0});
}

/* Merges of letters and of earlier products, in any order of ranks: the
 * files of real models are not sorted either. */
static void random_merges(struct rng *rng, uint32_t n_letter, uint32_t n)
{
	uint32_t rank[N_ID];

	letters();
	memset(table, 0, sizeof(table));
	for (uint32_t i = 0; i < n; i++)
		rank[i] = i;
	for (uint32_t i = n - 1; i > 0 && rng_below(rng, 2); i--) {
		size_t k = rng_below(rng, i + 1);
		uint32_t was = rank[i];

		rank[i] = rank[k];
		rank[k] = was;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t a = (uint32_t)rng_below(rng, n_letter + i);
		uint32_t b = (uint32_t)rng_below(rng, n_letter + i);
		struct bpe_merge m = {a < n_letter ? a : 30 + a - n_letter,
				      b < n_letter ? b : 30 + b - n_letter,
				      rank[i], 30 + i};

		if (table[m.left][m.right].id != 0)
			continue;
		table[m.left][m.right] = m;
		bpe_add(&bpe, m);
	}
}

static void check_length(struct rng *rng, uint32_t n_letter, size_t n)
{
	static uint32_t id[4096];
	static char word[4097];

	memset(word, 0, sizeof(word));
	for (size_t i = 0; i < n; i++) {
		id[i] = (uint32_t)rng_below(rng, n_letter);
		/* Runs of one letter, too. */
		if (i > 0 && rng_below(rng, 3) == 0)
			id[i] = id[i - 1];
		word[i] = (char)('a' + id[i]);
	}
	expect(word, slowly(id, n), id);
}

/* Lengths on both sides of the borders between the three methods. */
static void all_methods_do_what_the_definition_says(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7);
	for (size_t i = 0; i < 60; i++) {
		uint32_t n_letter = 1 + (uint32_t)rng_below(&rng, 4);

		random_merges(&rng, n_letter, 60);
		for (size_t n = 1; n < 100; n += 7)
			check_length(&rng, n_letter, n);
		check_length(&rng, n_letter, 500 + rng_below(&rng, 30));
		check_length(&rng, n_letter, 600 + rng_below(&rng, 1500));
		bpe_fini(&bpe);
	}
	letters();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_lowest_rank_is_merged_first,
					  teardown),
		cmocka_unit_test_teardown(
			of_equal_ranks_the_leftmost_goes_first, teardown),
		cmocka_unit_test_teardown(a_product_is_merged_again, teardown),
		cmocka_unit_test_teardown(
			a_pair_given_again_takes_the_later_rank, teardown),
		cmocka_unit_test_teardown(
			bytes_outside_the_vocabulary_are_dropped, teardown),
		cmocka_unit_test_teardown(
			all_methods_do_what_the_definition_says, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/token/fixture.h"

#include "common/base/rng.h"
#include "common/token/bpe.h"

/* Symbols 0..25 are the letters; others are made by merges. */
static struct bpe bpe;
static struct bpe_scratch scratch;
static struct token_list made;

static void add(uint32_t left, uint32_t right, uint32_t rank, uint32_t id)
{
	bpe_add(&bpe, (struct bpe_merge){left, right, rank, id});
}

static void letters(void)
{
	bpe_init(&bpe, 64);
	for (uint32_t i = 0; i < 26; i++)
		bpe.byte_id['a' + i] = i;
}

static void expect(const char *word, size_t n, const uint32_t *id)
{
	made.n = 0;
	bpe_merge_bytes(&bpe, slice_of(word), &scratch, &made);
	assert_int_equal(made.n, n);
	assert_memory_equal(made.id, id, n * sizeof(*id));
}

static int teardown(void **state)
{
	(void)state;
	bpe_fini(&bpe);
	bpe_scratch_fini(&scratch);
	token_list_fini(&made);
	return 0;
}

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
	assert_int_equal(bpe.n_merge, 2);
}

static void bytes_outside_the_vocabulary_are_dropped(void **state)
{
	(void)state;
	letters();
	add(0, 1, 0, 30);
	expect("a.b", 1, (uint32_t[]){30});
	expect("...", 0, (uint32_t[]){0});
}

#define N_ID 512

/* The definition, word for word. */
static struct bpe_merge table[N_ID][N_ID];

static size_t slowly(uint32_t *id, size_t n)
{
	for (;;) {
		size_t best = SIZE_MAX;
		uint32_t rank = UINT32_MAX;

		for (size_t i = 0; i + 1 < n; i++) {
			const struct bpe_merge *m = &table[id[i]][id[i + 1]];

			if (m->id != 0 && m->rank < rank) {
				rank = m->rank;
				best = i;
			}
		}
		if (best == SIZE_MAX)
			return n;
		id[best] = table[id[best]][id[best + 1]].id;
		n--;
		memmove(&id[best + 1], &id[best + 2],
			(n - best - 1) * sizeof(*id));
	}
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

/* Byte i joins byte i + 1, the later the sooner: where a chain of bytes ends
 * decides on every pair before it, far beyond a window's end. */
static void what_comes_late_decides_on_what_came_early(void **state)
{
	static uint32_t id[4096];
	struct rng rng;

	(void)state;
	memset(table, 0, sizeof(table));
	bpe_init(&bpe, 256);
	for (uint32_t i = 0; i < 256; i++)
		bpe.byte_id[i] = i;
	for (uint32_t i = 0; i < 255; i++) {
		table[i][i + 1] = (struct bpe_merge){i, i + 1, 255 - i,
						     256 + i};
		bpe_add(&bpe, table[i][i + 1]);
	}
	rng_seed(&rng, 11);
	for (size_t round = 0; round < 50; round++) {
		char word[4096];
		size_t n = 0;

		while (n < 3000) {
			size_t first = rng_below(&rng, 20);
			size_t last = 120 + rng_below(&rng, 136);

			for (size_t i = first; i <= last; i++)
				word[n++] = (char)i;
		}
		for (size_t i = 0; i < n; i++)
			id[i] = (unsigned char)word[i];
		made.n = 0;
		bpe_merge_bytes(&bpe, (struct slice){word, n}, &scratch, &made);
		assert_int_equal(made.n, slowly(id, n));
		assert_memory_equal(made.id, id, made.n * sizeof(*id));
	}
}

static void a_million_equal_letters_are_merged(void **state)
{
	static char word[1000001];

	(void)state;
	letters();
	add(0, 0, 0, 30);
	add(30, 30, 1, 31);
	memset(word, 'a', 1000000);
	made.n = 0;
	bpe_merge_bytes(&bpe, slice_of(word), &scratch, &made);
	assert_int_equal(made.n, 250000);
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
		cmocka_unit_test_teardown(
			what_comes_late_decides_on_what_came_early, teardown),
		cmocka_unit_test_teardown(a_million_equal_letters_are_merged,
					  teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

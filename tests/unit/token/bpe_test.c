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

/* The definition, word for word. */
static size_t slowly(uint32_t *id, size_t n)
{
	for (;;) {
		size_t best = SIZE_MAX;
		struct bpe_merge m = {.rank = UINT32_MAX};

		for (size_t i = 0; i + 1 < n; i++)
			for (size_t k = 0; k < bpe.n_slot; k++) {
				struct bpe_merge *s = &bpe.merge[k];

				if (s->left == id[i] && s->right == id[i + 1] &&
				    s->rank < m.rank) {
					m = *s;
					best = i;
				}
			}
		if (best == SIZE_MAX)
			return n;
		id[best] = m.id;
		n--;
		memmove(&id[best + 1], &id[best + 2],
			(n - best - 1) * sizeof(*id));
	}
}

/* Lengths on both sides of the border between the two methods. */
static void both_methods_do_what_the_definition_says(void **state)
{
	struct rng rng;

	(void)state;
	letters();
	rng_seed(&rng, 7);
	for (uint32_t i = 0; i < 40; i++) {
		uint32_t left = (uint32_t)rng_below(&rng, 3 + i);
		uint32_t right = (uint32_t)rng_below(&rng, 3);

		add(left < 3 ? left : 97 + left, right, i, 100 + i);
	}
	for (size_t n = 1; n < 140; n++) {
		uint32_t id[140];
		char word[141] = {0};

		for (size_t i = 0; i < n; i++) {
			id[i] = (uint32_t)rng_below(&rng, 3);
			word[i] = (char)('a' + id[i]);
		}
		expect(word, slowly(id, n), id);
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
			both_methods_do_what_the_definition_says, teardown),
		cmocka_unit_test_teardown(a_million_equal_letters_are_merged,
					  teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

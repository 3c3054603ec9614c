#include "tests/unit/token/forest.h"

static uint32_t next;

static void a_token_has_the_parts_of_its_last_merge(void **state)
{
	(void)state;
	clear_ground();
	next = 30;
	plant(0, 1, 0, &next);  /* ab */
	plant(30, 2, 1, &next); /* abc */
	stand();
	assert_int_equal(bpe.tree->node[31].left, 30);
	assert_int_equal(bpe.tree->node[31].right, 2);
	assert_int_equal(bpe.tree->node[31].n, 3);
	assert_int_equal(bpe.tree->node[31].shorter, 30);
	assert_true(bpe_tree_makes(bpe.tree, 31));
	assert_true(bpe_tree_makes(bpe.tree, 0));
}

/* "abc" becomes ab, c: so nothing becomes a + bc. */
static void what_merging_never_gives_is_not_made(void **state)
{
	(void)state;
	clear_ground();
	next = 30;
	plant(0, 1, 0, &next);  /* ab */
	plant(1, 2, 1, &next);  /* bc */
	plant(0, 31, 2, &next); /* a bc */
	stand();
	assert_false(bpe_tree_makes(bpe.tree, 32));
	assert_int_equal(bpe_tree_pair(bpe.tree, 0, 31), BPE_NO_PAIR);
}

static void tokens_that_are_merged_are_no_pair(void **state)
{
	(void)state;
	clear_ground();
	next = 30;
	plant(0, 1, 0, &next);
	plant(2, 3, 1, &next);
	plant(30, 31, 2, &next);
	stand();
	assert_int_equal(bpe_tree_pair(bpe.tree, 0, 1), BPE_NO_PAIR);
	assert_int_equal(bpe_tree_pair(bpe.tree, 30, 31), BPE_NO_PAIR);
	assert_int_equal(bpe_tree_pair(bpe.tree, 31, 30), BPE_PAIR);
	assert_int_equal(bpe_tree_pair(bpe.tree, 1, 0), BPE_PAIR);
}

/* bc + d ranks before bc, as if it had been given for the sake of b + cd. */
static void where_a_merge_comes_too_early_nothing_is_said(void **state)
{
	(void)state;
	clear_ground();
	next = 30;
	plant(0, 1, 1, &next);  /* ab */
	plant(1, 2, 2, &next);  /* bc */
	plant(31, 3, 0, &next); /* bcd */
	stand();
	assert_int_equal(bpe_tree_pair(bpe.tree, 31, 3), BPE_UNSURE);
	assert_false(bpe_tree_makes(bpe.tree, 32));
	assert_int_equal(bpe_tree_pair(bpe.tree, 30, 2), BPE_PAIR);
}

static bool both_stay(uint32_t left, uint32_t right)
{
	char text[2 * MAX_PART + 1];
	uint32_t id[2 * MAX_PART];

	strcpy(text, forest_text[left]);
	strcat(text, forest_text[right]);
	return define(text, id) == 2 && id[0] == left && id[1] == right;
}

static bool stays(uint32_t one)
{
	uint32_t id[MAX_PART];

	return define(forest_text[one], id) == 1 && id[0] == one;
}

/* Returns how many pairs were looked at of which something is said. */
static size_t compare_all(void)
{
	size_t said = 0;

	for (uint32_t a = 0; a < N_ID; a++) {
		if (forest_text[a][0] && bpe_tree_makes(bpe.tree, a))
			assert_true(stays(a));
		for (uint32_t b = 0; b < N_ID; b++) {
			enum bpe_pair pair;

			if (!bpe_tree_makes(bpe.tree, a) ||
			    !bpe_tree_makes(bpe.tree, b))
				continue;
			pair = bpe_tree_pair(bpe.tree, a, b);
			if (pair == BPE_UNSURE)
				continue;
			assert_int_equal(pair == BPE_PAIR, both_stay(a, b));
			said++;
		}
	}
	return said;
}

static void pairs_are_what_the_definition_says(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 21);
	for (size_t i = 0; i < 30; i++) {
		grow(&rng, 1 + (uint32_t)rng_below(&rng, 5), i % 2 == 0);
		assert_true(compare_all() > 26);
		for (uint32_t id = 0; id < N_ID; id++)
			if (!bpe.tree->any_left_out && forest_text[id][0])
				assert_int_equal(stays(id),
						 bpe_tree_makes(bpe.tree, id));
		fell(NULL);
	}
}

#define CASE(f) cmocka_unit_test_teardown(f, fell)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_token_has_the_parts_of_its_last_merge),
		CASE(what_merging_never_gives_is_not_made),
		CASE(tokens_that_are_merged_are_no_pair),
		CASE(where_a_merge_comes_too_early_nothing_is_said),
		CASE(pairs_are_what_the_definition_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

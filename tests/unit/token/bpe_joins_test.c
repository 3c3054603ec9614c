#include "tests/unit/token/fixture.h"

#include "common/base/rng.h"
#include "common/token/bpe_joins.h"
#include "common/token/vocab.h"

static struct bpe_joins joins;

static int end(void **state)
{
	(void)state;
	bpe_joins_fini(&joins);
	return 0;
}

static void a_pair_has_its_rank_and_its_product(void **state)
{
	static const struct bpe_merge merge[] = {{3, 4, 0, 9}, {3, 9, 1, 10}};

	(void)state;
	bpe_joins_build(&joins, merge, 2);
	assert_int_equal(bpe_joins_rank(&joins, 3, 4), 0);
	assert_int_equal(bpe_joins_rank(&joins, 3, 9), 1);
	assert_int_equal(joins.id[0], 9);
	assert_int_equal(joins.id[1], 10);
}

static void what_is_no_pair_has_no_rank(void **state)
{
	static const struct bpe_merge merge[] = {{3, 4, 0, 9}};

	(void)state;
	bpe_joins_build(&joins, merge, 1);
	assert_int_equal(bpe_joins_rank(&joins, 4, 3), BPE_NO_RANK);
	assert_int_equal(bpe_joins_rank(&joins, 0, 4), BPE_NO_RANK);
	assert_int_equal(bpe_joins_rank(&joins, 9, 4), BPE_NO_RANK);
	assert_int_equal(bpe_joins_rank(&joins, UINT32_MAX - 1, 4),
			 BPE_NO_RANK);
	assert_int_equal(bpe_joins_rank(&joins, 3, UINT32_MAX - 1),
			 BPE_NO_RANK);
}

static void none_at_all_find_nothing(void **state)
{
	(void)state;
	bpe_joins_build(&joins, NULL, 0);
	assert_int_equal(bpe_joins_rank(&joins, 0, 0), BPE_NO_RANK);
}

static void of_equal_pairs_the_last_counts(void **state)
{
	static const struct bpe_merge merge[] = {
		{1, 2, 0, 5}, {2, 1, 1, 6}, {1, 2, 2, 5}};

	(void)state;
	bpe_joins_build(&joins, merge, 3);
	assert_int_equal(bpe_joins_rank(&joins, 1, 2), 2);
	assert_int_equal(bpe_joins_rank(&joins, 2, 1), 1);
}

/* Each left token has its own places: one that has very many does not get
 * in the way of the others. */
static void many_pairs_are_all_found(void **state)
{
	static uint32_t rank_of[64][512];
	static struct bpe_merge merge[64 * 512];
	struct rng r;
	size_t n = 0;

	(void)state;
	rng_seed(&r, 3);
	memset(rank_of, 0xff, sizeof(rank_of));
	for (uint32_t left = 0; left < 64; left++)
		for (uint32_t right = 0; right < 512; right++)
			if (rng_below(&r, left + 1) == 0) {
				rank_of[left][right] = (uint32_t)n;
				merge[n] = (struct bpe_merge){left, right * 3,
							      (uint32_t)n, 0};
				n++;
			}
	bpe_joins_build(&joins, merge, n);
	for (uint32_t left = 0; left < 64; left++)
		for (uint32_t right = 0; right < 512; right++)
			assert_int_equal(
				bpe_joins_rank(&joins, left, right * 3),
				rank_of[left][right]);
	assert_true(bpe_joins_bytes(&joins) < n * 40);
}

#define CASE(f) cmocka_unit_test_teardown(f, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_pair_has_its_rank_and_its_product),
		CASE(what_is_no_pair_has_no_rank),
		CASE(none_at_all_find_nothing),
		CASE(of_equal_pairs_the_last_counts),
		CASE(many_pairs_are_all_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

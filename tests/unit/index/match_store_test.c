#include "common/base/rng.h"
#include "router/index/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#define CHAIN   600
#define WORKERS 70
#define STORE   100

static struct index *ix;
static struct index_reader *reader;
static unsigned all[WORKERS];
static uint64_t chain[CHAIN];
static uint32_t got[WORKERS];

static int init(void **state)
{
	(void)state;
	ix = index_create((size_t)32 << 20);
	reader = index_reader_create(ix);
	for (unsigned w = 0; w < WORKERS; w++)
		all[w] = w;
	for (uint64_t i = 0; i < CHAIN; i++)
		chain[i] = i * 31 + 5;
	return 0;
}

static int fini(void **state)
{
	(void)state;
	index_reader_destroy(&reader);
	index_destroy(&ix);
	return 0;
}

static void put(size_t from, size_t to)
{
	index_put_run(ix, chain + from, to - from, STORE, INDEX_OTHER);
}

static void match_with(size_t n, unsigned store)
{
	memset(got, 0xff, sizeof(got));
	index_match_store(reader, chain, n, all, WORKERS, store, got);
}

static void match(size_t n)
{
	match_with(n, STORE);
}

static void everybody_goes_on_in_the_store(void **state)
{
	static const size_t head[] = {0, 1, 5, 40, CHAIN - 2};

	(void)state;
	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++) {
		size_t to = head[i] + 1;

		index_store_run(ix, chain, head[i], 3, INDEX_GPU);
		index_store_run(ix, chain + head[i], to - head[i], 3,
				INDEX_OTHER);
		put(to, CHAIN);
		match(CHAIN);
		assert_int_equal(got[3], CHAIN);
		/* Who has nothing in front of it has no use for its tail. */
		assert_int_equal(got[4], 0);
		assert_int_equal(got[69], 0);
		match(7);
		assert_int_equal(got[3], 7);
		index_clear(ix, 3, INDEX_GPU);
		index_clear(ix, 3, INDEX_OTHER);
		index_clear(ix, STORE, INDEX_OTHER);
	}
}

static void who_has_nothing_has_what_the_store_has(void **state)
{
	(void)state;
	put(0, 50);
	match(CHAIN);
	for (unsigned w = 0; w < WORKERS; w++)
		assert_int_equal(got[w], 50);
	index_store_run(ix, chain, 60, 3, INDEX_GPU);
	match(CHAIN);
	assert_int_equal(got[3], 60);
	assert_int_equal(got[2], 50);
	/* In a group that has no block of its own, too. */
	assert_int_equal(got[69], 50);
}

static void each_length_is_found_exactly(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 8);
	for (int round = 0; round < 200; round++) {
		size_t own[WORKERS], store = rng_below(&r, CHAIN + 1);
		size_t n = rng_below(&r, CHAIN + 1);

		put(0, store);
		for (unsigned w = 0; w < WORKERS; w++) {
			own[w] = w % 3 == 0 ? rng_below(&r, CHAIN + 1) : 0;
			index_store_run(ix, chain, own[w], w, w % 2);
		}
		match(n);
		for (unsigned w = 0; w < WORKERS; w++) {
			size_t most = own[w] > store ? own[w] : store;

			most = store > 0 ? most : 0;
			assert_int_equal(got[w], most < n ? most : n);
			index_clear(ix, w, INDEX_GPU);
			index_clear(ix, w, INDEX_OTHER);
		}
		index_clear(ix, STORE, INDEX_OTHER);
	}
}

static void a_hole_in_all_of_them_ends_it(void **state)
{
	(void)state;
	index_store_run(ix, chain, 100, 3, INDEX_GPU);
	put(101, CHAIN);
	match(101);
	assert_int_equal(got[3], 100);
	index_store(ix, chain[100], 4, INDEX_OTHER);
	match(101);
	assert_int_equal(got[3], 100);
	assert_int_equal(got[4], 0);
}

static void a_store_without_blocks_gives_nothing(void **state)
{
	(void)state;
	match(CHAIN);
	assert_int_equal(got[3], 0);
	index_store_run(ix, chain, 100, 3, INDEX_GPU);
	match(CHAIN);
	assert_int_equal(got[3], 0);
	match(0);
	assert_int_equal(got[3], 0);
}

/* Its bit stands beside those of workers, in the same words. */
static void others_with_ids_near_its_own_are_not_the_store(void **state)
{
	(void)state;
	index_store_run(ix, chain, 100, 65, INDEX_OTHER);
	put(0, 1);
	match(CHAIN);
	assert_int_equal(got[64], 1);
	assert_int_equal(got[65], 100);
	assert_int_equal(got[1], 1);
	match_with(CHAIN, STORE + 1);
	assert_int_equal(got[65], 0);
}

static void several_who_tell_of_a_block_are_as_good_as_one(void **state)
{
	(void)state;
	put(0, 10);
	put(0, 10);
	put(5, 12);
	assert_int_equal(index_worker_blocks(ix, STORE, INDEX_OTHER), 12);
	index_remove_run(ix, chain, 6, STORE, INDEX_OTHER);
	assert_int_equal(index_worker_blocks(ix, STORE, INDEX_OTHER), 6);
	match(CHAIN);
	assert_int_equal(got[0], 0);
	index_remove_run(ix, chain, 12, STORE, INDEX_OTHER);
	index_remove_run(ix, chain, 12, STORE, INDEX_OTHER);
	assert_int_equal(index_worker_blocks(ix, STORE, INDEX_OTHER), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, init, fini)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everybody_goes_on_in_the_store),
		TEST(who_has_nothing_has_what_the_store_has),
		TEST(each_length_is_found_exactly),
		TEST(a_hole_in_all_of_them_ends_it),
		TEST(a_store_without_blocks_gives_nothing),
		TEST(others_with_ids_near_its_own_are_not_the_store),
		TEST(several_who_tell_of_a_block_are_as_good_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

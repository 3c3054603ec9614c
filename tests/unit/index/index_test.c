#include "common/base/rng.h"
#include "router/index/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#define MIB ((size_t)1 << 20)

static struct index *ix;
static struct index_reader *reader;

static void open_index(size_t max_bytes)
{
	ix = index_create(max_bytes);
	reader = index_reader_create(ix);
}

static void close_index(void)
{
	index_reader_destroy(&reader);
	index_destroy(&ix);
	assert_null(ix);
}

/* Whether one block is held; INDEX_OTHER: in either tier. */
static bool held(uint64_t key, unsigned worker, enum index_tier tier)
{
	uint32_t blocks[1][INDEX_TIERS];

	index_match(reader, &key, 1, &worker, 1, blocks);
	return blocks[0][tier] == 1;
}

static struct index_stats stats(void)
{
	struct index_stats s;

	index_stats(ix, &s);
	return s;
}

static void sweep_all(void)
{
	while (index_sweep(ix))
		;
}

static void a_new_index_holds_nothing(void **state)
{
	(void)state;
	open_index(MIB);
	assert_false(held(1, 0, INDEX_GPU));
	assert_int_equal(stats().entries, 0);
	assert_int_equal(stats().max_bytes, MIB);
	assert_int_equal(index_worker_blocks(ix, 5, INDEX_GPU), 0);
	index_remove(ix, 1, 0, INDEX_GPU);
	index_clear(ix, 0, INDEX_GPU);
	close_index();
	index_destroy(&ix);
}

static void a_stored_block_is_held_by_its_worker_in_its_tier(void **state)
{
	(void)state;
	open_index(MIB);
	index_store(ix, 42, 3, INDEX_GPU);
	assert_true(held(42, 3, INDEX_GPU));
	assert_false(held(42, 3, INDEX_OTHER));
	assert_false(held(42, 4, INDEX_GPU));
	assert_false(held(42, 67, INDEX_GPU));
	assert_false(held(43, 3, INDEX_GPU));
	assert_int_equal(stats().entries, 1);
	assert_int_equal(index_worker_blocks(ix, 3, INDEX_GPU), 1);
	assert_int_equal(index_worker_blocks(ix, 3, INDEX_OTHER), 0);
	close_index();
}

static void any_key_can_be_stored(void **state)
{
	static const uint64_t keys[] = {0, 1, UINT64_MAX, 1ull << 63, 1u << 31};

	(void)state;
	open_index(MIB);
	for (size_t i = 0; i < 5; i++) {
		assert_false(held(keys[i], 0, INDEX_GPU));
		index_store(ix, keys[i], 0, INDEX_GPU);
		assert_true(held(keys[i], 0, INDEX_GPU));
	}
	assert_int_equal(stats().entries, 5);
	for (size_t i = 0; i < 5; i++) {
		index_remove(ix, keys[i], 0, INDEX_GPU);
		assert_false(held(keys[i], 0, INDEX_GPU));
	}
	assert_int_equal(stats().entries, 0);
	close_index();
}

static void a_block_stays_until_its_last_copy_is_removed(void **state)
{
	(void)state;
	open_index(MIB);
	for (int i = 0; i < 3; i++)
		index_store(ix, 1, 0, INDEX_GPU);
	index_store(ix, 1, 1, INDEX_GPU);
	assert_int_equal(index_worker_blocks(ix, 0, INDEX_GPU), 1);
	index_remove(ix, 1, 0, INDEX_GPU);
	index_remove(ix, 1, 0, INDEX_GPU);
	assert_true(held(1, 0, INDEX_GPU));
	index_remove(ix, 1, 0, INDEX_GPU);
	assert_false(held(1, 0, INDEX_GPU));
	assert_true(held(1, 1, INDEX_GPU));
	assert_int_equal(index_worker_blocks(ix, 0, INDEX_GPU), 0);
	close_index();
}

static void a_removal_too_many_is_ignored(void **state)
{
	(void)state;
	open_index(MIB);
	index_store(ix, 1, 0, INDEX_GPU);
	index_remove(ix, 1, 0, INDEX_GPU);
	index_remove(ix, 1, 0, INDEX_GPU);
	assert_int_equal(index_worker_blocks(ix, 0, INDEX_GPU), 0);
	index_store(ix, 1, 0, INDEX_GPU);
	assert_true(held(1, 0, INDEX_GPU));
	index_remove(ix, 1, 0, INDEX_OTHER);
	index_remove(ix, 1, 1, INDEX_GPU);
	assert_true(held(1, 0, INDEX_GPU));
	close_index();
}

static void a_clear_takes_one_worker_out_of_one_tier(void **state)
{
	(void)state;
	open_index(4 * MIB);
	for (uint64_t k = 0; k < 5000; k++) {
		index_store(ix, k, 0, INDEX_GPU);
		index_store(ix, k, 0, INDEX_GPU);
		if (k % 2 == 0)
			index_store(ix, k, 1, INDEX_GPU);
		index_store(ix, k, 0, INDEX_OTHER);
	}
	index_clear(ix, 0, INDEX_GPU);
	assert_int_equal(index_worker_blocks(ix, 0, INDEX_GPU), 0);
	assert_int_equal(index_worker_blocks(ix, 1, INDEX_GPU), 2500);
	assert_int_equal(index_worker_blocks(ix, 0, INDEX_OTHER), 5000);
	sweep_all();
	assert_int_equal(stats().entries, 7500);
	for (uint64_t k = 0; k < 5000; k++) {
		assert_false(held(k, 0, INDEX_GPU));
		assert_int_equal(held(k, 1, INDEX_GPU), k % 2 == 0);
		assert_true(held(k, 0, INDEX_OTHER));
	}
	/* The copies are forgotten too. */
	index_store(ix, 7, 0, INDEX_GPU);
	index_remove(ix, 7, 0, INDEX_GPU);
	assert_false(held(7, 0, INDEX_GPU));
	close_index();
}

/* Amid a sweep, which takes many calls here. */
static void what_is_cleared_is_gone_before_it_is_swept(void **state)
{
	unsigned calls = 0, again = 0;

	(void)state;
	open_index(16 * MIB);
	for (uint64_t k = 0; k < 50000; k++) {
		index_store(ix, k, 0, INDEX_GPU);
		if (k % 2 == 0)
			index_store(ix, k, 1, INDEX_GPU);
	}
	index_clear(ix, 0, INDEX_GPU);
	assert_int_equal(index_worker_blocks(ix, 0, INDEX_GPU), 0);
	do {
		for (uint64_t k = 0; k < 50000; k += 97) {
			assert_int_equal(held(k, 0, INDEX_GPU), k < again);
			assert_int_equal(held(k, 1, INDEX_GPU), k % 2 == 0);
		}
		/* What is removed is not there; what comes back is. */
		index_remove(ix, 49999 - calls, 0, INDEX_GPU);
		index_store(ix, again++, 0, INDEX_GPU);
		calls++;
	} while (index_sweep(ix));
	assert_true(calls > 3);
	assert_int_equal(index_worker_blocks(ix, 0, INDEX_GPU), again);
	assert_int_equal(index_worker_blocks(ix, 1, INDEX_GPU), 25000);
	assert_int_equal(stats().entries, 25000 + again / 2);
	assert_false(index_sweep(ix));
	close_index();
}

/* Blocks of the cleared are dropped with the others, and not counted off
 * again. */
static void a_full_index_may_be_cleared_and_filled(void **state)
{
	(void)state;
	open_index(MIB);
	for (unsigned round = 0; round < 20; round++) {
		for (uint64_t k = 0; k < 40000; k++) {
			index_store(ix, round * 40000 + k, k % 3, INDEX_GPU);
			index_store(ix, round * 40000 + k, 5, INDEX_GPU);
		}
		index_clear(ix, round % 3, INDEX_GPU);
		if (round % 4 == 0)
			(void)index_sweep(ix);
		assert_true(stats().bytes <= MIB);
		for (unsigned w = 0; w < 6; w++)
			assert_true(index_worker_blocks(ix, w, INDEX_GPU) <=
				    stats().entries);
	}
	for (unsigned w = 0; w < 6; w++)
		index_clear(ix, w, INDEX_GPU);
	sweep_all();
	assert_int_equal(stats().entries, 0);
	close_index();
}

static void every_worker_number_is_told_apart(void **state)
{
	(void)state;
	open_index(4 * MIB);
	for (unsigned w = 0; w < INDEX_MAX_WORKERS; w++)
		index_store(ix, w % 100, w, w % INDEX_TIERS);
	for (unsigned w = 0; w < INDEX_MAX_WORKERS; w++) {
		assert_true(held(w % 100, w, w % INDEX_TIERS));
		assert_int_equal(held(w % 100, w, INDEX_GPU),
				 w % INDEX_TIERS == INDEX_GPU);
		assert_false(held((w + 1) % 100, w, w % INDEX_TIERS));
	}
	close_index();
}

/* Random stores, removals and clears against plain counters. */
#define MODEL_KEYS    3000
#define MODEL_WORKERS 4
static unsigned model[MODEL_KEYS][MODEL_WORKERS][INDEX_TIERS];
static const unsigned model_worker[MODEL_WORKERS] = {0, 1, 63, 130};

static void model_check(void)
{
	size_t blocks[MODEL_WORKERS][INDEX_TIERS] = {0};
	uint32_t got[MODEL_WORKERS][INDEX_TIERS];

	for (uint64_t k = 0; k < MODEL_KEYS; k++) {
		index_match(reader, &k, 1, model_worker, MODEL_WORKERS, got);
		for (unsigned i = 0; i < MODEL_WORKERS * INDEX_TIERS; i++) {
			const unsigned *in = model[k][i / 2];
			unsigned n = in[i % 2];

			assert_int_equal(got[i / 2][i % 2],
					 in[INDEX_GPU] > 0 || n > 0);
			blocks[i / 2][i % 2] += n > 0;
		}
	}
	for (unsigned i = 0; i < MODEL_WORKERS * INDEX_TIERS; i++)
		assert_int_equal(
			index_worker_blocks(ix, model_worker[i / 2], i % 2),
			blocks[i / 2][i % 2]);
	assert_int_equal(stats().evicted, 0);
}

static void model_step(struct rng *r, unsigned bias)
{
	uint64_t k = rng_below(r, MODEL_KEYS);
	unsigned w = (unsigned)rng_below(r, MODEL_WORKERS);
	unsigned tier = (unsigned)rng_below(r, INDEX_TIERS);
	uint64_t dice = rng_below(r, 10000);

	if (dice % 1000 == 7)
		(void)index_sweep(ix);

	if (dice == 0) {
		index_clear(ix, model_worker[w], tier);
		for (k = 0; k < MODEL_KEYS; k++)
			model[k][w][tier] = 0;
	} else if (dice < bias) {
		index_store(ix, k, model_worker[w], tier);
		model[k][w][tier]++;
	} else {
		index_remove(ix, k, model_worker[w], tier);
		model[k][w][tier] -= model[k][w][tier] > 0;
	}
}

static void random_steps_agree_with_plain_counters(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 1);
	open_index(64 * MIB);
	memset(model, 0, sizeof(model));
	for (unsigned round = 0; round < 40; round++) {
		for (int i = 0; i < 5000; i++)
			model_step(&r, round % 2 ? 3500 : 6500);
		model_check();
	}
	close_index();
}

static void all_is_kept_while_it_grows(void **state)
{
	uint64_t n = 400000;

	(void)state;
	open_index(64 * MIB);
	for (uint64_t k = 0; k < n; k++) {
		index_store(ix, k, k % 64, INDEX_GPU);
		/* Amid the moves, too. */
		if (k % 7 == 0)
			assert_true(held(k / 2, k / 2 % 64, INDEX_GPU));
	}
	assert_int_equal(stats().entries, n);
	assert_int_equal(stats().evicted, 0);
	for (uint64_t k = 0; k < n; k++)
		assert_true(held(k, k % 64, INDEX_GPU));
	for (uint64_t k = n; k < 2 * n; k++)
		assert_false(held(k, k % 64, INDEX_GPU));
	assert_in_range(stats().bytes, 8 * n, 14 * n);
	close_index();
}

static void a_run_is_stored_like_its_blocks(void **state)
{
	uint64_t key[100];

	(void)state;
	open_index(MIB);
	for (uint64_t i = 0; i < 100; i++)
		key[i] = i * i;
	index_store_run(ix, key, 100, 9, INDEX_OTHER);
	index_store_run(ix, key, 0, 9, INDEX_OTHER);
	index_store_run(ix, key, 50, 9, INDEX_OTHER);
	assert_int_equal(index_worker_blocks(ix, 9, INDEX_OTHER), 100);
	for (uint64_t i = 0; i < 100; i++) {
		index_remove(ix, key[i], 9, INDEX_OTHER);
		assert_int_equal(held(key[i], 9, INDEX_OTHER), i < 50);
	}
	close_index();
}

static void a_run_is_removed_like_its_blocks(void **state)
{
	uint64_t key[100];

	(void)state;
	open_index(MIB);
	for (uint64_t i = 0; i < 100; i++)
		key[i] = i * i;
	index_remove_run(ix, key, 100, 9, INDEX_GPU);
	index_store_run(ix, key, 100, 9, INDEX_GPU);
	index_store_run(ix, key, 10, 9, INDEX_GPU);
	index_store_run(ix, key, 100, 8, INDEX_GPU);
	index_remove_run(ix, key, 0, 9, INDEX_GPU);
	index_remove_run(ix, key, 50, 9, INDEX_GPU);
	index_remove_run(ix, key, 100, 9, INDEX_OTHER);
	assert_int_equal(index_worker_blocks(ix, 9, INDEX_GPU), 60);
	assert_int_equal(index_worker_blocks(ix, 8, INDEX_GPU), 100);
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(held(key[i], 9, INDEX_GPU), i < 10 || i >= 50);
	close_index();
}

static void the_budget_is_kept_by_dropping_the_oldest(void **state)
{
	uint64_t n = 500000, old = 0, young = 0;

	(void)state;
	open_index(2 * MIB);
	for (uint64_t k = 0; k < n; k++) {
		index_store(ix, k, k % 3, INDEX_GPU);
		if (k % 1000 == 0)
			assert_true(stats().bytes <= 2 * MIB);
	}
	assert_true(stats().entries > 2 * MIB / 16);
	assert_int_equal(stats().evicted, n - stats().entries);
	for (uint64_t k = 0; k < n; k++) {
		bool in = held(k, k % 3, INDEX_GPU);

		old += in && k < n - 2 * stats().entries;
		young += in && k >= n - stats().entries / 2;
	}
	assert_in_range(old, 0, n / 5000);
	/* A few have bad luck: where a segment's end was crowded. */
	assert_true(young > stats().entries / 2 * 0.999);
	assert_int_equal(index_worker_blocks(ix, 0, INDEX_GPU) +
				 index_worker_blocks(ix, 1, INDEX_GPU) +
				 index_worker_blocks(ix, 2, INDEX_GPU),
			 stats().entries);
	close_index();
}

static void what_is_announced_again_is_not_the_oldest(void **state)
{
	(void)state;
	open_index(2 * MIB);
	for (uint64_t k = 0; k < 500000; k++) {
		index_store(ix, k, 0, INDEX_GPU);
		if (k % 100 == 0)
			for (uint64_t hot = 0; hot < 100; hot++)
				index_store(ix, hot, 1, INDEX_GPU);
	}
	assert_true(stats().evicted > 0);
	for (uint64_t hot = 0; hot < 100; hot++)
		assert_true(held(hot, 1, INDEX_GPU));
	close_index();
}

static void dropped_blocks_take_their_copies_along(void **state)
{
	(void)state;
	open_index(MIB);
	index_store(ix, 1, 0, INDEX_GPU);
	index_store(ix, 1, 0, INDEX_GPU);
	for (uint64_t k = 2; k < 500000; k++)
		index_store(ix, k, 1, INDEX_GPU);
	assert_false(held(1, 0, INDEX_GPU));
	assert_int_equal(index_worker_blocks(ix, 0, INDEX_GPU), 0);
	index_store(ix, 1, 0, INDEX_GPU);
	index_remove(ix, 1, 0, INDEX_GPU);
	assert_false(held(1, 0, INDEX_GPU));
	close_index();
}

static void late_workers_get_their_share_of_the_budget(void **state)
{
	unsigned both = 0;

	(void)state;
	open_index(2 * MIB);
	for (uint64_t k = 0; k < 300000; k++)
		index_store(ix, k, 0, INDEX_GPU);
	for (uint64_t k = 0; k < 300000; k++) {
		index_store(ix, k, 64, INDEX_GPU);
		if (k % 1000 == 0)
			assert_true(stats().bytes <= 2 * MIB);
	}
	assert_true(index_worker_blocks(ix, 64, INDEX_GPU) >
		    stats().entries / 3);
	assert_true(index_worker_blocks(ix, 0, INDEX_GPU) >
		    stats().entries / 3);
	for (uint64_t k = 299000; k < 300000; k++) {
		both += held(k, 64, INDEX_GPU);
		both += held(k, 0, INDEX_GPU);
	}
	assert_true(both > 2000 * 0.99);
	close_index();
}

static void more_sets_than_there_is_room_for_lose_blocks_only(void **state)
{
	struct rng r;
	uint64_t n = 20000, wrong = 0;

	(void)state;
	rng_seed(&r, 2);
	open_index(MIB);
	/* Nearly every block gets a set of holders of its own. */
	for (uint64_t k = 0; k < n; k++) {
		uint64_t mask = rng_next(&r);

		for (unsigned w = 0; w < 64; w++)
			if (mask >> w & 1)
				index_store(ix, k, w, INDEX_GPU);
		for (unsigned w = 0; w < 64; w++)
			wrong += held(k, w, INDEX_GPU) && !(mask >> w & 1);
	}
	assert_int_equal(wrong, 0);
	assert_true(stats().evicted > 0);
	assert_true(stats().bytes <= MIB);
	for (unsigned w = 0; w < 64; w++)
		index_clear(ix, w, INDEX_GPU);
	sweep_all();
	assert_int_equal(stats().entries, 0);
	for (unsigned w = 0; w < 64; w++)
		assert_int_equal(index_worker_blocks(ix, w, INDEX_GPU), 0);
	close_index();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_index_holds_nothing),
		cmocka_unit_test(
			a_stored_block_is_held_by_its_worker_in_its_tier),
		cmocka_unit_test(any_key_can_be_stored),
		cmocka_unit_test(a_block_stays_until_its_last_copy_is_removed),
		cmocka_unit_test(a_removal_too_many_is_ignored),
		cmocka_unit_test(a_clear_takes_one_worker_out_of_one_tier),
		cmocka_unit_test(what_is_cleared_is_gone_before_it_is_swept),
		cmocka_unit_test(a_full_index_may_be_cleared_and_filled),
		cmocka_unit_test(every_worker_number_is_told_apart),
		cmocka_unit_test(random_steps_agree_with_plain_counters),
		cmocka_unit_test(all_is_kept_while_it_grows),
		cmocka_unit_test(a_run_is_stored_like_its_blocks),
		cmocka_unit_test(a_run_is_removed_like_its_blocks),
		cmocka_unit_test(the_budget_is_kept_by_dropping_the_oldest),
		cmocka_unit_test(what_is_announced_again_is_not_the_oldest),
		cmocka_unit_test(dropped_blocks_take_their_copies_along),
		cmocka_unit_test(late_workers_get_their_share_of_the_budget),
		cmocka_unit_test(
			more_sets_than_there_is_room_for_lose_blocks_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

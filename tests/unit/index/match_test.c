#include "common/base/rng.h"
#include "common/base/thread.h"
#include "router/index/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#define CHAIN   2048
#define WORKERS 70

static struct index *ix;
static struct index_reader *reader;
static unsigned all[WORKERS];
static uint64_t chain[CHAIN];
static uint32_t got[WORKERS][INDEX_TIERS];

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

static void hold(unsigned worker, enum index_tier tier, size_t n)
{
	index_store_run(ix, chain, n, worker, tier);
}

static void match(size_t n)
{
	memset(got, 0xff, sizeof(got));
	index_match(reader, chain, n, all, WORKERS, got);
}

static void every_length_is_found_exactly(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 80; n++) {
		hold(3, INDEX_GPU, n);
		for (size_t asked = 0; asked <= 82; asked++) {
			match(asked);
			assert_int_equal(got[3][INDEX_GPU],
					 n < asked ? n : asked);
			assert_int_equal(got[2][INDEX_GPU], 0);
			assert_int_equal(got[3][INDEX_OTHER], 0);
		}
	}
	for (size_t n = 81; n <= CHAIN; n++) {
		index_store(ix, chain[n - 1], 3, INDEX_GPU);
		match(CHAIN);
		assert_int_equal(got[3][INDEX_GPU], n);
	}
}

static void workers_of_all_lengths_are_told_apart(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 3);
	for (int round = 0; round < 60; round++) {
		size_t n = 1 + rng_below(&r, round % 2 ? CHAIN : 12);
		size_t len[WORKERS][INDEX_TIERS];

		for (unsigned i = 0; i < WORKERS * INDEX_TIERS; i++) {
			size_t most = 1u << rng_below(&r, 12);

			len[i / 2][i % 2] = rng_below(&r, most + 1);
			hold(i / 2, i % 2, len[i / 2][i % 2]);
		}
		match(n);
		for (unsigned i = 0; i < WORKERS * INDEX_TIERS; i++) {
			size_t want = len[i / 2][i % 2];

			if (want < len[i / 2][INDEX_GPU])
				want = len[i / 2][INDEX_GPU];

			assert_int_equal(got[i / 2][i % 2],
					 want < n ? want : n);
			index_clear(ix, i / 2, i % 2);
		}
	}
}

static void as_many_lengths_as_workers_are_told_apart(void **state)
{
	static const size_t asked[] = {CHAIN, 1500, 1025, 1024, 130, 64, 9};

	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		size_t n = asked[i];

		for (unsigned w = 0; w < WORKERS; w++)
			hold(w, INDEX_GPU, n - n * w / WORKERS);
		match(n);
		for (unsigned w = 0; w < WORKERS; w++) {
			assert_int_equal(got[w][INDEX_GPU],
					 n - n * w / WORKERS);
			index_clear(ix, w, INDEX_GPU);
		}
	}
}

static void workers_are_answered_in_the_order_asked(void **state)
{
	static const unsigned some[] = {69, 3, 68};
	uint32_t blocks[3][INDEX_TIERS];

	(void)state;
	hold(3, INDEX_GPU, 10);
	hold(68, INDEX_OTHER, 20);
	hold(5, INDEX_GPU, 30);
	index_match(reader, chain, CHAIN, some, 3, blocks);
	assert_int_equal(blocks[0][INDEX_GPU], 0);
	assert_int_equal(blocks[1][INDEX_GPU], 10);
	assert_int_equal(blocks[2][INDEX_GPU], 0);
	assert_int_equal(blocks[2][INDEX_OTHER], 20);
	index_match(reader, chain, CHAIN, some, 0, blocks);
}

/* A worker goes on in its other tier where its GPU's prefix ends. */
static void the_other_tier_goes_on_behind_the_gpus_head(void **state)
{
	static const size_t head[] = {0, 1, 5, 100, CHAIN - 1};

	(void)state;
	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++) {
		hold(3, INDEX_GPU, head[i]);
		for (size_t k = head[i]; k < CHAIN; k++)
			index_store(ix, chain[k], 3, INDEX_OTHER);
		match(CHAIN);
		assert_int_equal(got[3][INDEX_GPU], head[i]);
		assert_int_equal(got[3][INDEX_OTHER], CHAIN);
		match(6);
		assert_int_equal(got[3][INDEX_OTHER], 6);
		index_clear(ix, 3, INDEX_GPU);
		index_clear(ix, 3, INDEX_OTHER);
	}
}

static void a_hole_in_both_tiers_ends_it(void **state)
{
	(void)state;
	hold(3, INDEX_GPU, 100);
	for (size_t k = 101; k < CHAIN; k++)
		index_store(ix, chain[k], 3, INDEX_OTHER);
	/* Another's block does not fill it. */
	index_store(ix, chain[100], 4, INDEX_OTHER);
	match(101);
	assert_int_equal(got[3][INDEX_OTHER], 100);
	assert_int_equal(got[4][INDEX_OTHER], 0);
}

static void a_chain_without_its_start_is_not_held(void **state)
{
	(void)state;
	hold(0, INDEX_GPU, 100);
	index_remove(ix, chain[0], 0, INDEX_GPU);
	match(CHAIN);
	assert_int_equal(got[0][INDEX_GPU], 0);
}

/* With holes the answer is not always the longest prefix, but it is never
 * a place that is not the end of something held, and a hole that shortens
 * one worker leaves the others alone. */
static void holes_hurt_nobody_else(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 4);
	for (int round = 0; round < 100; round++) {
		size_t len[8], hole[8];

		for (unsigned w = 0; w < 8; w++) {
			len[w] = 2 + rng_below(&r, CHAIN - 2);
			hole[w] = CHAIN;
			hold(w, INDEX_GPU, len[w]);
			if (w % 2 == 0)
				continue;
			hole[w] = 1 + rng_below(&r, len[w] - 1);
			index_remove(ix, chain[hole[w]], w, INDEX_GPU);
		}
		match(CHAIN);
		for (unsigned w = 0; w < 8; w++) {
			uint32_t n = got[w][INDEX_GPU];

			assert_true(n == len[w] || n == hole[w]);
			index_clear(ix, w, INDEX_GPU);
		}
	}
}

/* However many there are: each worker is told a length that ends at a hole
 * or at the end of what was asked. */
static void chains_that_are_nothing_but_holes_do_no_harm(void **state)
{
	static bool has[64][CHAIN];
	struct rng r;

	(void)state;
	rng_seed(&r, 6);
	for (unsigned w = 0; w < 64; w++)
		for (unsigned i = 0; i < CHAIN; i++) {
			has[w][i] = i == 0 || i == CHAIN - 1 ||
				    rng_below(&r, 2 + w) != 0;
			if (has[w][i])
				index_store(ix, chain[i], w, INDEX_GPU);
		}
	for (size_t n = 1; n <= CHAIN; n += n < 40 ? 1 : 97) {
		match(n);
		for (unsigned w = 0; w < 64; w++) {
			uint32_t to = got[w][INDEX_GPU];

			assert_in_range(to, 1, n);
			assert_true(has[w][to - 1]);
			assert_true(to == n || !has[w][to]);
		}
	}
}

static void a_hole_near_the_end_is_noticed(void **state)
{
	(void)state;
	hold(0, INDEX_GPU, 14);
	hold(1, INDEX_GPU, 16);
	index_remove(ix, chain[12], 1, INDEX_GPU);
	match(16);
	assert_int_equal(got[0][INDEX_GPU], 14);
	assert_int_equal(got[1][INDEX_GPU], 12);
}

/* Readers beside a writer. Worker w only ever holds chains c with
 * c % WORKERS == w, and of each no more than its own length; whatever a
 * reader is overtaken by, it must not see more. */
#define RACE_CHAINS 512
#define RACE_BLOCKS 64
#define RACE_STEPS  2000

static _Atomic int racing;
/* Assertions only work on the main thread. */
static _Atomic unsigned long found, wrong;

static void race_chain(unsigned c, uint64_t key[RACE_BLOCKS])
{
	for (uint64_t i = 0; i < RACE_BLOCKS; i++)
		key[i] = (uint64_t)c << 32 | i;
}

/* Chain c is held by worker w? */
static bool race_holds(unsigned c, unsigned w)
{
	return w % 7 == c % 7 && w < 64;
}

static size_t race_length(unsigned c)
{
	return 1 + c % (RACE_BLOCKS - 1);
}

static void race_read(void *arg)
{
	struct index_reader *mine = index_reader_create(ix);
	uint64_t key[RACE_BLOCKS];
	uint32_t blocks[WORKERS][INDEX_TIERS];
	struct rng r;

	rng_seed(&r, (uintptr_t)arg);
	while (atomic_load(&racing)) {
		unsigned c = (unsigned)rng_below(&r, RACE_CHAINS);

		race_chain(c, key);
		index_match(mine, key, RACE_BLOCKS, all, WORKERS, blocks);
		for (unsigned w = 0; w < WORKERS; w++) {
			uint32_t n = blocks[w][INDEX_GPU];

			wrong += blocks[w][INDEX_OTHER] != 0;
			wrong += n > race_length(c);
			wrong += n != 0 && !race_holds(c, w);
			found += n;
		}
		(void)index_worker_blocks(ix, c % 64, INDEX_GPU);
	}
	index_reader_destroy(&mine);
}

static void race_write(struct rng *r)
{
	unsigned c = (unsigned)rng_below(r, RACE_CHAINS);
	unsigned w = (unsigned)rng_below(r, 64);
	uint64_t key[RACE_BLOCKS], dice = rng_below(r, 1000);

	race_chain(c, key);
	if (dice < 2) {
		index_clear(ix, w, INDEX_GPU);
	} else if (dice < 20) {
		(void)index_sweep(ix);
	} else if (dice < 400) {
		for (size_t i = race_length(c); i-- > 0;)
			index_remove(ix, key[i], w, INDEX_GPU);
	} else if (race_holds(c, w)) {
		index_store_run(ix, key, race_length(c), w, INDEX_GPU);
	}
}

static void race(size_t max_bytes)
{
	struct thread t[2];
	struct rng r;

	rng_seed(&r, 5);
	index_reader_destroy(&reader);
	index_destroy(&ix);
	ix = index_create(max_bytes);
	atomic_store(&racing, 1);
	found = 0;
	wrong = 0;
	for (uintptr_t i = 0; i < 2; i++)
		thread_start(&t[i], "reader", race_read, (void *)(i + 1));
	for (unsigned i = 0; i < RACE_STEPS || found == 0; i++) {
		race_write(&r);
		/* Strangers make the table grow, or drop blocks. */
		for (uint64_t k = 0; k < 40; k++)
			index_store(ix,
				    (uint64_t)i * 40 + k + ((uint64_t)1 << 60),
				    64, INDEX_GPU);
		for (uint64_t k = 0; k < 40; k++)
			index_store(ix,
				    (uint64_t)i * 40 + k + ((uint64_t)1 << 60),
				    (unsigned)k, INDEX_GPU);
	}
	atomic_store(&racing, 0);
	for (int i = 0; i < 2; i++)
		thread_join(&t[i]);
	reader = index_reader_create(ix);
	assert_true(found > 0);
	assert_int_equal(wrong, 0);
}

static void readers_beside_a_growing_writer_see_no_wrong_holder(void **state)
{
	(void)state;
	race((size_t)64 << 20);
}

static void readers_beside_a_full_index_see_no_wrong_holder(void **state)
{
	struct index_stats s;

	(void)state;
	race((size_t)1 << 20);
	index_stats(ix, &s);
	assert_true(s.evicted > 0);
	assert_true(s.bytes <= s.max_bytes);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, init, fini)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_length_is_found_exactly),
		CASE(workers_of_all_lengths_are_told_apart),
		CASE(as_many_lengths_as_workers_are_told_apart),
		CASE(workers_are_answered_in_the_order_asked),
		CASE(the_other_tier_goes_on_behind_the_gpus_head),
		CASE(a_hole_in_both_tiers_ends_it),
		CASE(a_chain_without_its_start_is_not_held),
		CASE(holes_hurt_nobody_else),
		CASE(chains_that_are_nothing_but_holes_do_no_harm),
		CASE(a_hole_near_the_end_is_noticed),
		CASE(readers_beside_a_growing_writer_see_no_wrong_holder),
		CASE(readers_beside_a_full_index_see_no_wrong_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

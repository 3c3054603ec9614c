/* What one batch holds takes effect as if event by event. */
#include "tests/unit/ingest/bed.h"

static void a_batchs_events_take_effect_in_their_order(void **state)
{
	struct bed *b = *state;

	for (int keys = 0; keys < 2; keys++) {
		struct event_out stored, removed, other, all[5];

		b->model.engine_known = keys == 1;
		begin(b);
		hash_all(b, SLICE(""));
		stored = run_of(b, 0, BLOCKS);
		removed = run_of(b, 0, BLOCKS);
		removed.kind = EVENT_REMOVED;
		other = stored;
		other.medium = SLICE("CPU");
		assert_int_equal(announce(b, stored), APPLY_DONE);
		/* Gone and back, then gone from one of two tiers. */
		all[0] = removed;
		all[1] = stored;
		all[2] = other;
		all[3] = removed;
		all[4] = (struct event_out){.kind = EVENT_REMOVED,
					    .hash = b->digest,
					    .n_hashes = 1,
					    .hash_bytes = HASH_MAX_BYTES,
					    .medium = SLICE("CPU")};
		assert_int_equal(announce_all(b, all, 2), APPLY_DONE);
		assert_int_equal(index_worker_blocks(b->index, 3, INDEX_GPU),
				 BLOCKS);
		assert_int_equal(announce_all(b, all + 2, 3), APPLY_DONE);
		assert_int_equal(index_worker_blocks(b->index, 3, INDEX_GPU),
				 0);
		assert_int_equal(index_worker_blocks(b->index, 3, INDEX_OTHER),
				 BLOCKS - 1);
		assert_int_equal(b->apply.count.orphaned, 0);
		assert_int_equal(b->apply.count.removed, 2 * BLOCKS + 1);
		assert_int_equal(b->apply.count.stored, 3 * BLOCKS);
		apply_clear(&b->apply, true);
	}
}

/* More blocks in one batch than are put off at most. */
#define MANY ((size_t)3 * APPLY_RUN + 5)

static void long_runs_of_removals_are_all_carried_out(void **state)
{
	static uint32_t token[MANY];
	static uint64_t hash[MANY];
	static struct event_out gone[MANY];
	struct bed *b = *state;
	struct event_out all = {.kind = EVENT_STORED,
				.hash = (const uint8_t *)hash,
				.n_hashes = MANY,
				.hash_bytes = sizeof(uint64_t),
				.token = token,
				.n_tokens = MANY,
				.block_size = 1,
				.medium = SLICE("GPU")};

	b->model.engine_known = false;
	begin(b);
	for (size_t i = 0; i < MANY; i++) {
		token[i] = (uint32_t)i;
		hash[i] = i + 1;
		gone[i] = (struct event_out){.kind = EVENT_REMOVED,
					     .hash = (const uint8_t *)&hash[i],
					     .n_hashes = 1,
					     .hash_bytes = sizeof(uint64_t),
					     .medium = SLICE("GPU")};
	}
	assert_int_equal(announce(b, all), APPLY_DONE);
	assert_int_equal(index_worker_blocks(b->index, 3, INDEX_GPU), MANY);
	/* One that is not there anywhere in between. */
	hash[100] = MANY + 100;
	assert_int_equal(announce_all(b, gone, MANY), APPLY_DONE);
	assert_int_equal(index_worker_blocks(b->index, 3, INDEX_GPU), 1);
	assert_int_equal(b->apply.count.removed, MANY - 1);
	assert_int_equal(b->apply.count.orphaned, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_batchs_events_take_effect_in_their_order),
		TEST(long_runs_of_removals_are_all_carried_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "router/ingest/apply.h"

#include "common/event/encode.h"
#include "common/hash/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define BLOCK  4
#define BLOCKS 4
#define TOKENS (BLOCK * BLOCKS)

/* One worker of one model, whose engine hashes with `engine`. */
struct bed {
	struct index *index;
	struct index_reader *reader;
	struct apply_tools tools;
	struct conf_model conf;
	struct fleet_model model;
	struct worker *worker;
	struct apply apply;
	struct hash_scheme engine;
	uint32_t token[TOKENS];
	uint8_t digest[BLOCKS * HASH_MAX_BYTES];
	struct event_style style;
};

static int set_up(void **state)
{
	static struct bed b;
	struct conf_worker c = {.name = (char *)"w"};

	memset(&b, 0, sizeof(b));
	b.index = index_create(1 << 20);
	b.reader = index_reader_create(b.index);
	apply_tools_init(&b.tools, b.index, 1 << 20);
	b.conf.key_mode = CONF_KEY_AUTO;
	b.model.conf = &b.conf;
	b.model.engine_known = true;
	assert_int_equal(hash_scheme_init(&b.model.engine, HASH_SHA256_CBOR,
					  SLICE("0"), FLEET_BLOCK_SIZE),
			 OK);
	assert_int_equal(hash_scheme_init(&b.model.tokens, HASH_TOKENS,
					  SLICE(""), FLEET_BLOCK_SIZE),
			 OK);
	assert_int_equal(hash_scheme_init(&b.engine, HASH_SHA256_CBOR,
					  SLICE("0"), BLOCK),
			 OK);
	b.worker = worker_create(&c, 3, -1);
	for (uint32_t i = 0; i < TOKENS; i++)
		b.token[i] = i + 1;
	b.style.layout = EVENT_V024;
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	worker_unref(&b->worker);
	apply_tools_fini(&b->tools);
	index_reader_destroy(&b->reader);
	index_destroy(&b->index);
	return 0;
}

/* Another seed than the one configured: its hashes are other ones. */
static void reseed(struct bed *b)
{
	assert_int_equal(hash_scheme_init(&b->engine, HASH_SHA256_CBOR,
					  SLICE("31337"), BLOCK),
			 OK);
}

static void begin(struct bed *b)
{
	apply_init(&b->apply, &b->tools, b->worker, &b->model);
}

static void hash_all(struct bed *b, struct slice salt)
{
	struct hash_extra extra = {.salt = salt};

	assert_int_equal(
		chain_digests(&b->engine, b->token, TOKENS, &extra, b->digest),
		OK);
}

/* A run of blocks [from, from + n) of the worker's one prompt. */
static struct event_out run_of(struct bed *b, size_t from, size_t n)
{
	return (struct event_out){
		.kind = EVENT_STORED,
		.hash = b->digest + from * HASH_MAX_BYTES,
		.n_hashes = n,
		.hash_bytes = HASH_MAX_BYTES,
		.parent = from == 0 ? NULL
				    : b->digest + (from - 1) * HASH_MAX_BYTES,
		.token = b->token + from * BLOCK,
		.n_tokens = n * BLOCK,
		.block_size = BLOCK,
		.medium = SLICE("GPU"),
	};
}

static enum apply_result announce_all(struct bed *b, const struct event_out *e,
				      size_t n)
{
	struct buf payload;
	struct event_batch batch;
	enum apply_result r;

	buf_init(&payload);
	event_encode(&payload, &b->style, 1700000000.5, e, n, 0);
	r = apply_batch(&b->apply, buf_slice(&payload), &batch);
	buf_fini(&payload);
	return r;
}

static enum apply_result announce(struct bed *b, struct event_out e)
{
	return announce_all(b, &e, 1);
}

static void remove_blocks(struct bed *b, size_t from, size_t n)
{
	struct event_out e = run_of(b, from, n);

	e.kind = EVENT_REMOVED;
	assert_int_equal(announce(b, e), APPLY_DONE);
}

/* How much of the prompt the index says the worker holds. */
static size_t held(struct bed *b, const struct hash_scheme *of,
		   struct slice salt, enum index_tier tier)
{
	struct hash_scheme s = *of;
	struct hash_extra extra = {.salt = salt};
	uint8_t digest[BLOCKS * HASH_MAX_BYTES];
	uint64_t key[BLOCKS];
	uint32_t blocks[1][INDEX_TIERS];

	s.block_size = BLOCK;
	assert_int_equal(chain_digests(&s, b->token, TOKENS, &extra, digest),
			 OK);
	for (size_t i = 0; i < BLOCKS; i++)
		key[i] = chain_key(&s, digest + i * s.hash_bytes);
	index_match(b->reader, key, BLOCKS, &b->worker->id, 1, blocks);
	return blocks[0][tier];
}

static size_t held_by_engine(struct bed *b)
{
	return held(b, &b->model.engine, SLICE(""), INDEX_GPU);
}

static size_t held_by_tokens(struct bed *b)
{
	return held(b, &b->model.tokens, SLICE(""), INDEX_GPU);
}

static void a_first_event_proves_the_engines_hashes(void **state)
{
	struct bed *b = *state;

	begin(b);
	hash_all(b, SLICE(""));
	assert_int_equal(b->worker->keys, WORKER_KEYS_UNPROVEN);
	assert_int_equal(announce(b, run_of(b, 0, BLOCKS)), APPLY_DONE);
	assert_int_equal(b->worker->keys, WORKER_KEYS_ENGINE);
	assert_int_equal(held_by_engine(b), BLOCKS);
	assert_int_equal(b->worker->block_size, BLOCK);
	assert_null(b->apply.keys_reason);
}

static void hashes_of_another_seed_lead_to_token_keys(void **state)
{
	struct bed *b = *state;

	reseed(b);
	begin(b);
	hash_all(b, SLICE(""));
	assert_int_equal(announce(b, run_of(b, 0, 2)), APPLY_DONE);
	assert_int_equal(b->worker->keys, WORKER_KEYS_TOKENS);
	assert_int_equal(held_by_engine(b), 0);
	assert_int_equal(held_by_tokens(b), 2);
	/* The rest hangs on the parent's name. */
	assert_int_equal(announce(b, run_of(b, 2, 2)), APPLY_DONE);
	assert_int_equal(held_by_tokens(b), 4);
	assert_non_null(strstr(b->apply.keys_reason, "PYTHONHASHSEED"));
	assert_non_null(
		strstr(b->apply.keys_reason, "--prefix-caching-hash-algo"));
}

static void every_generation_and_form_means_the_same(void **state)
{
	struct bed *b = *state;

	for (int layout = 0; layout < EVENT_LAYOUTS; layout++) {
		for (int bytes = 0; bytes < 2; bytes++) {
			b->style.layout = layout;
			b->style.bytes_hashes = bytes;
			begin(b);
			hash_all(b, SLICE(""));
			assert_int_equal(announce(b, run_of(b, 0, BLOCKS)),
					 APPLY_DONE);
			assert_int_equal(b->worker->keys, WORKER_KEYS_ENGINE);
			assert_int_equal(held_by_engine(b), BLOCKS);
			remove_blocks(b, 0, BLOCKS);
			assert_int_equal(held_by_engine(b), 0);
		}
	}
}

static void without_a_seed_token_keys_are_taken_at_once(void **state)
{
	struct bed *b = *state;

	b->model.engine_known = false;
	begin(b);
	assert_int_equal(b->worker->keys, WORKER_KEYS_TOKENS);
	assert_non_null(strstr(b->apply.keys_reason, "seed"));
	hash_all(b, SLICE(""));
	assert_int_equal(announce(b, run_of(b, 0, 4)), APPLY_DONE);
	assert_int_equal(held_by_tokens(b), 4);
}

static void what_was_stored_before_the_proof_is_learned_anew(void **state)
{
	struct bed *b = *state;
	struct event_out e;

	begin(b);
	hash_all(b, SLICE(""));
	/* A masked run proves nothing; then a salted one of another seed. */
	reseed(b);
	hash_all(b, SLICE("t"));
	e = run_of(b, 0, 1);
	e.salt = SLICE("t");
	assert_int_equal(announce(b, e), APPLY_DONE);
	assert_int_equal(b->worker->keys, WORKER_KEYS_UNPROVEN);
	assert_int_equal(held(b, &b->model.tokens, SLICE("t"), INDEX_GPU), 1);
	b->engine = b->model.engine;
	b->engine.block_size = BLOCK;
	hash_all(b, SLICE(""));
	assert_int_equal(announce(b, run_of(b, 0, 2)), APPLY_RESYNC);
	assert_int_equal(b->worker->keys, WORKER_KEYS_ENGINE);
}

static void a_proof_that_fails_later_asks_for_a_resync(void **state)
{
	struct bed *b = *state;

	begin(b);
	hash_all(b, SLICE(""));
	assert_int_equal(announce(b, run_of(b, 0, 2)), APPLY_DONE);
	reseed(b);
	hash_all(b, SLICE(""));
	assert_int_equal(announce(b, run_of(b, 0, 2)), APPLY_RESYNC);
	assert_int_equal(b->worker->keys, WORKER_KEYS_TOKENS);
	apply_clear(&b->apply, false);
	assert_int_equal(held_by_engine(b), 0);
	assert_int_equal(b->worker->keys, WORKER_KEYS_TOKENS);
	/* A restarted engine may prove itself again. */
	apply_clear(&b->apply, true);
	assert_int_equal(b->worker->keys, WORKER_KEYS_UNPROVEN);
}

static void one_salted_block_alone_disproves_nothing(void **state)
{
	struct bed *b = *state;
	struct event_out e;

	reseed(b);
	begin(b);
	hash_all(b, SLICE("tenant"));
	e = run_of(b, 0, 1);
	e.salt = SLICE("tenant");
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(announce(b, e), APPLY_DONE);
		assert_int_equal(b->worker->keys, WORKER_KEYS_UNPROVEN);
	}
	assert_int_equal(announce(b, e), APPLY_DONE);
	assert_int_equal(b->worker->keys, WORKER_KEYS_TOKENS);
}

static void a_salt_makes_other_keys_in_both_modes(void **state)
{
	struct bed *b = *state;
	struct event_out e;

	b->style.layout = EVENT_V024;
	begin(b);
	hash_all(b, SLICE("tenant"));
	e = run_of(b, 0, BLOCKS);
	e.salt = SLICE("tenant");
	assert_int_equal(announce(b, e), APPLY_DONE);
	assert_int_equal(b->worker->keys, WORKER_KEYS_ENGINE);
	assert_int_equal(held_by_engine(b), 0);
	assert_int_equal(held(b, &b->model.engine, SLICE("tenant"), INDEX_GPU),
			 BLOCKS);
	apply_clear(&b->apply, false);
	b->conf.key_mode = CONF_KEY_TOKENS;
	begin(b);
	assert_int_equal(announce(b, e), APPLY_DONE);
	assert_int_equal(held_by_tokens(b), 0);
	assert_int_equal(held(b, &b->model.tokens, SLICE("tenant"), INDEX_GPU),
			 BLOCKS);
}

static void demanded_engine_keys_that_do_not_hold_are_disproved(void **state)
{
	struct bed *b = *state;

	b->conf.key_mode = CONF_KEY_ENGINE;
	reseed(b);
	begin(b);
	hash_all(b, SLICE(""));
	assert_false(b->apply.disproved);
	assert_int_equal(announce(b, run_of(b, 0, 2)), APPLY_DONE);
	assert_true(b->apply.disproved);
	assert_int_equal(b->worker->keys, WORKER_KEYS_ENGINE);
	b->engine = b->model.engine;
	b->engine.block_size = BLOCK;
	hash_all(b, SLICE(""));
	assert_int_equal(announce(b, run_of(b, 0, 2)), APPLY_DONE);
	assert_false(b->apply.disproved);
}

static void copies_are_counted(void **state)
{
	struct bed *b = *state;

	for (int tokens = 0; tokens < 2; tokens++) {
		b->conf.key_mode = tokens ? CONF_KEY_TOKENS : CONF_KEY_ENGINE;
		begin(b);
		hash_all(b, SLICE(""));
		assert_int_equal(announce(b, run_of(b, 0, 2)), APPLY_DONE);
		assert_int_equal(announce(b, run_of(b, 0, 2)), APPLY_DONE);
		remove_blocks(b, 0, 2);
		assert_int_equal(tokens ? held_by_tokens(b) : held_by_engine(b),
				 2);
		remove_blocks(b, 1, 1);
		assert_int_equal(tokens ? held_by_tokens(b) : held_by_engine(b),
				 1);
		remove_blocks(b, 0, 2); /* one too many */
		assert_int_equal(tokens ? held_by_tokens(b) : held_by_engine(b),
				 0);
		apply_clear(&b->apply, true);
	}
}

static void a_child_of_an_unknown_parent_has_no_token_key(void **state)
{
	struct bed *b = *state;

	b->conf.key_mode = CONF_KEY_TOKENS;
	begin(b);
	hash_all(b, SLICE(""));
	assert_int_equal(announce(b, run_of(b, 2, 2)), APPLY_DONE);
	assert_int_equal(index_worker_blocks(b->index, 3, INDEX_GPU), 0);
	assert_int_equal(b->apply.count.orphaned, 2);
	remove_blocks(b, 2, 2);
	assert_int_equal(b->apply.count.orphaned, 4);
	assert_int_equal(b->apply.count.removed, 0);
}

static void tiers_are_kept_apart(void **state)
{
	struct bed *b = *state;

	for (int tokens = 0; tokens < 2; tokens++) {
		const struct hash_scheme *of = tokens ? &b->model.tokens
						      : &b->model.engine;
		struct event_out e;

		b->conf.key_mode = tokens ? CONF_KEY_TOKENS : CONF_KEY_ENGINE;
		begin(b);
		hash_all(b, SLICE(""));
		assert_int_equal(announce(b, run_of(b, 0, 3)), APPLY_DONE);
		/* A placeholder: hashes alone, as offloading announces. */
		e = run_of(b, 0, 2);
		e.token = NULL;
		e.n_tokens = 0;
		e.block_size = 0;
		e.parent = NULL;
		e.medium = SLICE("CPU");
		assert_int_equal(announce(b, e), APPLY_DONE);
		assert_int_equal(held(b, of, SLICE(""), INDEX_GPU), 3);
		assert_int_equal(held(b, of, SLICE(""), INDEX_OTHER), 2);
		remove_blocks(b, 0, 3);
		assert_int_equal(held(b, of, SLICE(""), INDEX_GPU), 0);
		assert_int_equal(held(b, of, SLICE(""), INDEX_OTHER), 2);
		e.kind = EVENT_REMOVED;
		assert_int_equal(announce(b, e), APPLY_DONE);
		assert_int_equal(held(b, of, SLICE(""), INDEX_OTHER), 0);
		apply_clear(&b->apply, true);
	}
}

static void all_cleared_concerns_the_gpu_alone(void **state)
{
	struct bed *b = *state;
	struct event_out e;
	struct event_out cleared = {.kind = EVENT_CLEARED};

	b->conf.key_mode = CONF_KEY_TOKENS;
	begin(b);
	hash_all(b, SLICE(""));
	assert_int_equal(announce(b, run_of(b, 0, 3)), APPLY_DONE);
	e = run_of(b, 0, 2);
	e.medium = SLICE("CPU");
	assert_int_equal(announce(b, e), APPLY_DONE);
	assert_int_equal(announce(b, cleared), APPLY_DONE);
	assert_int_equal(held_by_tokens(b), 0);
	assert_int_equal(held(b, &b->model.tokens, SLICE(""), INDEX_OTHER), 2);
	e.kind = EVENT_REMOVED;
	assert_int_equal(announce(b, e), APPLY_DONE);
	assert_int_equal(held(b, &b->model.tokens, SLICE(""), INDEX_OTHER), 0);
}

static void other_groups_are_not_indexed(void **state)
{
	struct bed *b = *state;
	struct event_out e;

	b->conf.key_mode = CONF_KEY_ENGINE;
	begin(b);
	hash_all(b, SLICE(""));
	e = run_of(b, 0, 2);
	e.group = 1;
	assert_int_equal(announce(b, e), APPLY_DONE);
	e.group = 0;
	e.spec_kind = SLICE("sliding_window");
	assert_int_equal(announce(b, e), APPLY_DONE);
	assert_int_equal(index_worker_blocks(b->index, 3, INDEX_GPU), 0);
	assert_int_equal(b->apply.count.skipped, 4);
	e.spec_kind = SLICE("full_attention");
	assert_int_equal(announce(b, e), APPLY_DONE);
	assert_int_equal(held_by_engine(b), 2);
}

static void a_masked_run_is_not_zipped_with_its_tokens(void **state)
{
	struct bed *b = *state;
	struct event_out e;

	b->conf.key_mode = CONF_KEY_TOKENS;
	begin(b);
	hash_all(b, SLICE(""));
	e = run_of(b, 0, 2);
	e.n_tokens = 3 * BLOCK;
	assert_int_equal(announce(b, e), APPLY_DONE);
	assert_int_equal(index_worker_blocks(b->index, 3, INDEX_GPU), 0);
	assert_int_equal(b->apply.count.skipped, 2);
}

static void the_version_counts_batches_that_change_something(void **state)
{
	struct bed *b = *state;
	uint64_t v;

	begin(b);
	hash_all(b, SLICE(""));
	v = b->worker->index_version;
	assert_int_equal(announce_all(b, NULL, 0), APPLY_DONE);
	assert_int_equal(b->worker->index_version, v);
	assert_int_equal(announce(b, run_of(b, 0, 2)), APPLY_DONE);
	assert_int_equal(b->worker->index_version, v + 1);
	remove_blocks(b, 0, 1);
	assert_int_equal(b->worker->index_version, v + 2);
}

static void a_batch_that_does_not_decode_is_told_of(void **state)
{
	struct bed *b = *state;
	struct event_batch batch;

	begin(b);
	assert_int_equal(apply_batch(&b->apply, SLICE("\x93\x01"), &batch),
			 APPLY_BAD);
	assert_int_equal(apply_batch(&b->apply, SLICE(""), &batch), APPLY_BAD);
	assert_int_equal(b->apply.count.errors, 2);
	assert_int_equal(b->apply.count.batches, 0);
}

static void an_absurd_block_size_is_not_believed(void **state)
{
	struct bed *b = *state;
	struct event_out e;

	b->conf.key_mode = CONF_KEY_TOKENS;
	begin(b);
	hash_all(b, SLICE(""));
	e = run_of(b, 0, 1);
	e.block_size = HASH_MAX_BLOCK_SIZE + 1;
	assert_int_equal(announce(b, e), APPLY_DONE);
	assert_int_equal(b->worker->block_size, 0);
	assert_int_equal(b->apply.count.skipped, 1);
}

static void another_block_size_than_configured_is_told(void **state)
{
	struct bed *b = *state;

	b->conf.block_size = 16;
	begin(b);
	hash_all(b, SLICE(""));
	assert_false(b->apply.block_size_differs);
	assert_int_equal(announce(b, run_of(b, 0, 1)), APPLY_DONE);
	assert_true(b->apply.block_size_differs);
	/* A reload that takes it back is heard. */
	b->conf.block_size = 0;
	apply_set_model(&b->apply, &b->model);
	assert_false(b->apply.block_size_differs);
}

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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_first_event_proves_the_engines_hashes),
		TEST(hashes_of_another_seed_lead_to_token_keys),
		TEST(every_generation_and_form_means_the_same),
		TEST(without_a_seed_token_keys_are_taken_at_once),
		TEST(what_was_stored_before_the_proof_is_learned_anew),
		TEST(a_proof_that_fails_later_asks_for_a_resync),
		TEST(one_salted_block_alone_disproves_nothing),
		TEST(a_salt_makes_other_keys_in_both_modes),
		TEST(demanded_engine_keys_that_do_not_hold_are_disproved),
		TEST(copies_are_counted),
		TEST(a_child_of_an_unknown_parent_has_no_token_key),
		TEST(tiers_are_kept_apart),
		TEST(all_cleared_concerns_the_gpu_alone),
		TEST(other_groups_are_not_indexed),
		TEST(a_masked_run_is_not_zipped_with_its_tokens),
		TEST(the_version_counts_batches_that_change_something),
		TEST(a_batch_that_does_not_decode_is_told_of),
		TEST(an_absurd_block_size_is_not_believed),
		TEST(another_block_size_than_configured_is_told),
		TEST(a_batchs_events_take_effect_in_their_order),
		TEST(long_runs_of_removals_are_all_carried_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

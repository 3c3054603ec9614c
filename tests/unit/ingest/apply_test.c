#include "tests/unit/ingest/bed.h"

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
	assert_int_equal(b->worker->proof, WORKER_PROVED);
	assert_null(b->apply.keys_reason);
}

static void hashes_of_another_seed_lead_to_token_keys(void **state)
{
	struct bed *b = *state;

	reseed(b);
	begin(b);
	assert_int_equal(b->worker->proof, WORKER_NOT_PROVED);
	hash_all(b, SLICE(""));
	assert_int_equal(announce(b, run_of(b, 0, 2)), APPLY_DONE);
	assert_int_equal(b->worker->keys, WORKER_KEYS_TOKENS);
	assert_int_equal(b->worker->proof, WORKER_DISPROVED);
	assert_null(b->worker->guess);
	assert_int_equal(held_by_engine(b), 0);
	assert_int_equal(held_by_tokens(b), 2);
	/* The rest hangs on the parent's name. */
	assert_int_equal(announce(b, run_of(b, 2, 2)), APPLY_DONE);
	assert_int_equal(held_by_tokens(b), 4);
	assert_non_null(strstr(b->apply.keys_reason, "PYTHONHASHSEED"));
	assert_non_null(
		strstr(b->apply.keys_reason, "--prefix-caching-hash-algo"));
}

static void another_algorithm_is_guessed_until_the_engine_restarts(void **state)
{
	struct bed *b = *state;

	b->conf.seed = (char *)"7";
	assert_int_equal(
		hash_scheme_init(&b->engine, HASH_SHA256, SLICE("7"), BLOCK),
		OK);
	begin(b);
	hash_all(b, SLICE(""));
	assert_int_equal(announce(b, run_of(b, 0, 2)), APPLY_DONE);
	assert_int_equal(b->worker->proof, WORKER_DISPROVED);
	assert_non_null(b->worker->guess);
	assert_int_equal(b->worker->guess->algorithm, HASH_SHA256);
	assert_null(b->worker->guess->seed);
	apply_clear(&b->apply, true);
	assert_int_equal(b->worker->proof, WORKER_NOT_PROVED);
	assert_null(b->worker->guess);
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
		assert_int_equal(index_worker_blocks(b->index, b->worker->id,
						     INDEX_OTHER),
				 2);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_first_event_proves_the_engines_hashes),
		TEST(hashes_of_another_seed_lead_to_token_keys),
		TEST(another_algorithm_is_guessed_until_the_engine_restarts),
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

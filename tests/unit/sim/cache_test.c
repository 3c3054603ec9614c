#include "tools/sim/cache.h"

#include "common/base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define BLOCK 4

/* What the cache has announced, as an index would count it. */
struct seen {
	size_t stored, removed, cleared, runs;
	bool last_had_parent;
	uint32_t last_first_token;
	uint8_t last_removed[HASH_MAX_BYTES];
};

static void on_stored(void *arg, const struct cache_run *run)
{
	struct seen *seen = arg;

	seen->runs++;
	seen->stored += run->n_blocks;
	seen->last_had_parent = run->parent != NULL;
	seen->last_first_token = run->token[0];
}

static void on_removed(void *arg, const uint8_t *digest)
{
	struct seen *seen = arg;

	seen->removed++;
	memcpy(seen->last_removed, digest, HASH_MAX_BYTES);
}

static void on_cleared(void *arg)
{
	((struct seen *)arg)->cleared++;
}

static const struct cache_sink sink = {on_stored, on_removed, on_cleared};

struct rig {
	struct hash_scheme scheme;
	struct seen seen;
	struct cache *cache;
};

static void rig_init(struct rig *r, size_t usable)
{
	*r = (struct rig){0};
	ASSERT(hash_scheme_init(&r->scheme, HASH_SHA256_CBOR, SLICE("0"),
				BLOCK) == OK);
	r->cache = cache_create(&r->scheme, usable + 1, &sink, &r->seen);
}

/* A prompt of `n` tokens counted up from `first`. */
static void prompt(struct seq *s, uint32_t first, size_t n)
{
	seq_init(s, (struct hash_extra){0});
	for (size_t i = 0; i < n; i++) {
		uint32_t t = first + (uint32_t)i;

		seq_append(s, &t, 1);
	}
}

/* Computes a whole prompt; returns what it found in the cache. */
static size_t serve(struct rig *r, struct seq *s)
{
	size_t hit = cache_match(r->cache, s);

	assert_true(cache_start(r->cache, s, hit, s->n));
	cache_commit(r->cache, s, s->n);
	return hit;
}

static void drop(struct rig *r, struct seq *s)
{
	cache_release(r->cache, s);
	seq_fini(s);
}

static void a_prompt_is_found_again_after_it_ended(void **state)
{
	struct rig r;
	struct seq s;

	(void)state;
	rig_init(&r, 8);
	prompt(&s, 100, 10);
	assert_int_equal(serve(&r, &s), 0);
	assert_int_equal(r.seen.runs, 1);
	assert_int_equal(r.seen.stored, 2);
	assert_false(r.seen.last_had_parent);
	drop(&r, &s);
	assert_int_equal(cache_free_blocks(r.cache), 8);
	prompt(&s, 100, 10);
	assert_int_equal(serve(&r, &s), 8);
	assert_int_equal(r.seen.stored, 2);
	drop(&r, &s);
	cache_destroy(&r.cache);
}

static void the_last_token_is_never_taken_from_the_cache(void **state)
{
	struct rig r;
	struct seq s;

	(void)state;
	rig_init(&r, 8);
	prompt(&s, 1, 8);
	serve(&r, &s);
	drop(&r, &s);
	prompt(&s, 1, 8);
	/* Both blocks are named, but the second holds the last token. */
	assert_int_equal(serve(&r, &s), 4);
	assert_int_equal(r.seen.stored, 3);
	assert_int_equal(cache_named_blocks(r.cache), 3);
	drop(&r, &s);
	cache_destroy(&r.cache);
}

static void two_copies_are_announced_and_removed_one_by_one(void **state)
{
	struct rig r;
	struct seq a, b, c;

	(void)state;
	rig_init(&r, 4);
	prompt(&a, 1, 8);
	prompt(&b, 1, 8);
	assert_true(cache_start(r.cache, &a, 0, 8));
	assert_true(cache_start(r.cache, &b, 0, 8));
	cache_commit(r.cache, &a, 8);
	cache_commit(r.cache, &b, 8);
	assert_int_equal(r.seen.stored, 4);
	drop(&r, &a);
	drop(&r, &b);
	prompt(&c, 50, 8);
	serve(&r, &c);
	/* The two copies of a went; those of b still answer. */
	assert_int_equal(r.seen.removed, 2);
	prompt(&a, 1, 8);
	assert_int_equal(cache_match(r.cache, &a), 4);
	seq_fini(&a);
	drop(&r, &c);
	cache_destroy(&r.cache);
}

static void tails_are_evicted_before_heads(void **state)
{
	struct rig r;
	struct seq s, t;

	(void)state;
	rig_init(&r, 4);
	prompt(&s, 1, 16);
	serve(&r, &s);
	drop(&r, &s);
	prompt(&t, 500, 8);
	serve(&r, &t);
	assert_int_equal(r.seen.removed, 2);
	drop(&r, &t);
	prompt(&s, 1, 16);
	assert_int_equal(cache_match(r.cache, &s), 8);
	seq_fini(&s);
	cache_destroy(&r.cache);
}

static void what_is_used_again_is_evicted_last(void **state)
{
	struct rig r;
	struct seq s;

	(void)state;
	rig_init(&r, 4);
	for (uint32_t first = 100; first <= 200; first += 100) {
		prompt(&s, first, 8);
		serve(&r, &s);
		drop(&r, &s);
	}
	prompt(&s, 100, 5);
	assert_int_equal(serve(&r, &s), 4);
	drop(&r, &s);
	/* The tail of 100 went for that partial block, then both of 200
	 * go, and the head of 100 stays. */
	prompt(&s, 300, 9);
	serve(&r, &s);
	drop(&r, &s);
	prompt(&s, 200, 8);
	assert_int_equal(cache_match(r.cache, &s), 0);
	seq_fini(&s);
	prompt(&s, 100, 8);
	assert_int_equal(cache_match(r.cache, &s), 4);
	seq_fini(&s);
	cache_destroy(&r.cache);
}

static void too_few_blocks_change_nothing(void **state)
{
	struct rig r;
	struct seq a, b;

	(void)state;
	rig_init(&r, 3);
	prompt(&a, 1, 8);
	serve(&r, &a);
	prompt(&b, 50, 8);
	assert_false(cache_start(r.cache, &b, 0, 8));
	assert_int_equal(b.n_blocks, 0);
	assert_int_equal(cache_free_blocks(r.cache), 1);
	assert_true(cache_start(r.cache, &b, 0, 4));
	assert_false(cache_grow(r.cache, &b, 8));
	assert_int_equal(b.n_blocks, 1);
	drop(&r, &a);
	assert_true(cache_grow(r.cache, &b, 8));
	drop(&r, &b);
	cache_destroy(&r.cache);
}

static void cached_blocks_that_nobody_holds_count_as_needed(void **state)
{
	struct rig r;
	struct seq a, b;

	(void)state;
	rig_init(&r, 3);
	prompt(&a, 1, 8);
	serve(&r, &a);
	drop(&r, &a);
	prompt(&b, 1, 14);
	assert_int_equal(cache_match(r.cache, &b), 8);
	/* Two hits leave one free block, and two more are needed. */
	assert_false(cache_start(r.cache, &b, 8, 14));
	assert_int_equal(cache_free_blocks(r.cache), 3);
	seq_fini(&b);
	cache_destroy(&r.cache);
}

static void generated_tokens_fill_blocks_with_their_parent(void **state)
{
	struct rig r;
	struct seq s;
	uint32_t more[2] = {9, 10};

	(void)state;
	rig_init(&r, 4);
	prompt(&s, 1, 6);
	serve(&r, &s);
	assert_int_equal(r.seen.stored, 1);
	seq_append(&s, more, 2);
	assert_true(cache_grow(r.cache, &s, 8));
	cache_commit(r.cache, &s, 8);
	assert_int_equal(r.seen.stored, 2);
	assert_true(r.seen.last_had_parent);
	assert_int_equal(r.seen.last_first_token, 5);
	drop(&r, &s);
	cache_destroy(&r.cache);
}

static void another_salt_or_adapter_finds_nothing(void **state)
{
	struct rig r;
	struct seq s;

	(void)state;
	rig_init(&r, 8);
	prompt(&s, 1, 10);
	serve(&r, &s);
	drop(&r, &s);
	prompt(&s, 1, 10);
	s.extra.salt = SLICE("tenant-a");
	assert_int_equal(cache_match(r.cache, &s), 0);
	seq_fini(&s);
	prompt(&s, 1, 10);
	s.extra.lora = SLICE("sql");
	assert_int_equal(cache_match(r.cache, &s), 0);
	seq_fini(&s);
	cache_destroy(&r.cache);
}

static void a_reset_waits_until_nothing_is_held(void **state)
{
	struct rig r;
	struct seq s;

	(void)state;
	rig_init(&r, 8);
	prompt(&s, 1, 10);
	serve(&r, &s);
	assert_false(cache_reset(r.cache));
	assert_int_equal(r.seen.cleared, 0);
	drop(&r, &s);
	assert_true(cache_reset(r.cache));
	assert_int_equal(r.seen.cleared, 1);
	assert_int_equal(cache_named_blocks(r.cache), 0);
	prompt(&s, 1, 10);
	assert_int_equal(cache_match(r.cache, &s), 0);
	seq_fini(&s);
	cache_destroy(&r.cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prompt_is_found_again_after_it_ended),
		cmocka_unit_test(the_last_token_is_never_taken_from_the_cache),
		cmocka_unit_test(
			two_copies_are_announced_and_removed_one_by_one),
		cmocka_unit_test(tails_are_evicted_before_heads),
		cmocka_unit_test(what_is_used_again_is_evicted_last),
		cmocka_unit_test(too_few_blocks_change_nothing),
		cmocka_unit_test(
			cached_blocks_that_nobody_holds_count_as_needed),
		cmocka_unit_test(
			generated_tokens_fill_blocks_with_their_parent),
		cmocka_unit_test(another_salt_or_adapter_finds_nothing),
		cmocka_unit_test(a_reset_waits_until_nothing_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

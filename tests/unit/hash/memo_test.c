#include "common/hash/memo.h"

#include "common/base/mem.h"
#include "common/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define N        4096
#define MANY     (1 << 20)
#define BIG_MEMO (4 << 20)

struct fixture {
	struct arena arena;
	struct rng rng;
	uint32_t token[N];
};

static int setup(void **state)
{
	struct fixture *f = mem_zalloc(sizeof(*f));

	arena_init(&f->arena);
	rng_seed(&f->rng, 7);
	for (size_t i = 0; i < N; i++)
		f->token[i] = (uint32_t)rng_below(&f->rng, 152000);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_fini(&f->arena);
	mem_free(f);
	return 0;
}

static struct hash_scheme scheme(enum hash_algorithm a, size_t block_size)
{
	struct hash_scheme s;

	assert_int_equal(hash_scheme_init(&s, a, SLICE("0"), block_size), OK);
	return s;
}

/* The memo's answer must be the plain one. Returns how many blocks it did
 * not have to hash. */
static uint64_t ask(struct fixture *f, struct memo *m,
		    const struct hash_scheme *s, const uint32_t *token,
		    size_t n, const struct hash_extra *extra)
{
	struct memo_stats before = memo_stats(m), after;
	struct chain plain, got;

	arena_reset(&f->arena);
	assert_int_equal(
		chain_hash(s, token, n, extra, MANY, &f->arena, &plain), OK);
	assert_int_equal(
		memo_chain(m, s, token, n, extra, MANY, &f->arena, &got), OK);
	assert_int_equal(got.n, plain.n);
	if (got.n > 0)
		assert_memory_equal(got.key, plain.key,
				    got.n * sizeof(*got.key));
	after = memo_stats(m);
	assert_true(after.blocks - before.blocks == plain.n ||
		    s->algorithm == HASH_TOKENS);
	return after.known - before.known;
}

static void every_prefix_of_every_scheme_has_the_plain_chain(void **state)
{
	static const size_t block_size[] = {1, 7, 16, 64, 300, 1056};
	struct fixture *f = *state;
	struct hash_extra extra = {SLICE("lora"), SLICE("salt")};
	struct memo *m = memo_create(BIG_MEMO);

	for (size_t i = 0; i < ARRAY_LEN(block_size); i++)
		for (int a = HASH_SHA256; a <= HASH_TOKENS; a++)
			for (size_t n = 0; n <= 2200; n += 157) {
				struct hash_scheme s = scheme(
					(enum hash_algorithm)a, block_size[i]);

				ask(f, m, &s, f->token, n, NULL);
				ask(f, m, &s, f->token, n, &extra);
			}
	memo_destroy(&m);
}

static void a_prompt_seen_before_is_known_up_to_its_last_checkpoint(
	void **state)
{
	struct fixture *f = *state;
	struct hash_scheme s = scheme(HASH_SHA256, 16);
	struct memo *m = memo_create(BIG_MEMO);

	assert_int_equal(ask(f, m, &s, f->token, N, NULL), 0);
	assert_int_equal(ask(f, m, &s, f->token, N, NULL), N / 16);
	assert_int_equal(ask(f, m, &s, f->token, 255, NULL), 0);
	assert_int_equal(ask(f, m, &s, f->token, 511, NULL), 16);
	memo_destroy(&m);
}

static void only_what_follows_a_changed_token_is_hashed_again(void **state)
{
	struct fixture *f = *state;
	struct hash_scheme s = scheme(HASH_XXHASH_CBOR, 16);
	struct memo *m = memo_create(BIG_MEMO);

	ask(f, m, &s, f->token, N, NULL);
	f->token[1000]++;
	assert_int_equal(ask(f, m, &s, f->token, N, NULL), 768 / 16);
	f->token[0]++;
	assert_int_equal(ask(f, m, &s, f->token, N, NULL), 0);
	memo_destroy(&m);
}

static void schemes_and_extras_do_not_answer_for_each_other(void **state)
{
	struct fixture *f = *state;
	struct hash_extra extra[] = {
		{SLICE(""), SLICE("")},   {SLICE("a"), SLICE("")},
		{SLICE(""), SLICE("a")},  {SLICE("a"), SLICE("a")},
		{SLICE("aa"), SLICE("")}, {SLICE(""), SLICE("aa")},
	};
	struct hash_scheme s[] = {
		scheme(HASH_SHA256, 16),      scheme(HASH_SHA256_CBOR, 16),
		scheme(HASH_XXHASH, 16),      scheme(HASH_XXHASH_CBOR, 16),
		scheme(HASH_SHA256, 32),      scheme(HASH_SHA256, 8),
		scheme(HASH_SHA256_CBOR, 16),
	};
	struct memo *m = memo_create(BIG_MEMO);

	/* The last differs from the second in its seed alone. */
	assert_int_equal(
		hash_scheme_init(&s[6], HASH_SHA256_CBOR, SLICE("1"), 16), OK);
	for (size_t i = 0; i < ARRAY_LEN(s); i++)
		for (size_t j = 0; j < ARRAY_LEN(extra); j++)
			assert_int_equal(
				ask(f, m, &s[i], f->token, N, &extra[j]), 0);
	assert_int_equal(ask(f, m, &s[0], f->token, N, NULL), N / 16);
	memo_destroy(&m);
}

static void it_stays_within_its_bytes_and_forgets_what_is_not_used(void **state)
{
	struct fixture *f = *state;
	struct hash_scheme s = scheme(HASH_XXHASH, 16);
	struct memo *m = memo_create(64 << 10);
	size_t bytes = memo_bytes(m);
	uint64_t known;

	assert_in_range(bytes, 1, 64 << 10);
	ask(f, m, &s, f->token, 1024, NULL);
	known = ask(f, m, &s, f->token, 1024, NULL);
	assert_int_equal(known, 1024 / 16);
	for (uint32_t i = 0; i < 1000; i++) {
		f->token[2048] = i;
		ask(f, m, &s, f->token + 2048, 2048, NULL);
	}
	assert_int_equal(memo_bytes(m), bytes);
	known = ask(f, m, &s, f->token, 1024, NULL);
	assert_true(known < 1024 / 16);
	memo_destroy(&m);
}

/* One-off prompts in between must not push out a conversation's prefix. */
static void what_is_asked_for_again_outlives_what_is_not(void **state)
{
	struct fixture *f = *state;
	struct hash_scheme s = scheme(HASH_XXHASH, 16);
	struct memo *m = memo_create(64 << 10);
	uint64_t known = 0, asked = 0;

	for (uint32_t i = 0; i < 400; i++) {
		f->token[2048] = i;
		ask(f, m, &s, f->token + 2048, 1024, NULL);
		known += ask(f, m, &s, f->token, 1024, NULL);
		asked += 1024 / 16;
	}
	assert_true(known * 100 >= asked * 90);
	memo_destroy(&m);
}

static void too_few_bytes_make_a_memo_that_remembers_nothing(void **state)
{
	struct fixture *f = *state;
	struct hash_scheme s = scheme(HASH_SHA256, 16);
	struct memo *m = memo_create(0);

	assert_int_equal(ask(f, m, &s, f->token, N, NULL), 0);
	assert_int_equal(ask(f, m, &s, f->token, N, NULL), 0);
	memo_destroy(&m);
	assert_null(m);
	memo_destroy(&m);
}

static void limits_are_those_of_chain_hash(void **state)
{
	struct fixture *f = *state;
	char *text = mem_zalloc(HASH_MAX_TEXT_BYTES + 1);
	struct hash_extra extra = {{text, HASH_MAX_TEXT_BYTES + 1}};
	struct chain c = {NULL, 77};

	for (int a = HASH_SHA256; a <= HASH_TOKENS; a++) {
		struct hash_scheme s = scheme((enum hash_algorithm)a, 16);
		struct memo *m = memo_create(BIG_MEMO);

		assert_int_equal(
			memo_chain(m, &s, f->token, 48, NULL, 2, &f->arena, &c),
			ERR_LIMIT);
		assert_int_equal(memo_chain(m, &s, f->token, 48, &extra, 3,
					    &f->arena, &c),
				 ERR_LIMIT);
		assert_int_equal(c.n, 77);
		memo_destroy(&m);
	}
	mem_free(text);
}

/* Conversations that branch and grow, in a memo too small for them. */
static void a_long_random_walk_never_differs_from_the_plain_chain(void **state)
{
	struct fixture *f = *state;
	struct hash_scheme s = scheme(HASH_XXHASH_CBOR, 16);
	struct memo *m = memo_create(96 << 10);
	uint64_t known = 0;

	for (int i = 0; i < 1500; i++) {
		size_t n = rng_below(&f->rng, N);
		size_t at = rng_below(&f->rng, N);

		if (i % 4 == 0)
			f->token[at] = (uint32_t)rng_below(&f->rng, 3);
		known += ask(f, m, &s, f->token, n, NULL);
	}
	assert_true(known > 0);
	memo_destroy(&m);
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest test[] = {
		WITH(every_prefix_of_every_scheme_has_the_plain_chain),
		WITH(a_prompt_seen_before_is_known_up_to_its_last_checkpoint),
		WITH(only_what_follows_a_changed_token_is_hashed_again),
		WITH(schemes_and_extras_do_not_answer_for_each_other),
		WITH(it_stays_within_its_bytes_and_forgets_what_is_not_used),
		WITH(what_is_asked_for_again_outlives_what_is_not),
		WITH(too_few_bytes_make_a_memo_that_remembers_nothing),
		WITH(limits_are_those_of_chain_hash),
		WITH(a_long_random_walk_never_differs_from_the_plain_chain),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}

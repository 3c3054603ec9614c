#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/rng.h"
#include "router/prompt/growing_chain.h"

#define MOST  4000
#define BLOCK 16

static uint32_t token[MOST];
static struct growing_chain chain;
static struct arena arena;

static int begin(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 9);
	for (size_t i = 0; i < MOST; i++)
		token[i] = (uint32_t)rng_below(&rng, 150000);
	arena_init(&arena);
	return 0;
}

static int end(void **state)
{
	(void)state;
	growing_chain_fini(&chain);
	arena_fini(&arena);
	return 0;
}

static struct hash_scheme scheme_of(enum hash_algorithm a, size_t block)
{
	struct hash_scheme s;

	assert_int_equal(hash_scheme_init(&s, a, SLICE("0"), block), OK);
	return s;
}

static void check(const struct hash_scheme *s, const struct hash_extra *extra,
		  size_t n)
{
	struct chain_keys *held = NULL;
	struct chain want, got;

	assert_int_equal(growing_chain_extend(&chain, s, extra, token, n), OK);
	assert_int_equal(chain_hash(s, token, n, extra, MOST, &arena, &want),
			 OK);
	got = growing_chain_lend(&chain, &held);
	assert_int_equal(got.n, want.n);
	if (want.n > 0)
		assert_memory_equal(got.key, want.key,
				    want.n * sizeof(*want.key));
	chain_keys_give_back(&held);
	arena_reset(&arena);
}

/* Cut at random, with other tokens behind the cut, and grown again. */
static void grow_and_cut(enum hash_algorithm a, const struct hash_extra *extra)
{
	struct hash_scheme s = scheme_of(a, BLOCK);
	struct rng rng;

	rng_seed(&rng, (uint64_t)a);
	for (size_t i = 0; i < 200; i++) {
		size_t n = rng_below(&rng, MOST);
		size_t kept = rng_below(&rng, chain.n + 2);

		growing_chain_cut(&chain, kept);
		for (size_t k = chain.n * BLOCK; k < MOST && k < n; k += 7)
			token[k] = (uint32_t)rng_below(&rng, 150000);
		check(&s, extra, n);
	}
}

static void it_is_the_chain_of_all_tokens_however_it_grew(void **state)
{
	const struct hash_extra extra = {.lora = SLICE("adapter")};

	(void)state;
	grow_and_cut(HASH_TOKENS, NULL);
	grow_and_cut(HASH_SHA256_CBOR, NULL);
	grow_and_cut(HASH_SHA256, NULL);
	grow_and_cut(HASH_XXHASH, NULL);
	growing_chain_fini(&chain);
	grow_and_cut(HASH_XXHASH_CBOR, &extra);
}

/* Whatever is done to the chain meanwhile. */
static void keys_that_are_lent_stay_as_they_are(void **state)
{
	struct hash_scheme s = scheme_of(HASH_TOKENS, BLOCK);
	struct chain_keys *held[20] = {NULL};
	struct chain lent[20], copy[20];
	struct arena copies;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 5);
	arena_init(&copies);
	for (size_t i = 0; i < 400; i++) {
		size_t k = i % ARRAY_LEN(held), n = rng_below(&rng, MOST);

		if (i >= ARRAY_LEN(held) && copy[k].n > 0)
			assert_memory_equal(lent[k].key, copy[k].key,
					    copy[k].n * sizeof(uint64_t));
		growing_chain_cut(&chain, rng_below(&rng, chain.n + 2));
		for (size_t t = chain.n * BLOCK; t < MOST; t += 5)
			token[t] = (uint32_t)rng_below(&rng, 150000);
		if (rng_below(&rng, 20) == 0)
			growing_chain_fini(&chain);
		check(&s, NULL, n);
		lent[k] = growing_chain_lend(&chain, &held[k]);
		copy[k] = lent[k];
		if (copy[k].n > 0)
			copy[k].key =
				(uint64_t *)(void *)arena_copy(
					&copies,
					(struct slice){
						(char *)copy[k].key,
						copy[k].n * sizeof(uint64_t)})
					.p;
	}
	for (size_t k = 0; k < ARRAY_LEN(held); k++)
		chain_keys_give_back(&held[k]);
	arena_fini(&copies);
}

static void without_a_block_nothing_is_lent(void **state)
{
	struct chain_keys *held = NULL;

	(void)state;
	assert_int_equal(growing_chain_lend(&chain, &held).n, 0);
	assert_null(held);
	chain_keys_give_back(&held);
}

static void another_scheme_begins_anew(void **state)
{
	struct hash_scheme a = scheme_of(HASH_TOKENS, BLOCK);
	struct hash_scheme b = scheme_of(HASH_TOKENS, 2 * BLOCK);
	struct hash_scheme c = scheme_of(HASH_SHA256_CBOR, 2 * BLOCK);

	(void)state;
	check(&a, NULL, MOST);
	check(&b, NULL, MOST);
	check(&c, NULL, MOST - 1);
	check(&a, NULL, MOST);
}

static void fewer_tokens_than_a_block_have_no_chain(void **state)
{
	struct hash_scheme s = scheme_of(HASH_SHA256_CBOR, BLOCK);

	(void)state;
	check(&s, NULL, BLOCK - 1);
	check(&s, NULL, 0);
	assert_int_equal(chain.n, 0);
}

static void a_name_too_long_leaves_it_empty(void **state)
{
	static char name[HASH_MAX_TEXT_BYTES + 1];
	const struct hash_extra extra = {.lora = {name, sizeof(name)}};
	struct hash_scheme s = scheme_of(HASH_SHA256_CBOR, BLOCK);

	(void)state;
	assert_int_equal(growing_chain_extend(&chain, &s, &extra, token, MOST),
			 ERR_LIMIT);
	assert_int_equal(chain.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			it_is_the_chain_of_all_tokens_however_it_grew, begin,
			end),
		cmocka_unit_test_setup_teardown(
			keys_that_are_lent_stay_as_they_are, begin, end),
		cmocka_unit_test(without_a_block_nothing_is_lent),
		cmocka_unit_test_setup_teardown(another_scheme_begins_anew,
						begin, end),
		cmocka_unit_test_setup_teardown(
			fewer_tokens_than_a_block_have_no_chain, begin, end),
		cmocka_unit_test_setup_teardown(a_name_too_long_leaves_it_empty,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

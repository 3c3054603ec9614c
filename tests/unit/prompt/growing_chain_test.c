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
	struct chain want;

	assert_int_equal(growing_chain_extend(&chain, s, extra, token, n), OK);
	assert_int_equal(chain_hash(s, token, n, extra, MOST, &arena, &want),
			 OK);
	assert_int_equal(chain.n, want.n);
	if (want.n > 0)
		assert_memory_equal(chain.key, want.key,
				    want.n * sizeof(*want.key));
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
		cmocka_unit_test_setup_teardown(another_scheme_begins_anew,
						begin, end),
		cmocka_unit_test_setup_teardown(
			fewer_tokens_than_a_block_have_no_chain, begin, end),
		cmocka_unit_test_setup_teardown(a_name_too_long_leaves_it_empty,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

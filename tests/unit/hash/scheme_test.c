#include "common/hash/scheme.h"

#include "tests/unit/hash/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

static void assert_none_hash(enum hash_algorithm a, const char *seed,
			     const char *expected)
{
	struct hash_scheme s;
	char text[2 * HASH_MAX_BYTES + 1];

	assert_int_equal(hash_scheme_init(&s, a, slice_of(seed), 16), OK);
	hex_print(s.none_hash, s.hash_bytes, text);
	assert_string_equal(text, expected);
}

static void seeds_give_the_none_hashes_that_vllm_computes(void **state)
{
	static const struct {
		const char *seed;
		const char *expected[4]; /* by algorithm */
	} row[] = {
		{"0",
		 {"1973e23848344dc43a988a9b478663803cfffe1243480253f9a3cf004b14"
		  "aa7c",
		  "4e1195df020de59e0d65a33a4279f1183e7ae4e5d980e309f8b55adff2e6"
		  "1c3e",
		  "6fb31cc38bba6066183f7f2104b9c051",
		  "1ebe36576dcb573f26b99533a20aaeca"}},
		{"42",
		 {"c0bc02c9fc92a4944335649961b9e55cc41b194bece4801e8c6ef0f0f3f5"
		  "884a",
		  "9fa6eb003f14425eb9c8e6baacfbcaab26257357b829c7bfa74ffcc4f31c"
		  "1780",
		  "b6cdd80ea04b31ad0b9fc22fff500882",
		  "a9d2e63407fce1a26c9dc9d7fa2d7caf"}},
		{"",
		 {"3279c4b947f331d055c47442171c9ea17712596bd7fe094c31d4a5d432b4"
		  "2d68",
		  "8d33f520a3c4cef80d2453aef81b612bfe1cb44c8b2025630ad38662763f"
		  "13d3",
		  "6b3b164a79fc6c08c6efa28fc1922294",
		  "902bbcf97174df1ea0a482954fa7b32a"}},
		{"vllm",
		 {"5b0233c517ba854026fb00816ced03320f75fa8d6a4beb84301afff49f7d"
		  "7ebc",
		  "8abead61411e435ecfa16d22c57b811ce7f178e35cf18c1affddb1dc6d93"
		  "8815",
		  "b918fe8f7a2e0709691813aaac3d2fef",
		  "fd6b842b09ce06b2e0f36d2b457b417d"}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		for (int a = HASH_SHA256; a <= HASH_XXHASH_CBOR; a++)
			assert_none_hash((enum hash_algorithm)a, row[i].seed,
					 row[i].expected[a]);
}

/* Lengths at which both formats change the form of a string's length;
 * values from CPython's pickle and hashlib. */
static void long_seeds_use_the_longer_string_forms(void **state)
{
	static const struct {
		size_t n;
		const char *pickle, *cbor;
	} row[] = {
		{23,
		 "2189fd4a2e1003c4b1a614733f249d25874edfe5ad0b3ea3da8287f5f95b0"
		 "850",
		 "1118d7d0f0c4279db93696243d5aa5dca14090315aa6879e53b4a5bd7e1ae"
		 "625"},
		{24,
		 "7f5d9c10327549236940f57bfa40b20effdc6387ff86e9073295cfc6e41fe"
		 "bbf",
		 "91e7742f907bc787f312b0ffcce86059ba714a4aade8f36052113abddf099"
		 "8eb"},
		{255,
		 "39e66444c0c51183dd0c6e9f8dcab003515b9fd45be899718b0603b634432"
		 "bfa",
		 "26f05de299a34874101d23be836b5a59d6d52b81e05cbcfe067a5f939f1fb"
		 "4f7"},
		{256,
		 "a9d11a4603748bd35a49a9115650cf425573129ec44c54a7a4083797d496b"
		 "2e6",
		 "8361a7e9f85cdfb1ca503c724ad959fc04a6b376936e9080e0e1f8b9edab6"
		 "a65"},
		{4096,
		 "958b35cc42c12659f0a20adb95302bc86386b31d7af24a99ce1b8a8b7a792"
		 "5a2",
		 "e619076c4fa5b40b2e2d71db4686dffaefa4d3d1904dccbbc73364070449e"
		 "645"},

	};
	char *text = malloc(HASH_MAX_TEXT_BYTES + 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		memset(text, 'x', row[i].n);
		text[row[i].n] = '\0';
		assert_none_hash(HASH_SHA256, text, row[i].pickle);
		assert_none_hash(HASH_SHA256_CBOR, text, row[i].cbor);
	}
	free(text);
}

static void a_leading_zero_is_another_seed(void **state)
{
	struct hash_scheme a, b;

	(void)state;
	assert_int_equal(hash_scheme_init(&a, HASH_SHA256, SLICE("0"), 16), OK);
	assert_int_equal(hash_scheme_init(&b, HASH_SHA256, SLICE("00"), 16),
			 OK);
	assert_memory_not_equal(a.none_hash, b.none_hash, HASH_MAX_BYTES);
}

static void tokens_ignores_the_seed(void **state)
{
	struct hash_scheme a, b;

	(void)state;
	assert_int_equal(hash_scheme_init(&a, HASH_TOKENS, SLICE("0"), 16), OK);
	assert_int_equal(hash_scheme_init(&b, HASH_TOKENS, SLICE("1"), 16), OK);
	assert_memory_equal(a.none_hash, b.none_hash, HASH_MAX_BYTES);
	assert_int_equal(a.hash_bytes, 8);
}

static void names_are_vllms_and_parse_back(void **state)
{
	static const char *const name[] = {
		[HASH_SHA256] = "sha256", [HASH_SHA256_CBOR] = "sha256_cbor",
		[HASH_XXHASH] = "xxhash", [HASH_XXHASH_CBOR] = "xxhash_cbor",
		[HASH_TOKENS] = "tokens",
	};
	enum hash_algorithm out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		assert_true(hash_algorithm_parse(slice_of(name[i]), &out));
		assert_int_equal(out, i);
		assert_string_equal(hash_algorithm_name(out), name[i]);
	}
}

static void unknown_names_do_not_parse(void **state)
{
	static const char *const name[] = {
		"", "sha", "SHA256", "sha256 ", "builtin", "sha256_cbor_64bit"};
	enum hash_algorithm out = HASH_TOKENS;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		assert_false(hash_algorithm_parse(slice_of(name[i]), &out));
	assert_int_equal(out, HASH_TOKENS);
}

static void sizes_out_of_bounds_are_refused(void **state)
{
	static char text[HASH_MAX_TEXT_BYTES + 1];
	struct slice seed = {text, sizeof(text)};
	struct hash_scheme s, before;

	(void)state;
	memset(text, '1', sizeof(text));
	memset(&s, 0xa5, sizeof(s));
	before = s;
	assert_int_equal(hash_scheme_init(&s, HASH_SHA256, SLICE("0"), 0),
			 ERR_INVALID);
	assert_int_equal(hash_scheme_init(&s, HASH_SHA256, SLICE("0"),
					  HASH_MAX_BLOCK_SIZE + 1),
			 ERR_LIMIT);
	assert_int_equal(hash_scheme_init(&s, HASH_SHA256, seed, 16),
			 ERR_LIMIT);
	assert_memory_equal(&s, &before, sizeof(s));
	seed.n--;
	assert_int_equal(
		hash_scheme_init(&s, HASH_SHA256, seed, HASH_MAX_BLOCK_SIZE),
		OK);
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(seeds_give_the_none_hashes_that_vllm_computes),
		cmocka_unit_test(long_seeds_use_the_longer_string_forms),
		cmocka_unit_test(a_leading_zero_is_another_seed),
		cmocka_unit_test(tokens_ignores_the_seed),
		cmocka_unit_test(names_are_vllms_and_parse_back),
		cmocka_unit_test(unknown_names_do_not_parse),
		cmocka_unit_test(sizes_out_of_bounds_are_refused),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}

#include "common/hash/chain.h"

#include "common/base/mem.h"
#include "common/hash/walk.h"
#include "tests/unit/hash/hex.h"

#include <xxhash.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* All expected values come from CPython: pickle.dumps(…, 5) and a CBOR
 * writer of ten lines, with hashlib; seed "0" unless said otherwise. */

#define MAX_TEST_BLOCKS 2048

static const uint32_t small[14] = {1, 2, 3,  4,  5,  6,  7,
				   8, 9, 10, 11, 12, 13, 14};

static struct hash_scheme scheme(enum hash_algorithm a, size_t block_size)
{
	struct hash_scheme s;

	assert_int_equal(hash_scheme_init(&s, a, SLICE("0"), block_size), OK);
	return s;
}

static const char *last_digest(const struct hash_scheme *s,
			       const uint32_t *token, size_t n,
			       const struct hash_extra *extra)
{
	static uint8_t digest[MAX_TEST_BLOCKS * HASH_MAX_BYTES];
	static char text[2 * HASH_MAX_BYTES + 1];
	size_t blocks = n / s->block_size;

	assert_in_range(blocks, 1, MAX_TEST_BLOCKS);
	assert_int_equal(chain_digests(s, token, n, extra, digest), OK);
	return hex_print(digest + (blocks - 1) * s->hash_bytes, s->hash_bytes,
			 text);
}

/* Ids of every width, past 2^31 too. */
static uint32_t *wide_tokens(size_t n)
{
	uint32_t *token = mem_array(n, sizeof(*token));

	for (size_t i = 0; i < n; i++)
		token[i] = (uint32_t)(i * 2654435761U);
	return token;
}

static void the_worked_example_has_its_hashes(void **state)
{
	static const char *const expected[] = {
		[HASH_SHA256] =
			"6b1b97709d6df433f21a687329632baeb644d92ebc28412"
			"6c00c0514d4e042a3",
		[HASH_SHA256_CBOR] = "dcdc35b50ae8bac1df0efb9698080a02e69a57461"
				     "c7ec63d0910b83529c5f472",
	};
	char text[2 * HASH_MAX_BYTES + 1];
	uint8_t parent[32], out[32];

	(void)state;
	for (size_t i = 0; i < sizeof(parent); i++)
		parent[i] = (uint8_t)i;
	for (int a = HASH_SHA256; a <= HASH_SHA256_CBOR; a++) {
		struct hash_scheme s = scheme((enum hash_algorithm)a, 4);

		assert_int_equal(chain_extend(&s, parent, small, 1, NULL, out),
				 OK);
		assert_string_equal(hex_print(out, 32, text), expected[a]);
	}
}

static void both_digests_of_both_formats_are_vllms(void **state)
{
	static const char *const expected[] = {
		[HASH_SHA256] =
			"9e62b5a7ec298f33cb4c7d9e00b659874bb2432d23ad687"
			"9ad1746592a2b036b",
		[HASH_SHA256_CBOR] = "24125b23e68883b5c2141db2959d48433fe6bde2f"
				     "26bd914efad121d154ab2d6",
		[HASH_XXHASH] = "0c9832567b17003b126077f57e0bb670",
		[HASH_XXHASH_CBOR] = "d152782cb4d753bde718a811a3b75e23",
	};

	(void)state;
	for (int a = HASH_SHA256; a <= HASH_XXHASH_CBOR; a++) {
		struct hash_scheme s = scheme((enum hash_algorithm)a, 4);

		assert_string_equal(last_digest(&s, small, 8, NULL),
				    expected[a]);
	}
}

/* Tuples of 1 to 3 have opcodes of their own; CPython shares strings of
 * one character up to U+00FF, which pickle then writes as a reference;
 * lengths 24 and 256 change the form of a string's length. */
static const struct {
	size_t block_size;
	const char *lora, *salt;
	size_t times; /* each text is repeated so often */
	const char *pickle, *cbor;
} odd[] = {
	{1, "", "", 1,
	 "b6630f1a1dfdb96e5899800c54ff204fcd9ac8f7c2cb0dcb154c3783d14d5b97",
	 "bf63ac28ef583fe30908d754b2628942d45fd575ea7e43e016ee3093d174d058"},
	{2, "", "", 1,
	 "59bd650cb8ec39b11ffc0be31c8d1562f497d7f50acfa0bae25f75d59afdfc6d",
	 "588a77e620def5604a8e8d2c507eba4f64d4df2048a18e02e8d0e03bb283e4e8"},
	{3, "", "", 1,
	 "704c9e11331dbe35af01b87905d5383a81c568b94a7e18f1682e8cc4ad0dc182",
	 "85fc8732c9ead655b4be5b9224ead76ace069bdd7473f9342beff0be8611347a"},
	{4, "", "", 1,
	 "fd503875de30430b3c7e35f7ecca2fe995f2d55487bfef31707e09b175f917a0",
	 "e628d7f6f15c524d67345b6a98489c375c91df1c31e3d154daed446d95c926b2"},
	{4, "a", "a", 1,
	 "64536d2c391467f926bb7e4aee9e2f1ef2182bf9622a007c7981816576a750d9",
	 "343026e26077992442d8997bcdd164099e437ce2cc9f11e1ba4f6b9c1290dda0"},
	{4, "\xc3\xa9", "\xc3\xa9", 1,
	 "362e9420813a26435013696a70a2082cc8d97a1e5c1aea48767dd4e18448de32",
	 "f1b3a94062720b20f448f52760d62354e9f67b12ef747ba85e112a4b05ac9ba0"},
	{4, "a", "b", 1,
	 "e0eaa191986d135699c8672f84eae850ff1102b3ffff9f93cde19f2822531360",
	 "52cd7a86544f05c43b02fa4613b9b5d998077f9a4cae4934c8d29cd700a9bec5"},
	{4, "ab", "ab", 1,
	 "90e7dbc3fa3d0d828279ea9e785fb127658b67ca0c28d8c8aa313d5ca0ca1702",
	 "af132549e7d7795b394851dba73f17e844faafd787208f9061a65b3d05206880"},
	{4, "", "a", 1,
	 "09056aa11c75fd996cca03562584336335c1919b6d7a54d89db97e7195fb3999",
	 "55bbd99c7724fe8340fabf3393f5d88550fa485d6240f07988b735b7ec922148"},
	{4, "\xc4\x81", "\xc4\x81", 1,
	 "06bf0d93e029953029e0fc4d2bbd8942d7abe4b0dcf570edbf2d633a4388e531",
	 "1f3c3469f65fc145871968acabb0d43845150abfba0f8a4b8d03b16251e12c9d"},
	{4, "x", "y", 23,
	 "b5e558e50cd98c5d058fb731b21beb96b6b7916effab0aa808dc20e04366beee",
	 "64533ebd9c01ee2376263f8bb161b5d95144bc8de22431702ac30dea9cf4ac4f"},
	{4, "x", "y", 24,
	 "29a3f0ac1933a29e7fe9970224a02fee7a52592b329f597eeb1efd68922bc198",
	 "16082d0c9f991a0d5754bd6e607c13aa13d63a43db2ffec7152f2b3d4fe23839"},
	{4, "x", "y", 255,
	 "64bc680ec37b6597e6d0af022c6112e55ce602e371562dbb806d140873a2f2f2",
	 "da7c7ffe1fff210402c99e78381581b72252e8d10597ca66dbf49369eb2ff141"},
	{4, "x", "y", 256,
	 "947e496d048a10538c0a98837b7baccec6d31f9cb12f10fca1bb6e1c7624985d",
	 "033903609722a383eb1510c09179d1260934022524313efff3ff40a5717e8978"},
	{4, "x", "y", 4096,
	 "a86e1bc8ae486b8eaf8938a051870f5098c8d257d55ae884c6ed231ab80d670c",
	 "f986f307050af6c30f9e1711d67e2a32a01b81cdfaa1d0a6af1f16884bffe76b"},
};

static struct slice repeated(const char *text, size_t times, char *out)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < times; i++)
		memcpy(out + i * n, text, n);
	return (struct slice){out, n * times};
}

static void short_tuples_and_odd_texts_are_as_cpython_writes_them(void **state)
{
	char *lora = mem_alloc(HASH_MAX_TEXT_BYTES);
	char *salt = mem_alloc(HASH_MAX_TEXT_BYTES);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct hash_extra extra = {
			repeated(odd[i].lora, odd[i].times, lora),
			repeated(odd[i].salt, odd[i].times, salt),
		};
		struct hash_scheme p = scheme(HASH_SHA256, odd[i].block_size);
		struct hash_scheme c = scheme(HASH_SHA256_CBOR,
					      odd[i].block_size);

		assert_string_equal(last_digest(&p, small, 14, &extra),
				    odd[i].pickle);
		assert_string_equal(last_digest(&c, small, 14, &extra),
				    odd[i].cbor);
	}
	mem_free(lora);
	mem_free(salt);
}

static void wide_blocks_of_wide_tokens_are_exact(void **state)
{
	static const struct {
		size_t block_size;
		const char *pickle, *cbor;
	} row[] = {
		{23,
		 "d53c2d7f8496a46379dd2222614df92145a0fd3aa6d8e14fe466c50cb0163"
		 "014",
		 "bc13839623e72bbdced45e7834162379a46a89b9fabb1338505e3750b04cc"
		 "b7c"},
		{24,
		 "e6afd942e73df96ac87ed7d9c128be1c26ab51296029beb0ea4b157137ada"
		 "e32",
		 "fc252b14158c0ecc8fff8495d1bb077ff59e580f814246f4c342403ec142f"
		 "f26"},
		{255,
		 "dc7eb08b2393e4f4a3c1f009c3dd030f5fd2245b3e641600e8793e0d441c1"
		 "18f",
		 "b354d08223d0ed2a5e6099424e8ef004f3093e0e2f2b8769260b8d55183c9"
		 "ae0"},
		{256,
		 "fdac1248ff775b434bc9eecea7b0fb57a26a30c1abdfb3e377e80ec650615"
		 "61d",
		 "4cedc5bbb5baa21894435d4982c4bff55630d05055f8754f6d1726128a45e"
		 "98d"},
		{4096,
		 "a1e8de32158ef2df53cf1bce3b9b8ebb4da300a21d051df8d9d76c753066d"
		 "968",
		 "83e239039468b1fa3e338d339c1a326d7089be48e55d6a011cc12c36bdb99"
		 "164"},
	};
	uint32_t *token = wide_tokens(8192);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct hash_scheme p = scheme(HASH_SHA256, row[i].block_size);
		struct hash_scheme c = scheme(HASH_SHA256_CBOR,
					      row[i].block_size);

		assert_string_equal(last_digest(&p, token, 8192, NULL),
				    row[i].pickle);
		assert_string_equal(last_digest(&c, token, 8192, NULL),
				    row[i].cbor);
	}
	mem_free(token);
}

static void the_largest_block_with_the_longest_texts_is_exact(void **state)
{
	uint32_t *token = wide_tokens(8192);
	char *text = mem_alloc(2 * HASH_MAX_TEXT_BYTES);
	struct hash_extra extra = {
		{text, HASH_MAX_TEXT_BYTES},
		{text + HASH_MAX_TEXT_BYTES, HASH_MAX_TEXT_BYTES},
	};
	struct hash_scheme p = scheme(HASH_SHA256, HASH_MAX_BLOCK_SIZE);
	struct hash_scheme c = scheme(HASH_SHA256_CBOR, HASH_MAX_BLOCK_SIZE);

	(void)state;
	memset(text, 'x', HASH_MAX_TEXT_BYTES);
	memset(text + HASH_MAX_TEXT_BYTES, 'y', HASH_MAX_TEXT_BYTES);
	assert_string_equal(last_digest(&p, token, 8192, &extra),
			    "6e897260d426084b9d4e06854d91a763ba6c3d9f6718cb9600"
			    "a457b39e25bd29");
	assert_string_equal(last_digest(&c, token, 8192, &extra),
			    "1e88e9a1bb452986451dbde04650c7ae65122cf31924dcf33c"
			    "8ecf39211a7856");
	mem_free(text);
	mem_free(token);
}

static void keys_are_the_last_eight_bytes(void **state)
{
	static const uint64_t expected[] = {
		[HASH_SHA256] = 12472515041799373675U,
		[HASH_SHA256_CBOR] = 17270480062156288726U,
		[HASH_XXHASH] = 1324190186712315504U,
		[HASH_XXHASH_CBOR] = 16652244415917022755U,
	};
	struct arena arena;
	struct chain c;

	(void)state;
	arena_init(&arena);
	for (int a = HASH_SHA256; a <= HASH_XXHASH_CBOR; a++) {
		struct hash_scheme s = scheme((enum hash_algorithm)a, 4);
		uint8_t digest[3 * HASH_MAX_BYTES];

		assert_int_equal(chain_hash(&s, small, 14, NULL, 3, &arena, &c),
				 OK);
		assert_int_equal(c.n, 3);
		assert_true(c.key[1] == expected[a]);
		assert_int_equal(chain_digests(&s, small, 14, NULL, digest),
				 OK);
		for (size_t i = 0; i < 3; i++)
			assert_true(chain_key(&s, digest + i * s.hash_bytes) ==
				    c.key[i]);
	}
	arena_fini(&arena);
}

static void a_partial_last_block_has_no_hash(void **state)
{
	struct hash_scheme s = scheme(HASH_SHA256_CBOR, 4);
	struct arena arena;
	struct chain eight, eleven, three;

	(void)state;
	arena_init(&arena);
	assert_int_equal(chain_hash(&s, small, 8, NULL, 9, &arena, &eight), OK);
	assert_int_equal(chain_hash(&s, small, 11, NULL, 9, &arena, &eleven),
			 OK);
	assert_int_equal(eleven.n, 2);
	assert_memory_equal(eight.key, eleven.key, 2 * sizeof(*eight.key));
	assert_int_equal(chain_hash(&s, small, 3, NULL, 9, &arena, &three), OK);
	assert_int_equal(three.n, 0);
	assert_int_equal(chain_hash(&s, NULL, 0, NULL, 0, &arena, &three), OK);
	assert_int_equal(three.n, 0);
	arena_fini(&arena);
}

static void too_many_blocks_are_refused_and_out_is_untouched(void **state)
{
	struct hash_scheme s = scheme(HASH_SHA256, 4);
	struct chain c = {(uint64_t *)small, 77};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	assert_int_equal(chain_hash(&s, small, 12, NULL, 2, &arena, &c),
			 ERR_LIMIT);
	assert_int_equal(c.n, 77);
	assert_ptr_equal(c.key, small);
	arena_fini(&arena);
}

static void too_long_texts_are_refused_by_every_entry(void **state)
{
	char *text = mem_zalloc(HASH_MAX_TEXT_BYTES + 1);
	struct slice bad = {text, HASH_MAX_TEXT_BYTES + 1};
	struct hash_extra extra[] = {{bad, SLICE("")}, {SLICE(""), bad}};
	struct hash_scheme s = scheme(HASH_TOKENS, 4);
	uint8_t out[HASH_MAX_BYTES] = {7};
	struct arena arena;
	struct chain c = {NULL, 77};

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < ARRAY_LEN(extra); i++) {
		assert_int_equal(
			chain_hash(&s, small, 4, &extra[i], 9, &arena, &c),
			ERR_LIMIT);
		assert_int_equal(chain_digests(&s, small, 4, &extra[i], out),
				 ERR_LIMIT);
		assert_int_equal(
			chain_extend(&s, NULL, small, 1, &extra[i], out),
			ERR_LIMIT);
	}
	assert_int_equal(c.n, 77);
	assert_int_equal(out[0], 7);
	arena_fini(&arena);
	mem_free(text);
}

/* In any cut, and where a parent is given the salt must not count. */
static void extending_a_chain_equals_hashing_it_whole(void **state)
{
	struct hash_extra extra = {SLICE("sql-lora"), SLICE("tenant-a")};
	uint8_t whole[3 * HASH_MAX_BYTES], part[3 * HASH_MAX_BYTES];

	(void)state;
	for (int a = HASH_SHA256; a <= HASH_TOKENS; a++) {
		struct hash_scheme s = scheme((enum hash_algorithm)a, 4);
		size_t bytes = s.hash_bytes;

		assert_int_equal(chain_digests(&s, small, 14, &extra, whole),
				 OK);
		for (size_t cut = 1; cut < 3; cut++) {
			uint8_t *rest = part + cut * bytes;

			assert_int_equal(chain_extend(&s, NULL, small, cut,
						      &extra, part),
					 OK);
			assert_int_equal(chain_extend(&s, rest - bytes,
						      small + 4 * cut, 3 - cut,
						      &extra, rest),
					 OK);
			assert_memory_equal(whole, part, 3 * bytes);
		}
	}
}

static void assert_all_differ(const struct hash_scheme *s, const uint8_t *a,
			      const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_memory_not_equal(a + i * s->hash_bytes,
					b + i * s->hash_bytes, s->hash_bytes);
}

static void adapter_and_salt_make_other_chains(void **state)
{
	struct hash_extra extra[] = {
		{SLICE(""), SLICE("")},   {SLICE("l"), SLICE("")},
		{SLICE(""), SLICE("s")},  {SLICE("l"), SLICE("s")},
		{SLICE("l2"), SLICE("")}, {SLICE(""), SLICE("s2")},
	};
	uint8_t out[ARRAY_LEN(extra)][3 * HASH_MAX_BYTES];

	(void)state;
	for (int a = HASH_SHA256; a <= HASH_TOKENS; a++) {
		struct hash_scheme s = scheme((enum hash_algorithm)a, 4);

		for (size_t i = 0; i < ARRAY_LEN(extra); i++) {
			assert_int_equal(
				chain_digests(&s, small, 14, &extra[i], out[i]),
				OK);
			for (size_t j = 0; j < i; j++)
				assert_all_differ(&s, out[i], out[j], 3);
		}
	}
}

/* The engine's first block has only the tuple of texts, so a name and an
 * equal salt cannot be told apart there; behind it they can. */
static void a_name_and_an_equal_salt_differ_behind_the_first_block(void **state)
{
	struct hash_extra lora = {SLICE("same"), SLICE("")};
	struct hash_extra salt = {SLICE(""), SLICE("same")};
	uint8_t a[3 * HASH_MAX_BYTES], b[3 * HASH_MAX_BYTES];

	(void)state;
	for (int i = HASH_SHA256; i <= HASH_TOKENS; i++) {
		struct hash_scheme s = scheme((enum hash_algorithm)i, 4);
		size_t n = s.hash_bytes;

		assert_int_equal(chain_digests(&s, small, 14, &lora, a), OK);
		assert_int_equal(chain_digests(&s, small, 14, &salt, b), OK);
		assert_int_equal(memcmp(a, b, n) == 0, i != HASH_TOKENS);
		assert_memory_not_equal(a + n, b + n, n);
	}
}

/* Our own definition, written out: others may have to compute it. */
static void tokens_is_xxh3_of_parent_and_ids(void **state)
{
	struct hash_scheme s = scheme(HASH_TOKENS, 2);
	struct hash_extra extra = {SLICE("lo"), SLICE("sa")};
	XXH64_canonical_t parent = {{0}};
	struct arena arena;
	struct chain plain, both;
	uint8_t block[16] = {0};
	uint64_t seed = XXH3_64bits("lo", 2), hash;

	(void)state;
	arena_init(&arena);
	assert_int_equal(chain_hash(&s, small, 4, NULL, 9, &arena, &plain), OK);
	assert_int_equal(chain_hash(&s, small, 4, &extra, 9, &arena, &both),
			 OK);
	block[8] = 1;
	block[12] = 2;
	assert_true(plain.key[0] == XXH3_64bits(block, sizeof(block)));
	XXH64_canonicalFromHash(&parent, XXH3_64bits("sa", 2));
	memcpy(block, &parent, 8);
	hash = XXH3_64bits_withSeed(block, sizeof(block), seed);
	assert_true(both.key[0] == hash);
	XXH64_canonicalFromHash(&parent, hash);
	memcpy(block, &parent, 8);
	block[8] = 3;
	block[12] = 4;
	assert_true(both.key[1] ==
		    XXH3_64bits_withSeed(block, sizeof(block), seed));
	arena_fini(&arena);
}

static void one_changed_token_changes_all_later_hashes(void **state)
{
	uint32_t other[14];
	uint8_t a[3 * HASH_MAX_BYTES], b[3 * HASH_MAX_BYTES];

	(void)state;
	memcpy(other, small, sizeof(other));
	other[5]++;
	for (int i = HASH_SHA256; i <= HASH_TOKENS; i++) {
		struct hash_scheme s = scheme((enum hash_algorithm)i, 4);
		size_t n = s.hash_bytes;

		assert_int_equal(chain_digests(&s, small, 14, NULL, a), OK);
		assert_int_equal(chain_digests(&s, other, 14, NULL, b), OK);
		assert_memory_equal(a, b, n);
		assert_memory_not_equal(a + n, b + n, n);
		assert_memory_not_equal(a + 2 * n, b + 2 * n, n);
	}
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(the_worked_example_has_its_hashes),
		cmocka_unit_test(both_digests_of_both_formats_are_vllms),
		cmocka_unit_test(
			short_tuples_and_odd_texts_are_as_cpython_writes_them),
		cmocka_unit_test(wide_blocks_of_wide_tokens_are_exact),
		cmocka_unit_test(
			the_largest_block_with_the_longest_texts_is_exact),
		cmocka_unit_test(keys_are_the_last_eight_bytes),
		cmocka_unit_test(a_partial_last_block_has_no_hash),
		cmocka_unit_test(
			too_many_blocks_are_refused_and_out_is_untouched),
		cmocka_unit_test(too_long_texts_are_refused_by_every_entry),
		cmocka_unit_test(extending_a_chain_equals_hashing_it_whole),
		cmocka_unit_test(adapter_and_salt_make_other_chains),
		cmocka_unit_test(
			a_name_and_an_equal_salt_differ_behind_the_first_block),
		cmocka_unit_test(tokens_is_xxh3_of_parent_and_ids),
		cmocka_unit_test(one_changed_token_changes_all_later_hashes),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}

#include "common/hash/digest.h"

#include "common/base/attr.h"
#include "tests/unit/hash/hex.h"

#include <openssl/evp.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PAD 128

/* The examples of FIPS 180-4's publisher, and the empty message. */
static void sha256_has_the_published_values(void **state)
{
	static const struct {
		const char *text, *expected;
	} row[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7"
		     "852b855"},
		{"abc",
		 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff6"
		 "1f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db0"
		 "6c1"},
	};
	uint8_t byte[256], out[DIGEST_SHA256_BYTES];
	char text[2 * sizeof(out) + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		size_t n = strlen(row[i].text);

		memset(byte, 0xff, sizeof(byte));
		memcpy(byte, row[i].text, n);
		digest_sha256(byte, n, out);
		assert_string_equal(hex_print(out, sizeof(out), text),
				    row[i].expected);
	}
}

/* Padding has its edges at 55, 56 and 64 bytes, modulo 64. */
static void sha256_agrees_with_the_library_at_every_length(void **state)
{
	static uint8_t byte[1200 + PAD];
	uint8_t out[DIGEST_SHA256_BYTES], expected[DIGEST_SHA256_BYTES];

	(void)state;
	for (size_t n = 0; n <= 1200; n++) {
		for (size_t i = 0; i < sizeof(byte); i++)
			byte[i] = (uint8_t)(i * 31 + n);
		assert_true(EVP_Digest(byte, n, expected, NULL, EVP_sha256(),
				       NULL));
		digest_sha256(byte, n, out);
		assert_memory_equal(out, expected, sizeof(out));
	}
}

static void sha256_may_write_over_its_input(void **state)
{
	uint8_t byte[256] = "abc";
	char text[2 * DIGEST_SHA256_BYTES + 1];

	(void)state;
	digest_sha256(byte, 3, byte);
	assert_string_equal(hex_print(byte, DIGEST_SHA256_BYTES, text),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb4"
			    "10ff61f20015ad");
}

static void xxh128_is_high_half_first(void **state)
{
	/* vLLM's NONE_HASH for the seed "0", CBOR */
	static const uint8_t seed[] = {0x61, 0x30};
	uint8_t out[DIGEST_XXH128_BYTES];
	char text[2 * sizeof(out) + 1];

	(void)state;
	digest_xxh128(seed, sizeof(seed), out);
	assert_string_equal(hex_print(out, sizeof(out), text),
			    "1ebe36576dcb573f26b99533a20aaeca");
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(sha256_has_the_published_values),
		cmocka_unit_test(
			sha256_agrees_with_the_library_at_every_length),
		cmocka_unit_test(sha256_may_write_over_its_input),
		cmocka_unit_test(xxh128_is_high_half_first),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}

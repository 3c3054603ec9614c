#include "common/hash/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void is_hex(const uint8_t digest[SHA256_BYTES], const char *wanted)
{
	char hex[SHA256_HEX + 1] = {0};

	sha256_hex(digest, hex);
	assert_string_equal(hex, wanted);
}

/* FIPS 180-4's examples. */
static void digests_are_those_of_the_standard(void **state)
{
	uint8_t out[SHA256_BYTES];

	(void)state;
	sha256_digest(SLICE("abc"), out);
	is_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61"
		    "f20015ad");
	sha256_digest((struct slice){NULL, 0}, out);
	is_hex(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		    "7852b855");
}

/* RFC 4231, 4.3 and 4.7. */
static void macs_are_those_of_the_standard(void **state)
{
	char key[131];
	uint8_t out[SHA256_BYTES];

	(void)state;
	sha256_mac(SLICE("Jefe"), SLICE("what do ya want for nothing?"), out);
	is_hex(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b9"
		    "64ec3843");
	memset(key, 0xaa, sizeof(key));
	sha256_mac(
		(struct slice){key, sizeof(key)},
		SLICE("Test Using Larger Than Block-Size Key - Hash Key First"),
		out);
	is_hex(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f"
		    "0ee37f54");
}

static void a_digest_in_hex_is_read_again(void **state)
{
	uint8_t digest[SHA256_BYTES], again[SHA256_BYTES];
	char hex[SHA256_HEX];

	(void)state;
	sha256_digest(SLICE("key"), digest);
	sha256_hex(digest, hex);
	for (size_t i = 0; i < SHA256_HEX; i += 2)
		if (hex[i] >= 'a')
			hex[i] = (char)(hex[i] - 'a' + 'A');
	assert_int_equal(sha256_parse((struct slice){hex, SHA256_HEX}, again),
			 OK);
	assert_true(sha256_equal(digest, again));
}

static void what_is_no_digest_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"ba78",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
		"15a",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
		"15ad0",
		"ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
		"15ad",
		" a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
		"15ad",
	};
	uint8_t out[SHA256_BYTES] = {7};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(sha256_parse(slice_of(wrong[i]), out),
				 ERR_INVALID);
	assert_int_equal(out[0], 7);
}

static void one_other_bit_makes_another_digest(void **state)
{
	uint8_t a[SHA256_BYTES], b[SHA256_BYTES];

	(void)state;
	sha256_digest(SLICE("key"), a);
	for (size_t i = 0; i < 8 * SHA256_BYTES; i++) {
		memcpy(b, a, sizeof(b));
		assert_true(sha256_equal(a, b));
		b[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_false(sha256_equal(a, b));
	}
}

static void base64_has_a_fixed_length(void **state)
{
	uint8_t digest[SHA256_BYTES] = {0};
	char out[SHA256_BASE64 + 1] = {0};

	(void)state;
	sha256_base64(digest, out);
	assert_string_equal(out,
			    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	sha256_digest(SLICE("abc"), digest);
	sha256_base64(digest, out);
	assert_string_equal(out,
			    "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_standard),
		cmocka_unit_test(macs_are_those_of_the_standard),
		cmocka_unit_test(a_digest_in_hex_is_read_again),
		cmocka_unit_test(what_is_no_digest_is_refused),
		cmocka_unit_test(one_other_bit_makes_another_digest),
		cmocka_unit_test(base64_has_a_fixed_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

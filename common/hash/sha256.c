#include "common/hash/sha256.h"

#include "common/base/assert.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

static const void *bytes_of(struct slice s)
{
	return s.n > 0 ? s.p : "";
}

/* By these calls, since looking the algorithm up each time, as the newer
 * ones do, costs more than a key's digest itself. */
static void digest_behind(const uint8_t *block, struct slice text,
			  uint8_t out[SHA256_BYTES])
{
	SHA256_CTX sha;

	ASSERT(SHA256_Init(&sha) == 1);
	if (block != NULL)
		ASSERT(SHA256_Update(&sha, block, SHA256_CBLOCK) == 1);
	ASSERT(SHA256_Update(&sha, bytes_of(text), text.n) == 1);
	ASSERT(SHA256_Final(out, &sha) == 1);
	OPENSSL_cleanse(&sha, sizeof(sha));
}

void sha256_digest(struct slice text, uint8_t out[SHA256_BYTES])
{
	digest_behind(NULL, text, out);
}

void sha256_mac(struct slice key, struct slice text, uint8_t out[SHA256_BYTES])
{
	uint8_t pad[SHA256_CBLOCK] = {0}, inner[SHA256_BYTES];

	if (key.n > sizeof(pad))
		sha256_digest(key, pad);
	else
		memcpy(pad, bytes_of(key), key.n);
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36;
	digest_behind(pad, text, inner);
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	digest_behind(pad, (struct slice){(const char *)inner, sizeof(inner)},
		      out);
	OPENSSL_cleanse(pad, sizeof(pad));
}

bool sha256_equal(const uint8_t a[SHA256_BYTES], const uint8_t b[SHA256_BYTES])
{
	uint64_t x[SHA256_BYTES / 8], y[SHA256_BYTES / 8], differ = 0;

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	for (size_t i = 0; i < ARRAY_LEN(x); i++)
		differ |= x[i] ^ y[i];
	return differ == 0;
}

enum status sha256_parse(struct slice hex, uint8_t out[SHA256_BYTES])
{
	uint8_t made[SHA256_BYTES];

	if (hex.n != SHA256_HEX)
		return ERR_INVALID;
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		int high = hex_digit(hex.p[2 * i]),
		    low = hex_digit(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return ERR_INVALID;
		made[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(out, made, sizeof(made));
	return OK;
}

void sha256_hex(const uint8_t digest[SHA256_BYTES], char out[SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA256_BYTES; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
}

void sha256_base64(const uint8_t digest[SHA256_BYTES], char out[SHA256_BASE64])
{
	unsigned char text[SHA256_BASE64 + 1]; /* it ends with a NUL */

	ASSERT(EVP_EncodeBlock(text, digest, SHA256_BYTES) == SHA256_BASE64);
	memcpy(out, text, SHA256_BASE64);
}

#include "common/hash/digest.h"

#include <openssl/sha.h>
#include <xxhash.h>

#include <endian.h>
#include <string.h>

#define SHA_BLOCK 64

/* FIPS 180-4, 5.3.3 */
static const uint32_t initial[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* 5.1.1: a one bit, zeros, the length in bits. Returns whole blocks. */
static size_t pad(uint8_t *p, size_t n)
{
	size_t total = (n + 9 + SHA_BLOCK - 1) / SHA_BLOCK * SHA_BLOCK;
	uint64_t bits = htobe64((uint64_t)n * 8);

	/* Always as many zeros as could be needed: no branch, no loop. */
	memset(p + n, 0, SHA_BLOCK + 8);
	p[n] = 0x80;
	memcpy(p + total - 8, &bits, sizeof(bits));
	return total;
}

/* A block hash is short, so most of the price of the usual interfaces is
 * theirs: looking the algorithm up, clearing, buffering, finishing. Whole
 * blocks given to SHA256_Update go straight to the compression. */
void digest_sha256(uint8_t *p, size_t n, uint8_t out[DIGEST_SHA256_BYTES])
{
	SHA256_CTX sha;

	memcpy(sha.h, initial, sizeof(initial));
	sha.Nl = sha.Nh = 0;
	sha.num = 0;
	sha.md_len = DIGEST_SHA256_BYTES;
	SHA256_Update(&sha, p, pad(p, n));
	for (size_t i = 0; i < 8; i++) {
		uint32_t word = htobe32(sha.h[i]);

		memcpy(out + 4 * i, &word, sizeof(word));
	}
}

void digest_xxh128(const uint8_t *p, size_t n, uint8_t out[DIGEST_XXH128_BYTES])
{
	XXH128_hash_t h = XXH3_128bits(p, n);
	uint64_t half[2] = {htobe64(h.high64), htobe64(h.low64)};

	memcpy(out, half, sizeof(half));
}

/* The two digests that block hashes use. Pure; any thread. */
#ifndef COMMON_HASH_DIGEST_H
#define COMMON_HASH_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SHA256_BYTES 32
#define DIGEST_XXH128_BYTES 16

/* SHA-256 (FIPS 180-4). Pads in place: 128 bytes behind `p[n]` must be
 * there, and what stood in them is lost. */
void digest_sha256(uint8_t *p, size_t n, uint8_t out[DIGEST_SHA256_BYTES]);
/* XXH3-128, seed 0, high half first, as Python's xxhash prints it. */
void digest_xxh128(const uint8_t *p, size_t n,
		   uint8_t out[DIGEST_XXH128_BYTES]);

#endif

/* SHA-256 for secrets: digests that stand for keys, comparison whose time
 * tells nothing, and HMAC (RFC 2104). Block hashes have digest.h, which is
 * quicker and wants room behind its input. Pure; any thread. */
#ifndef COMMON_HASH_SHA256_H
#define COMMON_HASH_SHA256_H

#include <stdint.h>

#include "common/base/slice.h"

#define SHA256_BYTES 32
#define SHA256_HEX   (2 * SHA256_BYTES)
/* In base64 (RFC 4648, 4), with its padding. */
#define SHA256_BASE64 44

void sha256_digest(struct slice text, uint8_t out[SHA256_BYTES]);
/* The key is of any length. */
void sha256_mac(struct slice key, struct slice text, uint8_t out[SHA256_BYTES]);
/* In the same time wherever they differ. */
bool sha256_equal(const uint8_t a[SHA256_BYTES], const uint8_t b[SHA256_BYTES]);

/* Digits of either case; ERR_INVALID: not just SHA256_HEX of them. */
MUST_USE enum status sha256_parse(struct slice hex, uint8_t out[SHA256_BYTES]);
/* Small digits, not terminated. */
void sha256_hex(const uint8_t digest[SHA256_BYTES], char out[SHA256_HEX]);
void sha256_base64(const uint8_t digest[SHA256_BYTES], char out[SHA256_BASE64]);

#endif

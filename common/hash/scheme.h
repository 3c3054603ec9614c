/* How an engine names its blocks: algorithm, first parent, block size.
 *
 * vLLM: hash = H(serialise((parent, tokens, extra))), and the first parent
 * follows from PYTHONHASHSEED. HASH_TOKENS is our own chain, XXH3 over the
 * token ids, for engines whose seed or algorithm we do not know. */
#ifndef COMMON_HASH_SCHEME_H
#define COMMON_HASH_SCHEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"

enum hash_algorithm {
	HASH_SHA256,      /* pickle 5, SHA-256 */
	HASH_SHA256_CBOR, /* canonical CBOR, SHA-256 */
	HASH_XXHASH,      /* pickle 5, XXH3-128 */
	HASH_XXHASH_CBOR, /* canonical CBOR, XXH3-128 */
	HASH_TOKENS,      /* ours: needs no seed */
};

#define HASH_MAX_BYTES      32
#define HASH_MAX_BLOCK_SIZE 4096
/* Of a seed, an adapter's name, a salt, each. With these bounds a pickle
 * stays in one frame (under 64 KiB), so what we compute is exact. */
#define HASH_MAX_TEXT_BYTES 4096

struct hash_scheme {
	enum hash_algorithm algorithm;
	size_t block_size; /* tokens */
	size_t hash_bytes; /* of a digest: 32, 16, or 8 for HASH_TOKENS */
	uint8_t none_hash[HASH_MAX_BYTES]; /* the first block's parent */
};

/* What besides the tokens makes blocks differ; n = 0 means absent. */
struct hash_extra {
	struct slice lora; /* adapter's name: in every block */
	struct slice salt; /* cache_salt: in the first block */
};

bool hash_algorithm_parse(struct slice name, enum hash_algorithm *out);
const char *hash_algorithm_name(enum hash_algorithm a);

/* `seed` is PYTHONHASHSEED's text, byte for byte; HASH_TOKENS ignores it.
 * ERR_INVALID if block_size is 0, ERR_LIMIT past HASH_MAX_BLOCK_SIZE or
 * HASH_MAX_TEXT_BYTES. */
MUST_USE enum status hash_scheme_init(struct hash_scheme *s,
				      enum hash_algorithm a, struct slice seed,
				      size_t block_size);

#endif

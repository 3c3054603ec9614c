/* Block hashes of a token sequence, as the engines compute them.
 *
 * Each hash covers a block's tokens and its parent's hash, so equal
 * hashes mean equal prefixes. A partial last block has none: no engine
 * caches it. `extra` may be NULL; where its name or salt passes
 * HASH_MAX_TEXT_BYTES, all of these return ERR_LIMIT and leave their
 * output untouched. Pure; any thread. */
#ifndef COMMON_HASH_CHAIN_H
#define COMMON_HASH_CHAIN_H

#include "common/base/arena.h"
#include "common/hash/scheme.h"

/* A block's key: the last 8 bytes of its hash, big-endian, which is what
 * engines announce as an integer; HASH_TOKENS: the hash itself. */
struct chain {
	uint64_t *key; /* n of them, in the arena given */
	size_t n;
};

/* ERR_LIMIT past `max_blocks`; `out` is then untouched. */
MUST_USE enum status chain_hash(const struct hash_scheme *s,
				const uint32_t *token, size_t n,
				const struct hash_extra *extra,
				size_t max_blocks, struct arena *arena,
				struct chain *out);

/* Whole hashes: writes (n / block_size) * hash_bytes bytes to `out`. */
MUST_USE enum status chain_digests(const struct hash_scheme *s,
				   const uint32_t *token, size_t n,
				   const struct hash_extra *extra,
				   uint8_t *out);

/* Goes on from a known block. `parent` has hash_bytes bytes; NULL means the
 * sequence's start. Writes n_blocks * hash_bytes bytes. `extra->salt` only
 * counts where parent is NULL. */
MUST_USE enum status chain_extend(const struct hash_scheme *s,
				  const uint8_t *parent, const uint32_t *token,
				  size_t n_blocks,
				  const struct hash_extra *extra, uint8_t *out);

/* Key of a whole hash. */
uint64_t chain_key(const struct hash_scheme *s, const uint8_t *hash);

#endif

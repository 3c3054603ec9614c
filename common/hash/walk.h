/* The loop along a chain; what chain.h and memo.h are made of. */
#ifndef COMMON_HASH_WALK_H
#define COMMON_HASH_WALK_H

#include "common/hash/scheme.h"

/* Hashes `n_blocks` whole blocks behind `parent` (NULL: the start). Each of
 * the outputs may be NULL: `key` gets n_blocks keys, `digest` n_blocks *
 * hash_bytes bytes, `last` (hash_bytes) the last digest, untouched without
 * blocks; it may be `parent`. Lengths in `extra` were checked. */
void walk_blocks(const struct hash_scheme *s, const uint8_t *parent,
		 const uint32_t *token, size_t n_blocks,
		 const struct hash_extra *extra, uint64_t *key, uint8_t *digest,
		 uint8_t *last);

/* OK, or ERR_LIMIT if a text passes HASH_MAX_TEXT_BYTES; NULL is OK. */
MUST_USE enum status walk_check(const struct hash_extra *extra);

#endif

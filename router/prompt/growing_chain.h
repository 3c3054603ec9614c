/* The chain of a token sequence that grows at its end, or is cut there and
 * grows again: only blocks that are new are hashed. One thread. */
#ifndef ROUTER_PROMPT_GROWING_CHAIN_H
#define ROUTER_PROMPT_GROWING_CHAIN_H

#include "common/hash/chain.h"

/* Whole hashes are kept of the last block of each so many, to go on from. */
#define GROWING_CHAIN_STRIDE 32

struct growing_chain {
	struct hash_scheme scheme; /* what `key` was made by */
	uint64_t *key;
	size_t n, room;  /* blocks */
	uint8_t *digest; /* HASH_MAX_BYTES each, n / STRIDE of them */
	size_t digest_room;
};

/* All zero is an empty one. */
void growing_chain_fini(struct growing_chain *c);
/* Forgets all blocks but the first `n_blocks`. */
void growing_chain_cut(struct growing_chain *c, size_t n_blocks);
/* The blocks that it has are those of `token`, if it was made by the same
 * scheme; else it begins anew. `extra` never changes. ERR_LIMIT as of
 * chain_hash(): it is empty then. */
MUST_USE enum status growing_chain_extend(struct growing_chain *c,
					  const struct hash_scheme *s,
					  const struct hash_extra *extra,
					  const uint32_t *token,
					  size_t n_tokens);
size_t growing_chain_bytes(const struct growing_chain *c); /* memory held */

#endif

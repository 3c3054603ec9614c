/* The chain of a token sequence that grows at its end, or is cut there and
 * grows again: only blocks that are new are hashed. One thread.
 *
 * Its keys are not copied for those who want them: they are lent, in a block
 * with a count of its own, and do not change until they are given back, be
 * the chain cut, grown or gone. Any thread may read and give back. */
#ifndef ROUTER_PROMPT_GROWING_CHAIN_H
#define ROUTER_PROMPT_GROWING_CHAIN_H

#include "common/hash/chain.h"

/* Whole hashes are kept of the last block of each so many, and of all of the
 * last so many: to go on from. */
#define GROWING_CHAIN_STRIDE 32

struct chain_keys;

struct growing_chain {
	struct hash_scheme scheme; /* what the keys were made by */
	struct chain_keys *keys;   /* NULL while there are none */
	size_t n, lent;            /* blocks */
	uint8_t *digest;           /* HASH_MAX_BYTES each, n / STRIDE of them */
	size_t digest_room;
	uint8_t *open; /* hash_bytes each, of the blocks from `open_at` on */
	size_t open_at;
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
/* All keys; `*held` is given back first, if it is not NULL, and holds them
 * then. */
struct chain growing_chain_lend(struct growing_chain *c,
				struct chain_keys **held);
void chain_keys_give_back(struct chain_keys **held);       /* NULL is allowed */
size_t growing_chain_bytes(const struct growing_chain *c); /* memory held */

#endif

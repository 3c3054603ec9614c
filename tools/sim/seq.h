/* One sequence of the simulated engine: its tokens, and the cache blocks
 * that stand for their keys and values. One thread. */
#ifndef TOOLS_SIM_SEQ_H
#define TOOLS_SIM_SEQ_H

#include "common/hash/chain.h"

struct seq {
	uint32_t *token; /* prompt, then what was generated */
	size_t n, size;
	uint32_t *block; /* by position; owned by the cache, held here */
	size_t n_blocks, blocks_size;
	uint8_t *digest; /* of the leading full blocks, as far as asked */
	size_t n_digests, digests_size;
	size_t n_named; /* leading blocks the cache knows by their hash */
	struct hash_extra extra; /* its bytes are the owner's */
};

void seq_init(struct seq *s, struct hash_extra extra);
/* The cache must have taken its blocks back. */
void seq_fini(struct seq *s);
void seq_append(struct seq *s, const uint32_t *token, size_t n);
/* Digests of the first `n_blocks` blocks, which must be full. */
const uint8_t *seq_digests(struct seq *s, const struct hash_scheme *scheme,
			   size_t n_blocks);

#endif

/* Chains of prompts that were seen before, so that of the next turn of a
 * conversation only what is new is hashed.
 *
 * At checkpoints, every 256 tokens or so, it keeps the keys of the blocks
 * behind the last one and the digest from which the chain goes on. They
 * are found by a fingerprint of 128 bits over scheme, extra keys and all
 * tokens up to there, under a secret made at random: results are those of
 * chain_hash. One thread. */
#ifndef COMMON_HASH_MEMO_H
#define COMMON_HASH_MEMO_H

#include "common/hash/chain.h"

struct memo;

/* Holds at most `max_bytes`, all reserved at once but only touched as it
 * fills; too few for one set of entries means that it remembers nothing. */
struct memo *memo_create(size_t max_bytes);
void memo_destroy(struct memo **m);

/* As chain_hash. HASH_TOKENS is quicker than the memo and passes by it. */
MUST_USE enum status memo_chain(struct memo *m, const struct hash_scheme *s,
				const uint32_t *token, size_t n,
				const struct hash_extra *extra,
				size_t max_blocks, struct arena *arena,
				struct chain *out);

struct memo_stats {
	uint64_t blocks; /* asked for, HASH_TOKENS left out */
	uint64_t known;  /* of them, not hashed again */
};

size_t memo_bytes(const struct memo *m); /* reserved: never changes */
struct memo_stats memo_stats(const struct memo *m);

#endif

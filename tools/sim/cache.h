/* The paged KV cache of one simulated rank, block for block as vLLM keeps
 * it: reference counts, blocks addressed by the real chained hash, a queue
 * of free blocks in which named ones wait to be found again or evicted.
 *
 * Nothing is stored in the blocks: only who holds which, and what each
 * would contain. Block 0 is never given out (vLLM's null block). One
 * thread. */
#ifndef TOOLS_SIM_CACHE_H
#define TOOLS_SIM_CACHE_H

#include "tools/sim/seq.h"

/* Consecutive blocks of one sequence that have just been named. */
struct cache_run {
	const uint8_t *digest; /* n_blocks of them */
	size_t n_blocks;
	const uint8_t *parent; /* NULL: the run starts at token 0 */
	const uint32_t *token; /* n_blocks * block_size of them */
	const struct hash_extra *extra;
};

/* Where the cache tells what becomes of its blocks; spans live until the
 * call returns. */
struct cache_sink {
	void (*stored)(void *arg, const struct cache_run *run);
	void (*removed)(void *arg, const uint8_t *digest);
	void (*cleared)(void *arg);
};

struct cache;

/* `scheme` and `sink` outlive the cache; at least two blocks. Without a
 * sink no block is ever named, so none is found again. */
struct cache *cache_create(const struct hash_scheme *scheme, size_t n_blocks,
			   const struct cache_sink *sink, void *arg);
void cache_destroy(struct cache **c);

/* Tokens of the sequence that cached blocks cover: whole blocks, and never
 * the last token, which has to be computed for its logits. */
size_t cache_match(struct cache *c, struct seq *s);
/* Holds the cached blocks of the first `hit` tokens (of cache_match) and
 * new ones up to `n_tokens`. False, and nothing held, when too few are
 * free. The sequence must hold nothing yet. */
MUST_USE bool cache_start(struct cache *c, struct seq *s, size_t hit,
			  size_t n_tokens);
/* More blocks, up to `n_tokens`; all or nothing. */
MUST_USE bool cache_grow(struct cache *c, struct seq *s, size_t n_tokens);
/* The first `n_tokens` are computed: names and announces full blocks. */
void cache_commit(struct cache *c, struct seq *s, size_t n_tokens);
/* Gives the blocks back, tail first, so that heads outlive tails. */
void cache_release(struct cache *c, struct seq *s);
/* Forgets every name; false while any block is held, as in vLLM. */
MUST_USE bool cache_reset(struct cache *c);

size_t cache_free_blocks(const struct cache *c); /* named ones included */
size_t cache_usable_blocks(const struct cache *c);
size_t cache_named_blocks(const struct cache *c); /* copies counted */
/* Calls `each` for every named block. */
void cache_each(const struct cache *c,
		void (*each)(void *arg, const uint8_t *digest, unsigned refs),
		void *arg);

#endif

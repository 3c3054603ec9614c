/* What an engine calls a block, and what we call it.
 *
 * Where we key blocks by their tokens, an engine's own hash is only a
 * name: this map resolves it, for parents and removals. Counted like the
 * index, since a block is announced once per copy. Bounded: when it is
 * full, the names of whoever stores are forgotten, the longest unannounced
 * first. The writer's thread only. */
#ifndef ROUTER_INDEX_ALIAS_H
#define ROUTER_INDEX_ALIAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alias;

struct alias *alias_create(size_t max_bytes);
void alias_destroy(struct alias **a);

/* One copy more of `hash` on `worker`. A hash that is known already under
 * another key takes the new key and starts again at one copy. */
void alias_put(struct alias *a, unsigned worker, uint64_t hash, uint64_t key);
/* `key` is untouched where the hash is unknown. */
bool alias_get(const struct alias *a, unsigned worker, uint64_t hash,
	       uint64_t *key);
/* One copy less; the name goes with the last. False: unknown. */
bool alias_remove(struct alias *a, unsigned worker, uint64_t hash,
		  uint64_t *key);
/* Asks for the memory that the others need for the hash, shortly before. */
void alias_prefetch(const struct alias *a, unsigned worker, uint64_t hash);
void alias_clear(struct alias *a, unsigned worker);

struct alias_stats {
	size_t bytes, max_bytes;
	size_t entries;
	uint64_t evicted; /* names forgotten to stay within the bound */
};
void alias_stats(const struct alias *a, struct alias_stats *out);

#endif

/* The paged KV cache of one simulated worker: blocks with reference
 * counts, addressed by the 64-bit key of their chain; those that nobody
 * holds wait, least recently used first, to be found again or evicted.
 *
 * A host tier is a pool too, one whose blocks are never held. Several
 * workers may share a pool: the bound of all routing. One thread. */
#ifndef TESTS_LAB_POOL_H
#define TESTS_LAB_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_NONE UINT32_MAX

struct pool_events {
	void (*stored)(void *arg, uint64_t key);
	void (*removed)(void *arg, uint64_t key);
};

struct pool_block {
	uint64_t key; /* 0: anonymous */
	uint32_t refs;
	uint32_t prev, next; /* in the free queue while refs is 0 */
};

struct pool {
	struct pool_block *block; /* n + 1; the last is the queue's head */
	uint32_t n, n_free;
	uint32_t *slot; /* key to block, open addressing; n_slots: 2^k */
	uint32_t n_slots;
	const struct pool_events *events;
	void *arg;
};

void pool_init(struct pool *p, size_t n_blocks,
	       const struct pool_events *events, void *arg);
void pool_fini(struct pool *p);

uint32_t pool_find(const struct pool *p, uint64_t key); /* or POOL_NONE */
void pool_hold(struct pool *p, uint32_t block);
/* Another reference to a new, anonymous block; n_free must not be 0. */
uint32_t pool_take(struct pool *p);
/* Names a held block. Where another has the name it stays anonymous. */
void pool_name(struct pool *p, uint32_t block, uint64_t key);
void pool_release(struct pool *p, uint32_t block);
/* Stores or freshens a block that nobody holds. */
void pool_put(struct pool *p, uint64_t key);
/* Blocks from the start of the chain that are there. */
size_t pool_match(const struct pool *p, const uint64_t *key, size_t n);

#endif

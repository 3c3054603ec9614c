/* Which worker holds which block, in which tier.
 *
 * A lock-free table from block key to the set of holders, kept within a
 * byte budget. One thread writes (ingest), any number read through readers
 * of their own. A hint, not a promise: a stale read costs a cache miss. */
#ifndef ROUTER_INDEX_INDEX_H
#define ROUTER_INDEX_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/error.h"

enum index_tier { INDEX_GPU, INDEX_OTHER };
#define INDEX_TIERS       2
#define INDEX_MAX_WORKERS 1024

struct index;
struct index_reader;

#define INDEX_MIN_BYTES ((size_t)1 << 20)

/* `max_bytes` is INDEX_MIN_BYTES at least. When it is used up, the blocks
 * announced longest ago are dropped, approximately. */
struct index *index_create(size_t max_bytes);
void index_destroy(struct index **ix); /* readers first */

/* Writer's thread only. A block is announced once per physical copy, so
 * stores and removals are counted; a removal too many is ignored. */
void index_store(struct index *ix, uint64_t key, unsigned worker,
		 enum index_tier tier);
/* The same for many blocks, faster. */
void index_store_run(struct index *ix, const uint64_t *key, size_t n,
		     unsigned worker, enum index_tier tier);
/* The same of what is held or not, however many tell of it: a removal takes
 * it away. */
void index_put_run(struct index *ix, const uint64_t *key, size_t n,
		   unsigned worker, enum index_tier tier);
void index_remove(struct index *ix, uint64_t key, unsigned worker,
		  enum index_tier tier);
/* The same for many blocks, faster. */
void index_remove_run(struct index *ix, const uint64_t *key, size_t n,
		      unsigned worker, enum index_tier tier);
/* Takes effect at once; the memory follows by index_sweep(). */
void index_clear(struct index *ix, unsigned worker, enum index_tier tier);
/* A piece of what clears have left to do, a fraction of a millisecond;
 * true if there is more. */
bool index_sweep(struct index *ix);

struct index_stats {
	size_t bytes; /* held, all tables */
	size_t max_bytes;
	/* Keys with at least one holder, counted once for each tier and
	 * each 64 workers that hold them; those of cleared workers
	 * until they are swept. */
	size_t entries;
	uint64_t evicted; /* entries dropped to stay within the budget */
};
void index_stats(const struct index *ix, struct index_stats *out); /* any */
/* Blocks one worker holds; any thread. */
size_t index_worker_blocks(const struct index *ix, unsigned worker,
			   enum index_tier tier);

/* One a reading thread. */
struct index_reader *index_reader_create(struct index *ix);
void index_reader_destroy(struct index_reader **r);

/* Longest contiguous prefix of `key[0, n)` that each worker holds:
 * blocks[i] for worker id worker[i], in blocks: on the GPU, and in either
 * tier (0 where nobody's other tier is known). A chain is held as a prefix, so
 * only some of its blocks are looked up; a hole in front of what is looked up
 * goes unnoticed. */
void index_match(struct index_reader *r, const uint64_t *key, size_t n,
		 const unsigned *worker, size_t n_workers,
		 uint32_t (*blocks)[INDEX_TIERS]);
/* The same where each worker goes on in what `store` holds in INDEX_OTHER
 * (an id that is no worker's), wherever its own two tiers have a hole:
 * blocks[i]. All 0 where that holds nothing. */
void index_match_store(struct index_reader *r, const uint64_t *key, size_t n,
		       const unsigned *worker, size_t n_workers, unsigned store,
		       uint32_t *blocks);

#endif

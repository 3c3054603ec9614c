/* From fingerprints of chunks to who holds them: the newest holder of each.
 * Open addressing; the fingerprints' own bits are the hash. One thread. */
#ifndef ROUTER_PROMPT_CHUNK_TABLE_H
#define ROUTER_PROMPT_CHUNK_TABLE_H

#include "common/base/fingerprint.h"

struct chunk_slot {
	struct fingerprint_value key;
	void *holder; /* NULL: free */
};

struct chunk_table {
	struct chunk_slot *slot;
	size_t n, size; /* a power of two, or 0 */
};

/* All zero is an empty one. */
void chunk_table_fini(struct chunk_table *t);
void *chunk_table_find(const struct chunk_table *t,
		       struct fingerprint_value key); /* or NULL */
/* Replaces. */
void chunk_table_set(struct chunk_table *t, struct fingerprint_value key,
		     void *holder);
/* Only if it is this holder's. */
void chunk_table_remove(struct chunk_table *t, struct fingerprint_value key,
			const void *holder);
size_t chunk_table_bytes(const struct chunk_table *t);

#endif

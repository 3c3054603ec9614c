/* How many copies of a block a worker holds beyond the first. Few blocks
 * have any, so they stand in a map of their own. The writer's thread. */
#ifndef ROUTER_INDEX_COPIES_H
#define ROUTER_INDEX_COPIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct copies_slot {
	uint64_t key;
	uint32_t n; /* beyond the first; 0: free slot */
};

struct copies {
	struct copies_slot *slot;
	size_t n, size; /* entries; slots, a power of two or 0 */
	size_t max_bytes;
};

void copies_init(struct copies *c, size_t max_bytes);
void copies_fini(struct copies *c);

/* When the map is full the copy is not counted: the block is then held
 * for gone too early, which costs a cache hit. */
void copies_add(struct copies *c, uint64_t key);
/* One copy less. False: there was none beyond the first. */
bool copies_take(struct copies *c, uint64_t key);
void copies_forget(struct copies *c, uint64_t key);
/* Forgets every key with (key & mask) == value. */
void copies_forget_all(struct copies *c, uint64_t mask, uint64_t value);
size_t copies_bytes(const struct copies *c);

#endif

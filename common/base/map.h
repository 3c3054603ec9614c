/* Hash map from byte strings to pointers. Copies its keys. One thread.
 * Keyed with a random seed, so peers cannot choose collisions. */
#ifndef COMMON_BASE_MAP_H
#define COMMON_BASE_MAP_H

#include <stddef.h>

#include "common/base/slice.h"

struct map_slot {
	uint64_t hash;
	char *key; /* NULL: free */
	size_t key_n;
	void *value;
};

struct map {
	struct map_slot *slot;
	size_t n, size; /* entries; slots, a power of two or 0 */
	uint64_t seed;
};

void map_init(struct map *m);
void map_fini(struct map *m); /* values are the caller's */
void *map_find(const struct map *m, struct slice key); /* or NULL */
/* Sets or replaces; returns the value that stood there, or NULL. */
void *map_set(struct map *m, struct slice key, void *value);
void *map_remove(struct map *m, struct slice key); /* its value, or NULL */
/* Walks all entries: start with *at = 0; false at the end. */
bool map_next(const struct map *m, size_t *at, struct slice *key, void **value);

#endif

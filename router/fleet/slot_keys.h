/* Slots of a small table by their keys, of which several may be equal.
 * Fixed memory; one thread at a time. */
#ifndef ROUTER_FLEET_SLOT_KEYS_H
#define ROUTER_FLEET_SLOT_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define SLOT_KEYS_MAX     512 /* slots */
#define SLOT_KEYS_BITS    10
#define SLOT_KEYS_BUCKETS (1 << SLOT_KEYS_BITS)

/* All 0: none has a key. */
struct slot_keys {
	uint16_t first[SLOT_KEYS_BUCKETS]; /* a slot + 1; 0: none */
	uint16_t next[SLOT_KEYS_MAX];      /* in its bucket; the same */
};

/* A slot is in there once. */
void slot_keys_add(struct slot_keys *k, uint64_t key, size_t slot);
void slot_keys_remove(struct slot_keys *k, uint64_t key, size_t slot);

static inline size_t slot_keys_bucket(uint64_t key)
{
	return key * 0x9e3779b97f4a7c15u >> (64 - SLOT_KEYS_BITS);
}

/* One after the other those that have the key, and a few that have another:
 * -1 behind the last. */
static inline int slot_keys_first(const struct slot_keys *k, uint64_t key)
{
	return k->first[slot_keys_bucket(key)] - 1;
}

static inline int slot_keys_next(const struct slot_keys *k, int slot)
{
	return k->next[slot] - 1;
}

#endif

/* What an index is made of. Internal to this folder. */
#ifndef ROUTER_INDEX_STATE_H
#define ROUTER_INDEX_STATE_H

#include "router/index/copies.h"
#include "router/index/index.h"
#include "router/index/plane.h"

#define STATE_GROUP  64 /* workers of one plane */
#define STATE_PLANES (INDEX_MAX_WORKERS / STATE_GROUP * INDEX_TIERS)

struct index {
	uint64_t seed; /* so that nobody can choose where blocks go */
	size_t max_bytes;
	unsigned seg_bits;
	struct sets sets;
	struct copies copies;
	unsigned n_planes;
	/* By group of workers and tier; NULL until needed. */
	struct plane *_Atomic plane[STATE_PLANES];
	bool refused[STATE_PLANES]; /* growth, for want of budget */
	bool unswept;               /* something was cleared */
	_Atomic size_t blocks[INDEX_MAX_WORKERS][INDEX_TIERS];
	_Atomic size_t bytes;
	_Atomic uint64_t evicted;
};

static inline unsigned state_plane(unsigned worker, unsigned tier)
{
	return worker / STATE_GROUP * INDEX_TIERS + tier;
}

static inline uint64_t state_bit(unsigned worker)
{
	return (uint64_t)1 << worker % STATE_GROUP;
}

/* One to one, so distinct keys have distinct hashes; keys may be small
 * numbers, while planes use the upper bits. */
static inline uint64_t state_hash(const struct index *ix, uint64_t key)
{
	key = (key ^ ix->seed) * 0x9e3779b97f4a7c15;
	return (key ^ key >> 32) * 0xd6e8feb86659fd93;
}

#endif

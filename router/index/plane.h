/* The blocks that up to 64 workers hold in one tier.
 *
 * An open-addressing table of 8-byte slots:
 *
 *	tag 40 | holder set's number 21 | age 3
 *
 * A block's hash is cut into segment and tag: the segment says where, the
 * tag which. Within a segment the entries stand in the order of their
 * tags, each at or behind its home, which follows from the tag; so a
 * search ends at the first greater tag, a segment is copied by one walk,
 * and no bit of the hash is kept twice. 49 bits name a block (segment and
 * tag): two of 10 million blocks are mixed up with a chance of 1 in 56
 * million per lookup, which is a hint gone wrong and nothing worse.
 *
 * To grow or shrink, segments are copied one by one into another region of
 * memory, and what they leave is given back while readers may still be
 * inside: they see zeros there, which is a miss. So is every other race.
 *
 * A worker is cleared at once by a note at each segment that its bit is void
 * there; the entries follow later, segment by segment.
 *
 * One writer; plane_mask() from any thread. */
#ifndef ROUTER_INDEX_PLANE_H
#define ROUTER_INDEX_PLANE_H

#include <stdbool.h>

#include "common/base/attr.h"
#include "router/index/sets.h"

#define PLANE_AGE_BITS 3
#define PLANE_AGES     (1u << PLANE_AGE_BITS)
#define PLANE_LOW_BITS (SETS_BITS + PLANE_AGE_BITS)
#define PLANE_TAG_BITS (64 - PLANE_LOW_BITS)
#define PLANE_REGIONS  250 /* that a plane may use up in its life */
#define PLANE_TRIES    4   /* of a reader that is overtaken by the writer */

struct plane;

/* Tells that an entry was dropped for want of room; `id` names its block,
 * `mask` its holders as far as they had been told. */
typedef void plane_drop_fn(void *arg, const struct plane *p, uint64_t id,
			   uint64_t mask);

/* Memory for all segments. Never unmapped while readers are about. */
struct region {
	_Atomic uint64_t *slot;
	uint32_t seg_slots; /* of one segment; the last is always free */
	uint32_t homes;     /* of these, where entries may belong */
	size_t bytes;
	size_t released; /* of these, given back, from the start */
};

struct plane {
	struct sets *sets;
	unsigned seg_bits;
	uint32_t n_segs;
	_Atomic uint8_t *seg_region; /* by segment: where it lives */
	uint32_t *seg_used;          /* by segment: entries */
	_Atomic uint64_t *seg_void;  /* by segment: bits that count no more */
	uint32_t swept;              /* segments from 0 on without any */
	struct region region[PLANE_REGIONS];
	unsigned newest; /* region */
	uint32_t moved;  /* segments the sweep to the newest has passed */
	uint32_t in_newest;
	_Atomic size_t entries;
	uint64_t *scratch; /* two segments' worth */
	uint32_t scratch_slots;
	plane_drop_fn *drop;
	void *arg;
};

/* `seg_bits` from 4 to 9: 2^seg_bits segments of `seg_slots` each. */
struct plane *plane_create(struct sets *sets, unsigned seg_bits,
			   uint32_t seg_slots, plane_drop_fn *drop, void *arg);
void plane_destroy(struct plane **p);

enum plane_result {
	PLANE_DONE,
	PLANE_NOTHING, /* the bit was there, or was not there to be taken */
	PLANE_FULL,    /* the segment has no room; nothing changed */
	PLANE_LOST,    /* the sets are used up: the block was dropped */
};

/* The writer: one holder more, or one less. An addition makes the block
 * young again, also where it changes nothing. */
MUST_USE enum plane_result plane_add(struct plane *p, uint64_t hash,
				     uint64_t bit);
enum plane_result plane_take(struct plane *p, uint64_t hash, uint64_t bit);

/* Nobody holds anything by `bit` any more. Entries stay until swept. */
void plane_clear(struct plane *p, uint64_t bit);
/* Tidies up after that, some thousand slots a call; false: nothing left. */
bool plane_sweep_some(struct plane *p);

/* Makes room in the block's segment by dropping an eighth of it, those
 * announced longest ago first: an entry is young when it is announced and
 * grows older with each such call on its segment. */
void plane_evict(struct plane *p, uint64_t hash);

/* Starts to move to a region of another size; false if none is left. What
 * then has no room is dropped as above. */
MUST_USE bool plane_resize(struct plane *p, uint32_t seg_slots);
bool plane_moving(const struct plane *p);
void plane_move_some(struct plane *p); /* the sweep's next segment */
/* The block's own segment; false: it has been moved before. */
bool plane_move_segment(struct plane *p, uint64_t hash);

/* Entries that the newest region takes before it ought to grow. */
size_t plane_room(const struct plane *p);
size_t plane_bytes(const struct plane *p);
/* What a region with segments of that size holds. */
size_t plane_region_bytes(const struct plane *p, uint32_t seg_slots);

/* A tag of 0 would look like a free slot. */
static inline uint64_t plane_tag(const struct plane *p, uint64_t hash)
{
	uint64_t tag = hash << p->seg_bits >> PLANE_LOW_BITS;

	return tag + (tag == 0);
}

/* What names the block of `hash` in here. */
static inline uint64_t plane_id(const struct plane *p, uint64_t hash)
{
	return hash >> (64 - p->seg_bits) << PLANE_TAG_BITS |
	       plane_tag(p, hash);
}

static inline uint32_t plane_segment(const struct plane *p, uint64_t hash)
{
	return (uint32_t)(hash >> (64 - p->seg_bits));
}

static inline const _Atomic uint64_t *plane_home(const struct region *r,
						 uint32_t segment, uint64_t tag)
{
	return r->slot + (size_t)segment * r->seg_slots +
	       (tag * r->homes >> PLANE_TAG_BITS);
}

static inline const _Atomic uint64_t *plane_where(const struct plane *p,
						  uint64_t hash)
{
	uint32_t segment = plane_segment(p, hash);
	unsigned at = atomic_load_explicit(&p->seg_region[segment],
					   memory_order_acquire);

	return plane_home(&p->region[at], segment, plane_tag(p, hash));
}

/* Ahead of plane_add() and plane_take(), which move what follows by one, a
 * cache line on average. */
static inline void plane_prefetch_add(const struct plane *p, uint64_t hash)
{
	const char *slot = (const char *)plane_where(p, hash);

	__builtin_prefetch(slot, 1);
	__builtin_prefetch(slot + 64, 1);
	__builtin_prefetch(slot + 128, 1);
}

/* Who holds the block; a miss wherever the writer is faster. */
static inline uint64_t plane_mask(const struct plane *p, uint64_t hash)
{
	uint32_t segment = plane_segment(p, hash);
	uint64_t tag = plane_tag(p, hash);
	uint64_t first = tag << PLANE_LOW_BITS;

	for (int i = 0; i < PLANE_TRIES; i++) {
		unsigned at = atomic_load_explicit(&p->seg_region[segment],
						   memory_order_acquire);
		const _Atomic uint64_t *slot = plane_home(&p->region[at],
							  segment, tag);
		uint64_t s, mask;

		/* Behind smaller tags, up to a free slot, which is 0. */
		while ((s = atomic_load_explicit(slot, memory_order_acquire)) -
			       1 <
		       first - 1)
			slot++;
		if (s >> PLANE_LOW_BITS != tag)
			return 0;
		mask = sets_mask(p->sets, (uint32_t)(s >> PLANE_AGE_BITS) &
						  (SETS_MAX - 1));
		mask &= ~atomic_load_explicit(&p->seg_void[segment],
					      memory_order_acquire);
		/* The set's number may have changed hands meanwhile, or the
		 * segment been swept. */
		if (atomic_load_explicit(slot, memory_order_relaxed) == s &&
		    atomic_load_explicit(&p->seg_region[segment],
					 memory_order_relaxed) == at)
			return mask;
	}
	return 0;
}

#endif

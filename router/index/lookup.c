#include "router/index/lookup.h"

#include "common/base/assert.h"

#define AHEAD 16 /* as many as memory delivers at the same time */
#define NEAR  8  /* slots from a home on that are compared in any case */

/* Where a block's entry is, if there is one. */
struct place {
	const _Atomic uint64_t *home;
	uint64_t first; /* the entry is this at least */
	uint32_t segment;
	unsigned region;
};

static void fetch(const struct plane *p, uint64_t hash, struct place *at)
{
	uint64_t tag = plane_tag(p, hash);

	at->segment = plane_segment(p, hash);
	at->first = tag << PLANE_LOW_BITS;
	at->region = atomic_load_explicit(&p->seg_region[at->segment],
					  memory_order_acquire);
	at->home = plane_home(&p->region[at->region], at->segment, tag);
	/* Some steps from its home, an entry is as often behind the line. */
	__builtin_prefetch((const char *)at->home);
	__builtin_prefetch((const char *)at->home + 64);
}

/* How many of the slots from `home` on are taken by smaller tags. To stop at
 * the first that is not would take fewer steps, but the processor guesses
 * wrongly when it comes, which costs more. */
static unsigned count_smaller(const _Atomic uint64_t *home, uint64_t first)
{
	unsigned n = 0;

#pragma GCC unroll 8
	for (unsigned i = 0; i < NEAR; i++) {
		uint64_t s = atomic_load_explicit(home + i,
						  memory_order_relaxed);

		n += s - 1 < first - 1; /* a free slot is 0 */
	}
	return n;
}

/* As plane_mask() does it, to which everything unusual is left. */
static uint64_t look(const struct plane *p, uint64_t hash,
		     const struct place *at)
{
	unsigned n = count_smaller(at->home, at->first);
	const _Atomic uint64_t *slot = at->home + n;
	uint64_t s = atomic_load_explicit(slot, memory_order_acquire), mask;

	if (n == NEAR)
		return plane_mask(p, hash);
	if ((s ^ at->first) >> PLANE_LOW_BITS != 0)
		return 0;
	mask = sets_mask(p->sets,
			 (uint32_t)(s >> PLANE_AGE_BITS) & (SETS_MAX - 1));
	mask &= ~atomic_load_explicit(&p->seg_void[at->segment],
				      memory_order_acquire);
	if (atomic_load_explicit(slot, memory_order_relaxed) != s ||
	    atomic_load_explicit(&p->seg_region[at->segment],
				 memory_order_relaxed) != at->region)
		return plane_mask(p, hash);
	return mask;
}

void lookup_masks(const struct plane *p, const uint64_t *hash, unsigned n,
		  uint64_t *mask)
{
	struct place at[LOOKUP_MAX];

	ASSERT(n <= LOOKUP_MAX);
	for (unsigned i = 0; i < n && i < AHEAD; i++)
		fetch(p, hash[i], &at[i]);
	for (unsigned i = 0; i < n; i++) {
		if (i + AHEAD < n)
			fetch(p, hash[i + AHEAD], &at[i + AHEAD]);
		mask[i] = look(p, hash[i], &at[i]);
	}
}

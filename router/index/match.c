/* How far into a chain each worker holds it.
 *
 * Whoever holds a block holds all blocks in front of it, so along a chain
 * the set of holders only shrinks, and it shrinks at few places. These are
 * searched for all workers of a plane at once: of the spans between blocks
 * that were looked up, those with the same set at both ends have no such
 * place inside and are left alone; the others, which are all equally wide,
 * are cut by a round of further blocks, looked up together. */
#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "router/index/lookup.h"
#include "router/index/state.h"

/* Blocks of one round, if spans are few; of many spans, one each. */
#define ROUND  16
#define SHORT  8 /* prompts that are looked up block by block */
#define GROUPS (INDEX_MAX_WORKERS / STATE_GROUP)

struct index_reader {
	struct index *ix;
	/* Blocks held, of the workers last asked for. */
	uint32_t depth[INDEX_MAX_WORKERS][INDEX_TIERS];
};

/* From block `lo` on, as wide as all spans are; who held all that was looked
 * up as far as either end. Somebody was lost in between. */
struct span {
	uint32_t lo;
	uint64_t at_lo, at_hi;
};

struct search {
	const struct index *ix;
	const struct plane *plane;
	const struct plane *also; /* held there will do, too; or NULL */
	/* And what this bit of another holds is everybody's; or NULL. */
	const struct plane *shared;
	uint64_t shared_bit;
	bool alone; /* neither of these is there */
	const uint64_t *key;
	uint32_t (*depth)[INDEX_TIERS]; /* by worker's bit: blocks held */
	unsigned tier;
	uint32_t width; /* of a span, in blocks */
	/* In order. Each loses another worker; one more is written before it
	 * is known whether it will be needed. */
	struct span span[STATE_GROUP + 1];
	struct span *end;
	uint64_t hash[LOOKUP_MAX]; /* a round's blocks, in order */
	uint64_t mask[LOOKUP_MAX];
};

static void set_depth(struct search *s, uint64_t mask, uint32_t depth)
{
	for (; mask != 0; mask &= mask - 1)
		s->depth[__builtin_ctzll(mask)][s->tier] = depth;
}

static uint64_t hash_at(const struct search *s, uint32_t block)
{
	return state_hash(s->ix, s->key[block]);
}

static uint64_t to_all(const struct search *s, uint64_t mask)
{
	return (mask & s->shared_bit) != 0 ? UINT64_MAX : 0;
}

/* Apart, so that those who have one tier pay nothing for it. */
static NOINLINE uint64_t mask_elsewhere(const struct search *s, uint64_t hash)
{
	uint64_t mask = s->also != NULL ? plane_mask(s->also, hash) : 0;

	if (s->shared != NULL)
		mask |= to_all(s, plane_mask(s->shared, hash));
	return mask;
}

static uint64_t mask_at(const struct search *s, uint32_t block)
{
	uint64_t hash = hash_at(s, block);
	uint64_t mask = plane_mask(s->plane, hash);

	return s->alone ? mask : mask | mask_elsewhere(s, hash);
}

/* Of the round's blocks. */
static void look_up(struct search *s, unsigned n)
{
	uint64_t more[LOOKUP_MAX];

	lookup_masks(s->plane, s->hash, n, s->mask);
	if (s->also != NULL)
		lookup_masks(s->also, s->hash, n, more);
	for (unsigned i = 0; s->also != NULL && i < n; i++)
		s->mask[i] |= more[i];
	if (LIKELY(s->shared == NULL))
		return;
	lookup_masks(s->shared, s->hash, n, more);
	for (unsigned i = 0; i < n; i++)
		s->mask[i] |= to_all(s, more[i]);
}

/* Keeps a span if somebody is lost in it; without a branch, since that is
 * anyone's guess. */
static struct span *add_span(struct span *end, uint32_t lo, uint64_t at_lo,
			     uint64_t at_hi)
{
	*end = (struct span){lo, at_lo, at_hi};
	return end + ((at_lo & ~at_hi) != 0);
}

/* Cuts old[0, n) at k blocks each. Who has a hole in front of a block that
 * they hold got only as far as the hole. */
static void cut(struct search *s, const struct span *old, unsigned n,
		unsigned k)
{
	const uint64_t *mask = s->mask;
	struct span *end = s->span;
	uint32_t width = s->width;
	uint64_t holes = 0;

	for (; n > 0; n--, old++) {
		uint64_t at = old->at_lo & ~holes, at_hi = old->at_hi & ~holes;
		uint32_t lo = old->lo;

		for (unsigned i = 0; i < k; i++, lo += width) {
			end = add_span(end, lo, at, at & *mask);
			at &= *mask++;
		}
		end = add_span(end, lo, at, at & at_hi);
		holes |= at_hi & ~at;
	}
	s->end = end;
}

/* Binary logarithm of the number of parts into which n spans are cut. */
static unsigned parts_log2(unsigned n, uint32_t width)
{
	unsigned bits = 1;

	while (n * ((2u << bits) - 1) <= ROUND && 2u << bits <= width)
		bits++;
	return bits;
}

static void search_round(struct search *s)
{
	unsigned n = (unsigned)(s->end - s->span), points = 0;
	unsigned bits = parts_log2(n, s->width), k = (1u << bits) - 1;
	struct span old[STATE_GROUP];

	memcpy(old, s->span, n * sizeof(*old));
	s->width >>= bits;
	for (unsigned i = 0; i < n; i++)
		for (uint32_t j = 1; j <= k; j++)
			s->hash[points++] = hash_at(s,
						    old[i].lo + j * s->width);
	look_up(s, points);
	cut(s, old, n, k);
}

/* The width is a power of two, for it to stay even as it shrinks; so the
 * last span reaches back into the one before, whose losses are not its. */
static void search_first(struct search *s, uint32_t last, uint64_t at_first)
{
	struct span all = {0, at_first, 0};
	unsigned k;

	s->width = 1;
	while (s->width <= (last - 1) / ROUND)
		s->width *= 2;
	k = (last - 1) / s->width;
	for (unsigned i = 0; i < k; i++)
		s->hash[i] = hash_at(s, (i + 1) * s->width);
	s->hash[k] = hash_at(s, last);
	look_up(s, k + 1);
	all.at_hi = at_first & s->mask[k];
	set_depth(s, all.at_hi, last + 1);
	cut(s, &all, 1, k);
	if (s->end > s->span && s->end[-1].lo == k * s->width)
		s->end[-1].lo = last - s->width;
}

static void search_long(struct search *s, uint32_t n, uint64_t wanted)
{
	uint64_t at_first = wanted & mask_at(s, 0);

	if (at_first == 0)
		return;
	search_first(s, n - 1, at_first);
	while (s->end > s->span && s->width > 1)
		search_round(s);
	for (const struct span *p = s->span; p < s->end; p++)
		set_depth(s, p->at_lo & ~p->at_hi, p->lo + 1);
}

/* Nothing is fetched: the processor looks ahead that far by itself. */
static void search_short(struct search *s, uint32_t n, uint64_t wanted)
{
	uint64_t left = wanted & mask_at(s, 0), all;

	if (left == 0)
		return;
	all = left & mask_at(s, n - 1);
	set_depth(s, all, n);
	left &= ~all;
	for (uint32_t i = 1; left != 0; i++) {
		uint64_t now = 0;

		if (i < n - 1)
			now = left & mask_at(s, i);
		set_depth(s, left & ~now, i);
		left = now;
	}
}

/* NULL if there is nothing in it. */
static const struct plane *plane_of(const struct index *ix, unsigned group,
				    unsigned tier)
{
	const struct plane *p = atomic_load_explicit(
		&ix->plane[state_plane(group * STATE_GROUP, tier)],
		memory_order_acquire);

	if (p == NULL ||
	    atomic_load_explicit(&p->entries, memory_order_relaxed) == 0)
		return NULL;
	return p;
}

static void search_for(struct search *s, uint32_t n, uint64_t wanted)
{
	if (n <= SHORT)
		search_short(s, n, wanted);
	else
		search_long(s, n, wanted);
}

/* One group of 64 workers in one tier. A worker goes on in its other tier
 * where its GPU's prefix ends: what is there is the prefix in either. */
static void match_plane(struct index_reader *r, const struct plane *plane,
			unsigned group, unsigned tier, const uint64_t *key,
			uint32_t n, uint64_t wanted)
{
	struct search s;

	s.plane = plane;
	s.also = tier == INDEX_OTHER ? plane_of(r->ix, group, INDEX_GPU) : NULL;
	s.shared = NULL;
	s.alone = s.also == NULL;
	s.ix = r->ix;
	s.key = key;
	s.depth = &r->depth[group * STATE_GROUP];
	s.tier = tier;
	search_for(&s, n, wanted);
}

/* By group, those that are wanted of it; returns which groups there are, a
 * bit each. Their depths are 0 from then on. */
static unsigned gather(struct index_reader *r, const unsigned *worker,
		       size_t n_workers, uint64_t wanted[GROUPS])
{
	unsigned groups = 0;

	for (size_t i = 0; i < n_workers; i++) {
		unsigned g = worker[i] / STATE_GROUP;

		ASSERT(g < GROUPS);
		if ((groups & 1u << g) == 0)
			wanted[g] = 0;
		wanted[g] |= state_bit(worker[i]);
		groups |= 1u << g;
		memset(r->depth[worker[i]], 0, sizeof(r->depth[0]));
	}
	return groups;
}

void index_match(struct index_reader *r, const uint64_t *key, size_t n,
		 const unsigned *worker, size_t n_workers,
		 uint32_t (*blocks)[INDEX_TIERS])
{
	uint64_t wanted[GROUPS];
	unsigned groups = gather(r, worker, n_workers, wanted);

	ASSERT(n < UINT32_MAX);
	for (; n > 0 && groups != 0; groups &= groups - 1) {
		unsigned g = (unsigned)__builtin_ctz(groups);

		for (unsigned tier = 0; tier < INDEX_TIERS; tier++) {
			const struct plane *p = plane_of(r->ix, g, tier);

			if (p != NULL)
				match_plane(r, p, g, tier, key, (uint32_t)n,
					    wanted[g]);
		}
	}
	for (size_t i = 0; i < n_workers; i++)
		memcpy(blocks[i], r->depth[worker[i]], sizeof(blocks[0]));
}

/* --- with a store -------------------------------------------------------- */

/* Those of a group that have nothing of their own are given what the store
 * holds by itself. */
static void match_shared(struct search *s, struct index_reader *r,
			 unsigned group, uint32_t n, uint64_t wanted,
			 uint32_t alone)
{
	const struct plane *gpu = plane_of(r->ix, group, INDEX_GPU);
	const struct plane *other = plane_of(r->ix, group, INDEX_OTHER);

	s->plane = gpu != NULL ? gpu : other;
	s->also = gpu != NULL ? other : NULL;
	s->depth = &r->depth[group * STATE_GROUP];
	if (s->plane != NULL)
		search_for(s, n, wanted);
	else
		set_depth(s, wanted, alone);
}

/* Of the store's own blocks. */
static uint32_t match_alone(struct search *s, uint32_t n)
{
	uint32_t depth[STATE_GROUP][INDEX_TIERS] = {{0}};
	const struct plane *shared = s->shared;

	s->plane = shared;
	s->also = s->shared = NULL;
	s->alone = true;
	s->depth = depth;
	search_for(s, n, s->shared_bit);
	s->shared = shared;
	s->alone = false;
	return depth[__builtin_ctzll(s->shared_bit)][s->tier];
}

void index_match_store(struct index_reader *r, const uint64_t *key, size_t n,
		       const unsigned *worker, size_t n_workers, unsigned store,
		       uint32_t *blocks)
{
	uint64_t wanted[GROUPS];
	unsigned groups = gather(r, worker, n_workers, wanted);
	struct search s = {
		.ix = r->ix,
		.shared = plane_of(r->ix, store / STATE_GROUP, INDEX_OTHER),
		.shared_bit = state_bit(store),
		.key = key,
		.tier = INDEX_OTHER,
	};
	uint32_t alone;

	ASSERT(n < UINT32_MAX);
	memset(blocks, 0, n_workers * sizeof(*blocks));
	if (n == 0 || s.shared == NULL ||
	    index_worker_blocks(r->ix, store, INDEX_OTHER) == 0)
		return;
	alone = match_alone(&s, (uint32_t)n);
	for (; groups != 0; groups &= groups - 1) {
		unsigned g = (unsigned)__builtin_ctz(groups);

		match_shared(&s, r, g, (uint32_t)n, wanted[g], alone);
	}
	for (size_t i = 0; i < n_workers; i++)
		blocks[i] = r->depth[worker[i]][INDEX_OTHER];
}

struct index_reader *index_reader_create(struct index *ix)
{
	struct index_reader *r = mem_zalloc(sizeof(*r));

	r->ix = ix;
	return r;
}

void index_reader_destroy(struct index_reader **r)
{
	mem_free(*r);
	*r = NULL;
}

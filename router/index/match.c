/* How far into a chain each worker holds it.
 *
 * Whoever holds a block holds all blocks in front of it, so along a chain
 * the set of holders only shrinks, and it shrinks at few places. These are
 * searched for all workers of a plane at once: an interval at whose two
 * ends the set is the same has none inside, and is left alone; another one
 * is cut into several by blocks that are fetched from memory all at the
 * same time, since a lookup is hardly anything but waiting for memory. */
#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "router/index/state.h"

/* Blocks fetched in one round over all intervals, if these are few; of
 * many intervals, one each. */
#define ROUND 16

struct index_reader {
	struct index *ix;
};

/* Blocks `lo` and `hi` have been looked up; who held all that was looked
 * up as far as each of them. Somebody was lost in between. */
struct span {
	uint32_t lo, hi;
	uint64_t at_lo, at_hi;
};

struct search {
	const struct index *ix;
	const struct plane *plane;
	const uint64_t *key;
	struct span span[STATE_GROUP]; /* each loses another worker */
	unsigned n_spans;
	uint32_t point[STATE_GROUP]; /* a round's blocks */
	uint64_t hash[STATE_GROUP];
	uint32_t depth[STATE_GROUP]; /* by worker's bit: blocks held */
};

static void fetch(struct search *s, unsigned i, uint32_t block)
{
	s->point[i] = block;
	s->hash[i] = state_hash(s->ix, s->key[block]);
	plane_prefetch(s->plane, s->hash[i]);
}

static uint64_t look(const struct search *s, unsigned i)
{
	return plane_mask(s->plane, s->hash[i]);
}

static void set_depth(struct search *s, uint64_t mask, uint32_t depth)
{
	for (; mask != 0; mask &= mask - 1)
		s->depth[__builtin_ctzll(mask)] = depth;
}

/* How many blocks inside a span are fetched. */
static uint32_t inner_n(const struct span *p, unsigned n_spans)
{
	uint32_t most = n_spans < ROUND ? ROUND / n_spans : 1;

	return p->hi - p->lo - 1 < most ? p->hi - p->lo - 1 : most;
}

/* Fetches them, evenly apart, as points from `i` on. */
static unsigned fetch_inner(struct search *s, const struct span *p, unsigned i)
{
	uint32_t k = inner_n(p, s->n_spans);
	uint64_t step = ((uint64_t)(p->hi - p->lo) << 32) / (k + 1);
	uint64_t at = (uint64_t)p->lo << 32 | UINT32_MAX;

	while (k-- > 0) {
		at += step;
		fetch(s, i++, (uint32_t)(at >> 32));
	}
	return i;
}

/* Keeps what is left to search, or notes who got no further. */
static void add_span(struct search *s, const struct span *p)
{
	uint64_t lost = p->at_lo & ~p->at_hi;

	if (lost == 0)
		return;
	if (p->hi - p->lo == 1)
		set_depth(s, lost, p->hi);
	else
		s->span[s->n_spans++] = *p;
}

/* Cuts one span at the k points from `i` on. Returns who turned out to
 * have a hole in front of a block that they hold: they got only as far as
 * the hole. */
static uint64_t cut(struct search *s, const struct span *whole, unsigned i,
		    uint32_t k)
{
	struct span part = {whole->lo, whole->lo, whole->at_lo, whole->at_lo};

	for (; k > 0; k--, i++) {
		part.hi = s->point[i];
		part.at_hi = part.at_lo & look(s, i);
		add_span(s, &part);
		part.lo = part.hi;
		part.at_lo = part.at_hi;
	}
	part.hi = whole->hi;
	part.at_hi = whole->at_hi & part.at_lo;
	add_span(s, &part);
	return whole->at_hi & ~part.at_hi;
}

static void search_round(struct search *s)
{
	struct span old[STATE_GROUP];
	unsigned n = s->n_spans, points = 0;
	uint64_t holes = 0;

	memcpy(old, s->span, n * sizeof(*old));
	for (unsigned i = 0; i < n; i++)
		points = fetch_inner(s, &old[i], points);
	s->n_spans = 0;
	points = 0;
	for (unsigned i = 0; i < n; i++) {
		uint32_t k = inner_n(&old[i], n);

		old[i].at_lo &= ~holes;
		old[i].at_hi &= ~holes;
		holes |= cut(s, &old[i], points, k);
		points += k;
	}
}

/* Fills in `depth` for the workers in `wanted`. */
static void search_plane(struct search *s, uint32_t n, uint64_t wanted)
{
	struct span whole = {.hi = n - 1};

	fetch(s, 0, 0);
	fetch(s, 1, n - 1);
	s->n_spans = 0;
	whole.at_lo = wanted & look(s, 0);
	set_depth(s, wanted & ~whole.at_lo, 0);
	if (whole.at_lo == 0)
		return;
	whole.at_hi = whole.at_lo & look(s, 1);
	set_depth(s, whole.at_hi, n);
	if (n > 1)
		add_span(s, &whole);
	while (s->n_spans > 0)
		search_round(s);
}

/* One group of 64 workers in one tier. */
static void match_plane(const struct index *ix, unsigned at,
			const uint64_t *key, size_t n, const unsigned *worker,
			size_t n_workers, uint32_t (*blocks)[INDEX_TIERS])
{
	struct search s;
	uint64_t wanted = 0;

	s.ix = ix;
	s.key = key;
	s.plane = atomic_load_explicit(&ix->plane[at], memory_order_acquire);
	if (s.plane == NULL ||
	    atomic_load_explicit(&s.plane->entries, memory_order_relaxed) == 0)
		return;
	for (size_t i = 0; i < n_workers; i++)
		if (worker[i] / STATE_GROUP == at / INDEX_TIERS)
			wanted |= state_bit(worker[i]);
	if (wanted == 0)
		return;
	search_plane(&s, (uint32_t)n, wanted);
	for (size_t i = 0; i < n_workers; i++)
		if (worker[i] / STATE_GROUP == at / INDEX_TIERS)
			blocks[i][at % INDEX_TIERS] =
				s.depth[worker[i] % STATE_GROUP];
}

void index_match(struct index_reader *r, const uint64_t *key, size_t n,
		 const unsigned *worker, size_t n_workers,
		 uint32_t (*blocks)[INDEX_TIERS])
{
	ASSERT(n < UINT32_MAX);
	for (size_t i = 0; i < n_workers; i++) {
		ASSERT(worker[i] < INDEX_MAX_WORKERS);
		for (unsigned tier = 0; tier < INDEX_TIERS; tier++)
			blocks[i][tier] = 0;
	}
	if (n == 0)
		return;
	for (unsigned at = 0; at < STATE_PLANES; at++)
		if (atomic_load_explicit(&r->ix->plane[at],
					 memory_order_relaxed) != NULL)
			match_plane(r->ix, at, key, n, worker, n_workers,
				    blocks);
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

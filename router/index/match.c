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
#define ROUND  16
#define SHORT  8 /* prompts that are looked up block by block */
#define GROUPS (INDEX_MAX_WORKERS / STATE_GROUP)

struct index_reader {
	struct index *ix;
	/* Blocks held, of the workers last asked for. */
	uint32_t depth[INDEX_TIERS][INDEX_MAX_WORKERS];
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
	uint32_t *depth; /* by worker's bit: blocks held */
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

static void search_long(struct search *s, uint32_t n, uint64_t wanted)
{
	struct span whole = {.hi = n - 1};

	fetch(s, 0, 0);
	fetch(s, 1, n - 1);
	s->n_spans = 0;
	whole.at_lo = wanted & look(s, 0);
	if (whole.at_lo == 0)
		return;
	whole.at_hi = whole.at_lo & look(s, 1);
	set_depth(s, whole.at_hi, n);
	add_span(s, &whole);
	while (s->n_spans > 0)
		search_round(s);
}

static uint64_t look_at(const struct search *s, uint32_t block)
{
	return plane_mask(s->plane, state_hash(s->ix, s->key[block]));
}

/* Nothing is fetched: the processor looks ahead that far by itself. */
static void search_short(struct search *s, uint32_t n, uint64_t wanted)
{
	uint64_t left = wanted & look_at(s, 0), all;

	if (left == 0)
		return;
	all = left & look_at(s, n - 1);
	set_depth(s, all, n);
	left &= ~all;
	for (uint32_t i = 1; left != 0; i++) {
		uint64_t now = i < n - 1 ? left & look_at(s, i) : 0;

		set_depth(s, left & ~now, i);
		left = now;
	}
}

/* One group of 64 workers in one tier. */
static void match_plane(struct index_reader *r, unsigned at,
			const uint64_t *key, uint32_t n, uint64_t wanted)
{
	struct search s;

	s.ix = r->ix;
	s.key = key;
	s.depth = &r->depth[at % INDEX_TIERS][at / INDEX_TIERS * STATE_GROUP];
	memset(s.depth, 0, STATE_GROUP * sizeof(*s.depth));
	s.plane = atomic_load_explicit(&r->ix->plane[at], memory_order_acquire);
	if (n == 0 || s.plane == NULL ||
	    atomic_load_explicit(&s.plane->entries, memory_order_relaxed) == 0)
		return;
	if (n <= SHORT)
		search_short(&s, n, wanted);
	else
		search_long(&s, n, wanted);
}

void index_match(struct index_reader *r, const uint64_t *key, size_t n,
		 const unsigned *worker, size_t n_workers,
		 uint32_t (*blocks)[INDEX_TIERS])
{
	uint64_t wanted[GROUPS] = {0};
	unsigned groups = 0; /* a bit each */

	ASSERT(n < UINT32_MAX);
	for (size_t i = 0; i < n_workers; i++) {
		unsigned g = worker[i] / STATE_GROUP;

		ASSERT(g < GROUPS);
		wanted[g] |= state_bit(worker[i]);
		groups |= 1u << g;
	}
	for (; groups != 0; groups &= groups - 1) {
		unsigned g = (unsigned)__builtin_ctz(groups);

		for (unsigned tier = 0; tier < INDEX_TIERS; tier++)
			match_plane(r, g * INDEX_TIERS + tier, key, (uint32_t)n,
				    wanted[g]);
	}
	for (size_t i = 0; i < n_workers; i++)
		for (unsigned tier = 0; tier < INDEX_TIERS; tier++)
			blocks[i][tier] = r->depth[tier][worker[i]];
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

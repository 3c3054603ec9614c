#include "router/index/plane.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/attr.h"
#include "common/base/mem.h"
#include "router/index/pages.h"

#define YOUNGEST (PLANE_AGES - 1)
#define SWEEP    4096 /* slots in one go, by whole segments */

/* One segment where it lives now; the writer's view. */
struct segment {
	_Atomic uint64_t *slot;
	uint32_t n;
	uint32_t homes;
};

static uint64_t load(const _Atomic uint64_t *slot)
{
	return atomic_load_explicit(slot, memory_order_relaxed);
}

static void store(_Atomic uint64_t *slot, uint64_t v)
{
	atomic_store_explicit(slot, v, memory_order_release);
}

static uint64_t make_slot(uint64_t tag, uint32_t set, unsigned age)
{
	return tag << PLANE_LOW_BITS | (uint64_t)set << PLANE_AGE_BITS | age;
}

static uint32_t slot_set(uint64_t s)
{
	return (uint32_t)(s >> PLANE_AGE_BITS) & (SETS_MAX - 1);
}

static unsigned slot_age(uint64_t s)
{
	return (unsigned)s & (PLANE_AGES - 1);
}

static unsigned region_of(const struct plane *p, uint32_t segment)
{
	return atomic_load_explicit(&p->seg_region[segment],
				    memory_order_relaxed);
}

static uint64_t void_of(const struct plane *p, uint32_t segment)
{
	return atomic_load_explicit(&p->seg_void[segment],
				    memory_order_relaxed);
}

static struct segment segment_in(const struct region *r, uint32_t segment)
{
	return (struct segment){
		.slot = r->slot + (size_t)segment * r->seg_slots,
		.n = r->seg_slots,
		.homes = r->homes,
	};
}

static struct segment segment_at(const struct plane *p, uint32_t segment)
{
	return segment_in(&p->region[region_of(p, segment)], segment);
}

static uint32_t home_of(const struct segment *g, uint64_t tag)
{
	return (uint32_t)(tag * g->homes >> PLANE_TAG_BITS);
}

/* Past this a search takes many steps. */
static uint32_t most(const struct segment *g)
{
	return g->homes - g->homes / 16;
}

/* Where `tag` stands, or where it would. */
static uint32_t find(const struct segment *g, uint64_t tag)
{
	uint32_t i = home_of(g, tag);
	uint64_t first = tag << PLANE_LOW_BITS;

	while (load(&g->slot[i]) - 1 < first - 1)
		i++;
	return i;
}

/* Moves what follows up by one, the last first: a reader that walks the
 * same way finds each entry in its old place or in its new one. */
static bool insert(const struct segment *g, uint32_t at, uint64_t s)
{
	uint32_t end = at;

	while (load(&g->slot[end]) != 0)
		end++;
	if (end >= g->n - 1)
		return false;
	for (; end > at; end--)
		store(&g->slot[end], load(&g->slot[end - 1]));
	store(&g->slot[at], s);
	return true;
}

static void close_gap(const struct segment *g, uint32_t gap)
{
	uint64_t next;

	for (;; gap++) {
		next = load(&g->slot[gap + 1]);
		if (next == 0 || home_of(g, next >> PLANE_LOW_BITS) > gap)
			break;
		store(&g->slot[gap], next);
	}
	store(&g->slot[gap], 0);
}

/* The segment's entries, in order. */
static uint32_t collect(const struct segment *g, uint64_t *out)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->n; i++) {
		out[n] = load(&g->slot[i]);
		n += out[n] != 0;
	}
	return n;
}

/* Keeps about `quota` of the n entries in `s`, not more, the youngest, and
 * makes each of them older; what is dropped goes to `gone`. Returns how
 * many are kept. */
static uint32_t choose(uint64_t *s, uint32_t n, uint32_t quota, uint64_t *gone)
{
	uint32_t by_age[PLANE_AGES] = {0};
	uint32_t excess = n - quota, kept = 0, due = 0;
	unsigned oldest = 0;

	for (uint32_t i = 0; i < n; i++)
		by_age[slot_age(s[i])]++;
	while (excess > by_age[oldest])
		excess -= by_age[oldest++];
	for (uint32_t i = 0; i < n; i++) {
		unsigned age = slot_age(s[i]);
		bool out = age < oldest;

		/* Of one age, evenly all over: were it the first ones, the
		 * segment's end would get crowded. */
		if (age == oldest) {
			due += excess;
			out = due >= by_age[oldest];
			due -= out ? by_age[oldest] : 0;
		}
		if (out)
			*gone++ = s[i];
		else
			s[kept++] = s[i] - (age > 0);
	}
	return kept;
}

/* Writes the entries to `to`, whose slots they may come from; `zeros`: it
 * holds nothing yet. False: they found no room before its end. */
static bool lay_out(const struct segment *to, const uint64_t *s, uint32_t n,
		    bool zeros)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t home = home_of(to, s[i] >> PLANE_LOW_BITS);

		while (!zeros && at < home)
			store(&to->slot[at++], 0);
		at = at < home ? home : at;
		if (at == to->n - 1)
			return false;
		store(&to->slot[at++], s[i]);
	}
	while (!zeros && at < to->n)
		store(&to->slot[at++], 0);
	return true;
}

static void count(struct plane *p, uint32_t segment, int by)
{
	size_t n = atomic_load_explicit(&p->entries, memory_order_relaxed);

	p->seg_used[segment] += (uint32_t)by;
	atomic_store_explicit(&p->entries, n + (size_t)by,
			      memory_order_relaxed);
}

static void drop(struct plane *p, uint32_t segment, uint64_t s)
{
	uint64_t tag = s >> PLANE_LOW_BITS;
	uint64_t mask = sets_mask(p->sets, slot_set(s)) & ~void_of(p, segment);

	count(p, segment, -1);
	p->drop(p->arg, p, (uint64_t)segment << PLANE_TAG_BITS | tag, mask);
	sets_unref(p->sets, slot_set(s));
}

/* Writes a segment anew, in a region, with at most `quota` entries. */
static void rewrite(struct plane *p, uint32_t segment, unsigned region,
		    uint32_t quota)
{
	struct segment from = segment_at(p, segment);
	struct segment to = segment_in(&p->region[region], segment);
	uint64_t *kept = p->scratch, *gone = kept + from.n;
	uint32_t n = collect(&from, kept), n_kept = n;
	bool zeros = from.slot != to.slot;

	if (n > quota)
		n_kept = choose(kept, n, quota, gone);
	/* Cannot fail where they come from the very segment. */
	while (!lay_out(&to, kept, n_kept, zeros)) {
		quota = n_kept - n_kept / 16 - 1;
		n_kept = choose(kept, n_kept, quota, gone + n - n_kept);
		zeros = false;
	}
	atomic_store_explicit(&p->seg_region[segment], (uint8_t)region,
			      memory_order_release);
	/* Only now does no slot name their sets any more. */
	for (uint32_t i = 0; i < n - n_kept; i++)
		drop(p, segment, gone[i]);
}

static void add_region(struct plane *p, unsigned at, uint32_t seg_slots)
{
	struct region *r = &p->region[at];

	ASSERT(seg_slots < 1u << PLANE_LOW_BITS); /* or homes overflow */
	r->seg_slots = seg_slots;
	/* Entries that belong at the end overflow behind it. */
	r->homes = seg_slots - (seg_slots < 1792 ? seg_slots / 32 + 8 : 64);
	r->bytes = plane_region_bytes(p, seg_slots);
	r->slot = pages_map(r->bytes);
	if (r->bytes >= 2 * PAGES_HUGE)
		pages_want_huge((void *)r->slot, r->bytes);
	if (seg_slots <= p->scratch_slots)
		return;
	p->scratch_slots = seg_slots;
	mem_free(p->scratch);
	p->scratch = mem_array((size_t)2 * seg_slots, sizeof(*p->scratch));
}

/* Gives back what the sweep has left behind, in whole pieces. */
static void release_old(struct plane *p)
{
	struct region *old = &p->region[p->newest - 1];
	size_t piece = old->bytes < 8 * PAGES_HUGE ? PAGES_SMALL : PAGES_HUGE;
	size_t left = (size_t)p->moved * old->seg_slots * sizeof(uint64_t);

	left = p->moved == p->n_segs ? old->bytes : left & ~(piece - 1);
	if (left < old->released + 16 * PAGES_SMALL && left < old->bytes)
		return;
	pages_release((char *)old->slot + old->released, left - old->released);
	old->released = left;
}

static void move(struct plane *p, uint32_t segment)
{
	struct segment to = segment_in(&p->region[p->newest], segment);

	if (region_of(p, segment) == p->newest)
		return;
	rewrite(p, segment, p->newest, most(&to));
	p->in_newest++;
}

static void remove_at(struct plane *p, uint32_t segment,
		      const struct segment *g, uint32_t at)
{
	uint32_t set = slot_set(load(&g->slot[at]));

	close_gap(g, at);
	count(p, segment, -1);
	sets_unref(p->sets, set);
}

static enum plane_result replace_at(struct plane *p, uint32_t segment,
				    const struct segment *g, uint32_t at,
				    uint64_t mask)
{
	uint64_t s = load(&g->slot[at]);
	uint32_t set = sets_ref(p->sets, mask);

	if (set == 0) {
		close_gap(g, at);
		drop(p, segment, s);
		return PLANE_LOST;
	}
	store(&g->slot[at], make_slot(s >> PLANE_LOW_BITS, set, YOUNGEST));
	sets_unref(p->sets, slot_set(s));
	return PLANE_DONE;
}

static enum plane_result add_new(struct plane *p, uint64_t hash,
				 const struct segment *g, uint32_t at,
				 uint64_t bit)
{
	uint32_t segment = plane_segment(p, hash);
	uint32_t set;

	if (p->seg_used[segment] >= most(g))
		return PLANE_FULL;
	set = sets_ref(p->sets, bit);
	if (set == 0) {
		p->drop(p->arg, p, plane_id(p, hash), 0);
		return PLANE_LOST;
	}
	if (!insert(g, at, make_slot(plane_tag(p, hash), set, YOUNGEST))) {
		sets_unref(p->sets, set);
		return PLANE_FULL;
	}
	count(p, segment, 1);
	return PLANE_DONE;
}

/* Takes `bits` out of one slot; what is left empty is free at once, so that
 * its set's number is not seen by readers when another set gets it. */
static bool clear_slot(struct plane *p, uint32_t segment,
		       _Atomic uint64_t *slot, uint64_t bits)
{
	uint64_t s = load(slot);
	uint64_t mask = s ? sets_mask(p->sets, slot_set(s)) : 0;
	uint32_t set;

	if ((mask & bits) == 0)
		return false;
	set = sets_ref(p->sets, mask & ~bits);
	if (set != 0) {
		store(slot, make_slot(s >> PLANE_LOW_BITS, set, slot_age(s)));
		sets_unref(p->sets, slot_set(s));
		return false;
	}
	store(slot, 0);
	if ((mask & ~bits) != 0) {
		drop(p, segment, s);
		return true;
	}
	count(p, segment, -1);
	sets_unref(p->sets, slot_set(s));
	return true;
}

static void sweep(struct plane *p, uint32_t segment)
{
	struct segment g = segment_at(p, segment);
	uint64_t bits = void_of(p, segment);
	bool gaps = false;

	for (uint32_t at = 0; at < g.n; at++)
		gaps |= clear_slot(p, segment, &g.slot[at], bits);
	if (gaps)
		rewrite(p, segment, region_of(p, segment), UINT32_MAX);
	atomic_store_explicit(&p->seg_void[segment], 0, memory_order_release);
}

enum plane_result plane_add(struct plane *p, uint64_t hash, uint64_t bit)
{
	uint32_t segment = plane_segment(p, hash), at;
	struct segment g = segment_at(p, segment);
	uint64_t tag = plane_tag(p, hash), s, mask;

	if ((void_of(p, segment) & bit) != 0)
		sweep(p, segment);
	at = find(&g, tag);
	s = load(&g.slot[at]);
	if (s >> PLANE_LOW_BITS != tag)
		return add_new(p, hash, &g, at, bit);
	mask = sets_mask(p->sets, slot_set(s));
	if ((mask & bit) == 0)
		return replace_at(p, segment, &g, at, mask | bit);
	if (slot_age(s) != YOUNGEST)
		store(&g.slot[at], make_slot(tag, slot_set(s), YOUNGEST));
	return PLANE_NOTHING;
}

enum plane_result plane_take(struct plane *p, uint64_t hash, uint64_t bit)
{
	uint32_t segment = plane_segment(p, hash), at;
	struct segment g = segment_at(p, segment);
	uint64_t tag = plane_tag(p, hash), s, mask;

	at = find(&g, tag);
	s = load(&g.slot[at]);
	if (s >> PLANE_LOW_BITS != tag)
		return PLANE_NOTHING;
	mask = sets_mask(p->sets, slot_set(s));
	if ((mask & ~void_of(p, segment) & bit) == 0)
		return PLANE_NOTHING;
	if (mask != bit)
		return replace_at(p, segment, &g, at, mask & ~bit);
	remove_at(p, segment, &g, at);
	return PLANE_DONE;
}

void plane_evict(struct plane *p, uint64_t hash)
{
	uint32_t segment = plane_segment(p, hash);
	uint32_t used = p->seg_used[segment];

	if (used > 0)
		rewrite(p, segment, region_of(p, segment), used - used / 8 - 1);
}

void plane_clear(struct plane *p, uint64_t bit)
{
	for (uint32_t i = 0; i < p->n_segs; i++)
		if (p->seg_used[i] > 0)
			atomic_store_explicit(&p->seg_void[i],
					      void_of(p, i) | bit,
					      memory_order_release);
	p->swept = 0;
}

bool plane_sweep_some(struct plane *p)
{
	uint32_t slots = 0;

	for (; p->swept < p->n_segs && slots < SWEEP; p->swept++) {
		if (void_of(p, p->swept) == 0)
			continue;
		sweep(p, p->swept);
		slots += segment_at(p, p->swept).n;
	}
	return p->swept < p->n_segs;
}

bool plane_resize(struct plane *p, uint32_t seg_slots)
{
	ASSERT(!plane_moving(p));
	if (p->newest + 1 == PLANE_REGIONS)
		return false;
	add_region(p, p->newest + 1, seg_slots);
	p->newest++;
	p->moved = 0;
	p->in_newest = 0;
	return true;
}

bool plane_moving(const struct plane *p)
{
	return p->moved < p->n_segs;
}

void plane_move_some(struct plane *p)
{
	if (!plane_moving(p))
		return;
	move(p, p->moved++);
	release_old(p);
}

bool plane_move_segment(struct plane *p, uint64_t hash)
{
	uint32_t segment = plane_segment(p, hash);

	if (region_of(p, segment) == p->newest)
		return false;
	move(p, segment);
	return true;
}

size_t plane_room(const struct plane *p)
{
	const struct region *r = &p->region[p->newest];

	return (size_t)p->n_segs * (r->seg_slots - r->seg_slots / 8);
}

size_t plane_region_bytes(const struct plane *p, uint32_t seg_slots)
{
	size_t bytes = (size_t)p->n_segs * seg_slots * sizeof(uint64_t);

	return (bytes + PAGES_SMALL - 1) & ~(PAGES_SMALL - 1);
}

size_t plane_bytes(const struct plane *p)
{
	const struct region *r = &p->region[p->newest];
	size_t bytes;

	if (!plane_moving(p))
		return r->bytes;
	bytes = (size_t)p->in_newest * r->seg_slots * sizeof(uint64_t);
	return bytes + r[-1].bytes - r[-1].released;
}

struct plane *plane_create(struct sets *sets, unsigned seg_bits,
			   uint32_t seg_slots, plane_drop_fn *on_drop,
			   void *arg)
{
	struct plane *p = mem_zalloc(sizeof(*p));

	ASSERT(seg_bits >= 4 && seg_bits <= 9);
	p->sets = sets;
	p->seg_bits = seg_bits;
	p->n_segs = 1u << seg_bits;
	p->seg_region = mem_zalloc(p->n_segs * sizeof(*p->seg_region));
	p->seg_void = mem_zalloc(p->n_segs * sizeof(*p->seg_void));
	p->swept = p->n_segs;
	p->seg_used = mem_zalloc(p->n_segs * sizeof(*p->seg_used));
	p->drop = on_drop;
	p->arg = arg;
	p->moved = p->n_segs;
	p->in_newest = p->n_segs;
	add_region(p, 0, seg_slots);
	return p;
}

void plane_destroy(struct plane **p)
{
	if (*p == NULL)
		return;
	for (unsigned i = 0; i <= (*p)->newest; i++)
		pages_unmap((void *)(*p)->region[i].slot,
			    (*p)->region[i].bytes);
	mem_free((void *)(*p)->seg_region);
	mem_free((void *)(*p)->seg_void);
	mem_free((*p)->seg_used);
	mem_free((*p)->scratch);
	mem_free(*p);
	*p = NULL;
}

#include "router/index/index.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "router/index/pages.h"
#include "router/index/state.h"

#define FIRST_SLOTS 16 /* of a segment */
#define SMALL_PLANE ((size_t)1 << 20)
/* How far ahead a run's blocks are fetched into the cache. */
#define AHEAD 8

static struct plane *plane_of(const struct index *ix, unsigned at)
{
	return atomic_load_explicit(&ix->plane[at], memory_order_relaxed);
}

static void add_size(_Atomic size_t *to, size_t by)
{
	size_t n = atomic_load_explicit(to, memory_order_relaxed);

	atomic_store_explicit(to, n + by, memory_order_relaxed);
}

static size_t planes_bytes(const struct index *ix)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < STATE_PLANES; i++)
		if (plane_of(ix, i) != NULL)
			bytes += plane_bytes(plane_of(ix, i));
	return bytes;
}

static size_t side_bytes(const struct index *ix)
{
	return sets_bytes(&ix->sets) + copies_bytes(&ix->copies);
}

/* What all planes together may take. */
static size_t planes_limit(const struct index *ix)
{
	size_t side = side_bytes(ix);
	size_t kept = ix->max_bytes / 16;

	return ix->max_bytes - (side > kept ? side : kept);
}

static void publish_bytes(struct index *ix)
{
	atomic_store_explicit(&ix->bytes, planes_bytes(ix) + side_bytes(ix),
			      memory_order_relaxed);
}

/* An entry's copies are named by its plane, its id and the worker's bit. */
static uint64_t copies_key(unsigned plane, uint64_t id, unsigned bit)
{
	return id << 11 | (uint64_t)plane << 6 | bit;
}

static void on_drop(void *arg, const struct plane *p, uint64_t id,
		    uint64_t mask)
{
	struct index *ix = arg;
	uint64_t n = atomic_load_explicit(&ix->evicted, memory_order_relaxed);
	unsigned at = 0;

	while (plane_of(ix, at) != p)
		at++;
	for (; mask != 0; mask &= mask - 1) {
		unsigned bit = (unsigned)__builtin_ctzll(mask);
		unsigned worker = at / INDEX_TIERS * STATE_GROUP + bit;

		add_size(&ix->blocks[worker][at % INDEX_TIERS], (size_t)-1);
		copies_forget(&ix->copies, copies_key(at, id, bit));
	}
	atomic_store_explicit(&ix->evicted, n + 1, memory_order_relaxed);
}

static uint32_t slots_of(const struct plane *p)
{
	return p->region[p->newest].seg_slots;
}

static void finish_move(struct plane *p)
{
	while (plane_moving(p))
		plane_move_some(p);
}

/* By a half while that is little, then by a fifth, which keeps the memory
 * per block low; as far as `left` bytes go. 0: not worth while. */
static uint32_t next_slots(const struct plane *p, size_t left)
{
	uint32_t now = slots_of(p);
	uint32_t next = now + now / (plane_bytes(p) < SMALL_PLANE ? 2 : 5);
	size_t most = left / sizeof(uint64_t) / p->n_segs;

	next = (next + 7) & ~7u;
	if (next > most)
		next = (uint32_t)most & ~7u;
	return next > now + now / 16 ? next : 0;
}

static bool grow(struct index *ix, struct plane *p)
{
	/* Copying holds a piece of the old region a little longer. */
	size_t others = planes_bytes(ix) - plane_bytes(p) + PAGES_SMALL * 16;
	size_t limit = planes_limit(ix);
	uint32_t slots = limit > others ? next_slots(p, limit - others) : 0;

	return slots > 0 && plane_resize(p, slots);
}

/* Makes the largest plane smaller if it has more than its share and a
 * plane of `bytes` has less. */
static bool take_from_largest(struct index *ix, size_t bytes, unsigned n_planes)
{
	size_t share = planes_limit(ix) / n_planes;
	struct plane *largest = NULL;

	for (unsigned i = 0; i < STATE_PLANES; i++) {
		struct plane *p = plane_of(ix, i);

		if (p && (!largest || plane_bytes(p) > plane_bytes(largest)))
			largest = p;
	}
	if (largest == NULL || bytes > share - share / 8)
		return false;
	finish_move(largest);
	if (plane_bytes(largest) < share + share / 8)
		return false;
	if (!plane_resize(largest, slots_of(largest) / 5 * 4 & ~7u))
		return false;
	finish_move(largest);
	memset(ix->refused, 0, sizeof(ix->refused));
	return true;
}

/* Room for one entry more in the segment of `hash`, by whatever means. */
static void make_room(struct index *ix, struct plane *p, uint64_t hash)
{
	if (plane_moving(p)) {
		if (plane_move_segment(p, hash))
			return;
		finish_move(p);
	}
	if (grow(ix, p) ||
	    (take_from_largest(ix, plane_bytes(p), ix->n_planes) &&
	     grow(ix, p)))
		(void)plane_move_segment(p, hash);
	else
		plane_evict(p, hash);
}

/* Before segments fill up, and a little with every block. */
static void grow_in_time(struct index *ix, unsigned at)
{
	struct plane *p = plane_of(ix, at);

	if (plane_moving(p)) {
		plane_move_some(p);
		publish_bytes(ix);
	} else if (!ix->refused[at] && p->entries > plane_room(p)) {
		ix->refused[at] = !grow(ix, p);
		publish_bytes(ix);
	}
}

static struct plane *create_plane(struct index *ix, unsigned at)
{
	size_t bytes = sizeof(uint64_t) * FIRST_SLOTS << ix->seg_bits;
	struct plane *p;

	while (planes_bytes(ix) + bytes > planes_limit(ix))
		if (!take_from_largest(ix, bytes, ix->n_planes + 1))
			return NULL;
	p = plane_create(&ix->sets, ix->seg_bits, FIRST_SLOTS, on_drop, ix);
	atomic_store_explicit(&ix->plane[at], p, memory_order_release);
	ix->n_planes++;
	publish_bytes(ix);
	return p;
}

/* False: it was held already. */
static bool store_hash(struct index *ix, uint64_t hash, unsigned worker,
		       enum index_tier tier)
{
	unsigned at = state_plane(worker, tier);
	struct plane *p = plane_of(ix, at);
	uint64_t bit = state_bit(worker);
	enum plane_result done;

	if (p == NULL)
		p = create_plane(ix, at);
	if (p == NULL) {
		atomic_fetch_add_explicit(&ix->evicted, 1,
					  memory_order_relaxed);
		return true;
	}
	while ((done = plane_add(p, hash, bit)) == PLANE_FULL) {
		make_room(ix, p, hash);
		publish_bytes(ix);
	}
	if (done == PLANE_DONE) {
		add_size(&ix->blocks[worker][tier], 1);
		grow_in_time(ix, at);
	}
	return done != PLANE_NOTHING;
}

static void store_copy(struct index *ix, uint64_t hash, unsigned worker,
		       enum index_tier tier)
{
	unsigned at = state_plane(worker, tier);

	if (!store_hash(ix, hash, worker, tier))
		copies_add(&ix->copies,
			   copies_key(at, plane_id(plane_of(ix, at), hash),
				      worker % STATE_GROUP));
}

void index_store(struct index *ix, uint64_t key, unsigned worker,
		 enum index_tier tier)
{
	ASSERT(worker < INDEX_MAX_WORKERS);
	store_copy(ix, state_hash(ix, key), worker, tier);
}

/* Of `key[0, n)`, as far as AHEAD of the i-th; `fetched` were before. */
static size_t fetch_ahead(const struct index *ix, unsigned at,
			  const uint64_t *key, size_t i, size_t n,
			  size_t fetched)
{
	const struct plane *p = plane_of(ix, at);

	for (; p && fetched < n && fetched < i + AHEAD; fetched++)
		plane_prefetch_add(p, state_hash(ix, key[fetched]));
	return fetched;
}

void index_store_run(struct index *ix, const uint64_t *key, size_t n,
		     unsigned worker, enum index_tier tier)
{
	unsigned at = state_plane(worker, tier);
	size_t fetched = 0;

	ASSERT(worker < INDEX_MAX_WORKERS);
	for (size_t i = 0; i < n; i++) {
		fetched = fetch_ahead(ix, at, key, i, n, fetched);
		store_copy(ix, state_hash(ix, key[i]), worker, tier);
	}
}

void index_put_run(struct index *ix, const uint64_t *key, size_t n,
		   unsigned worker, enum index_tier tier)
{
	ASSERT(worker < INDEX_MAX_WORKERS);
	for (size_t i = 0; i < n; i++)
		(void)store_hash(ix, state_hash(ix, key[i]), worker, tier);
}

void index_remove(struct index *ix, uint64_t key, unsigned worker,
		  enum index_tier tier)
{
	uint64_t hash = state_hash(ix, key);
	unsigned at = state_plane(worker, tier);
	struct plane *p;

	ASSERT(worker < INDEX_MAX_WORKERS);
	p = plane_of(ix, at);
	if (p == NULL)
		return;
	if (copies_take(&ix->copies, copies_key(at, plane_id(p, hash),
						worker % STATE_GROUP)))
		return;
	if (plane_take(p, hash, state_bit(worker)) == PLANE_DONE)
		add_size(&ix->blocks[worker][tier], (size_t)-1);
}

void index_remove_run(struct index *ix, const uint64_t *key, size_t n,
		      unsigned worker, enum index_tier tier)
{
	unsigned at = state_plane(worker, tier);
	size_t fetched = 0;

	ASSERT(worker < INDEX_MAX_WORKERS);
	for (size_t i = 0; i < n; i++) {
		fetched = fetch_ahead(ix, at, key, i, n, fetched);
		index_remove(ix, key[i], worker, tier);
	}
}

void index_clear(struct index *ix, unsigned worker, enum index_tier tier)
{
	unsigned at = state_plane(worker, tier);

	ASSERT(worker < INDEX_MAX_WORKERS);
	if (index_worker_blocks(ix, worker, tier) == 0)
		return;
	copies_forget_all(&ix->copies, copies_key(31, 0, 63),
			  copies_key(at, 0, worker % STATE_GROUP));
	plane_clear(plane_of(ix, at), state_bit(worker));
	ix->unswept = true;
	atomic_store_explicit(&ix->blocks[worker][tier], 0,
			      memory_order_relaxed);
}

bool index_sweep(struct index *ix)
{
	bool more = false;

	for (unsigned i = 0; ix->unswept && !more && i < STATE_PLANES; i++)
		more = plane_of(ix, i) && plane_sweep_some(plane_of(ix, i));
	ix->unswept = more;
	return more;
}

size_t index_worker_blocks(const struct index *ix, unsigned worker,
			   enum index_tier tier)
{
	ASSERT(worker < INDEX_MAX_WORKERS);
	return atomic_load_explicit(&ix->blocks[worker][tier],
				    memory_order_relaxed);
}

void index_stats(const struct index *ix, struct index_stats *out)
{
	out->bytes = atomic_load_explicit(&ix->bytes, memory_order_relaxed);
	out->max_bytes = ix->max_bytes;
	out->evicted = atomic_load_explicit(&ix->evicted, memory_order_relaxed);
	out->entries = 0;
	for (unsigned i = 0; i < STATE_PLANES; i++) {
		struct plane *p = atomic_load_explicit(&ix->plane[i],
						       memory_order_acquire);

		if (p != NULL)
			out->entries += atomic_load_explicit(
				&p->entries, memory_order_relaxed);
	}
}

struct index *index_create(size_t max_bytes)
{
	struct index *ix = mem_zalloc(sizeof(*ix));

	ASSERT(max_bytes >= INDEX_MIN_BYTES);
	rng_system(&ix->seed, sizeof(ix->seed));
	ix->max_bytes = max_bytes;
	/* A segment is to be small against the whole, and to have many
	 * slots, so that all segments fill alike. */
	ix->seg_bits = 63 - (unsigned)__builtin_clzll(max_bytes >> 14);
	if (ix->seg_bits > 9)
		ix->seg_bits = 9;
	sets_init(&ix->sets, max_bytes / 32);
	copies_init(&ix->copies, max_bytes / 32);
	publish_bytes(ix);
	return ix;
}

void index_destroy(struct index **ix)
{
	if (*ix == NULL)
		return;
	for (unsigned i = 0; i < STATE_PLANES; i++) {
		struct plane *p = plane_of(*ix, i);

		plane_destroy(&p);
	}
	sets_fini(&(*ix)->sets);
	copies_fini(&(*ix)->copies);
	mem_free(*ix);
	*ix = NULL;
}

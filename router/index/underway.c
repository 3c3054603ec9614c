#include "router/index/underway.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "router/index/index.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#define WORDS (UNDERWAY_PROMPTS / 64)

struct prompt {
	atomic_uint worker;
	atomic_uint n; /* blocks */
	_Atomic uint64_t key[UNDERWAY_MARKS];
};

struct underway {
	_Atomic uint64_t used[WORDS]; /* a bit for each */
	atomic_uint from;             /* a word that may have room */
	/* First blocks, side by side: most prompts that differ do so there. */
	_Atomic uint64_t first[UNDERWAY_PROMPTS];
	struct prompt prompt[UNDERWAY_PROMPTS];
};

struct underway *underway_create(void)
{
	return mem_zalloc(sizeof(struct underway));
}

void underway_destroy(struct underway **u)
{
	mem_free(*u);
	*u = NULL;
}

/* Blocks in front of mark i and with it, of n in all. */
static uint32_t mark_blocks(uint32_t n, unsigned i)
{
	if (n <= UNDERWAY_MARKS)
		return i + 1;
	return (uint32_t)((uint64_t)n * (i + 1) / UNDERWAY_MARKS);
}

static unsigned marks_of(uint32_t n)
{
	return n < UNDERWAY_MARKS ? n : UNDERWAY_MARKS;
}

/* A free one of the word's; false if there is none. */
static bool claim(struct underway *u, unsigned word, unsigned *out)
{
	uint64_t used = atomic_load_explicit(&u->used[word],
					     memory_order_relaxed);

	while (used != UINT64_MAX) {
		unsigned bit = (unsigned)__builtin_ctzll(~used);

		if (!atomic_compare_exchange_weak_explicit(
			    &u->used[word], &used, used | UINT64_C(1) << bit,
			    memory_order_acq_rel, memory_order_relaxed))
			continue;
		*out = word * 64 + bit;
		return true;
	}
	return false;
}

/* Where there was room before there is most likely some again. */
static bool find_room(struct underway *u, unsigned *out)
{
	unsigned from = atomic_load_explicit(&u->from, memory_order_relaxed);

	for (unsigned i = 0; i < WORDS; i++) {
		unsigned word = (from + i) % WORDS;

		if (!claim(u, word, out))
			continue;
		if (i > 0)
			atomic_store_explicit(&u->from, word,
					      memory_order_relaxed);
		return true;
	}
	return false;
}

uint16_t underway_add(struct underway *u, unsigned worker, const uint64_t *key,
		      size_t n)
{
	struct prompt *p;
	unsigned at;

	if (n == 0 || n > UINT32_MAX || !find_room(u, &at))
		return UNDERWAY_NONE;
	p = &u->prompt[at];
	atomic_store_explicit(&u->first[at], key[0], memory_order_relaxed);
	atomic_store_explicit(&p->worker, worker, memory_order_relaxed);
	for (unsigned i = 0; i < marks_of((uint32_t)n); i++)
		atomic_store_explicit(&p->key[i],
				      key[mark_blocks((uint32_t)n, i) - 1],
				      memory_order_relaxed);
	/* Who sees its length sees the rest. */
	atomic_store_explicit(&p->n, (unsigned)n, memory_order_release);
	return (uint16_t)at;
}

void underway_remove(struct underway *u, uint16_t prompt)
{
	if (prompt == UNDERWAY_NONE)
		return;
	ASSERT(prompt < UNDERWAY_PROMPTS);
	atomic_store_explicit(&u->prompt[prompt].n, 0, memory_order_relaxed);
	atomic_fetch_and_explicit(&u->used[prompt / 64],
				  ~(UINT64_C(1) << prompt % 64),
				  memory_order_release);
}

static bool has(const struct prompt *p, unsigned mark, uint32_t blocks,
		const uint64_t *key, size_t n)
{
	return blocks <= n &&
	       atomic_load_explicit(&p->key[mark], memory_order_relaxed) ==
		       key[blocks - 1];
}

/* The first mark behind more than so many blocks. */
static unsigned mark_past(uint32_t its, uint32_t blocks)
{
	if (its <= UNDERWAY_MARKS)
		return blocks;
	return (unsigned)(((uint64_t)blocks * UNDERWAY_MARKS + its - 1) / its);
}

/* Blocks that they have in common, if more than `known`, else 0: a chain's
 * key stands for all in front of it, so the last mark that agrees is searched
 * for by halves. Most that go to one worker are done with by the first look.
 */
static uint32_t common(const struct prompt *p, const uint64_t *key, size_t n,
		       uint32_t known)
{
	uint32_t its = atomic_load_explicit(&p->n, memory_order_acquire);
	unsigned lo, hi = marks_of(its); /* lo agree; hi do not, or end */

	if (its <= known)
		return 0;
	lo = mark_past(its, known);
	if (lo >= hi || !has(p, lo, mark_blocks(its, lo), key, n))
		return 0;
	lo++;
	while (lo < hi) {
		unsigned mid = lo + (hi - lo) / 2;

		if (has(p, mid, mark_blocks(its, mid), key, n))
			lo = mid + 1;
		else
			hi = mid;
	}
	return mark_blocks(its, lo - 1);
}

/* Where each worker that was asked for stands among these. */
struct places {
	uint64_t asked[INDEX_MAX_WORKERS / 64];
	uint16_t of[INDEX_MAX_WORKERS]; /* nothing, where it was not */
};

static void places_set(struct places *at, const unsigned *worker, size_t n)
{
	memset(at->asked, 0, sizeof(at->asked));
	for (size_t i = 0; i < n; i++) {
		at->asked[worker[i] / 64] |= UINT64_C(1) << worker[i] % 64;
		at->of[worker[i]] = (uint16_t)i;
	}
}

static bool is_asked(const struct places *at, unsigned id)
{
	return (at->asked[id / 64] >> id % 64 & 1) != 0;
}

static void match_one(const struct underway *u, unsigned prompt,
		      const uint64_t *key, size_t n, const struct places *at,
		      uint32_t *blocks)
{
	const struct prompt *p = &u->prompt[prompt];
	uint32_t *most, c;
	unsigned id;

	if (atomic_load_explicit(&u->first[prompt], memory_order_relaxed) !=
	    key[0])
		return;
	id = atomic_load_explicit(&p->worker, memory_order_relaxed) %
	     INDEX_MAX_WORKERS;
	if (!is_asked(at, id))
		return;
	most = &blocks[at->of[id]];
	c = common(p, key, n, *most);
	if (c > 0)
		*most = c;
}

void underway_match(const struct underway *u, const uint64_t *key, size_t n,
		    const unsigned *worker, size_t n_workers, uint32_t *blocks)
{
	struct places at;

	places_set(&at, worker, n_workers);
	for (unsigned word = 0; n > 0 && word < WORDS; word++) {
		uint64_t used = atomic_load_explicit(&u->used[word],
						     memory_order_acquire);

		for (; used != 0; used &= used - 1)
			match_one(u,
				  word * 64 + (unsigned)__builtin_ctzll(used),
				  key, n, &at, blocks);
	}
}

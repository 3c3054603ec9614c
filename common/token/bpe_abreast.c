#include "common/token/bpe_abreast.h"

#include <emmintrin.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/token/vocab.h"

#define PLACE_BITS 4
#define NO_KEY     INT32_MAX /* with a place's bits, too */

_Static_assert(BPE_SHORT == 1 << PLACE_BITS, "a place has so many bits");
_Static_assert(BPE_MAX_RANKS <= NO_KEY >> PLACE_BITS, "a key has a rank");

/* The next place that is there, or BPE_SHORT. */
static inline unsigned place_after(const struct bpe_short *w, unsigned at)
{
	uint32_t behind = w->there & (~(uint32_t)1 << at);

	return (unsigned)__builtin_ctz(behind | 1u << BPE_SHORT);
}

/* The one before it; itself, of the first. */
static inline unsigned place_before(const struct bpe_short *w, unsigned at)
{
	uint32_t before = w->there & ((1u << at) - 1);

	return before ? 31 - (unsigned)__builtin_clz(before) : at;
}

static inline int32_t key_of(const struct bpe_joins *j, uint32_t left,
			     uint32_t right)
{
	uint32_t rank = bpe_joins_rank(j, left, right);

	return rank == BPE_NO_RANK ? NO_KEY : (int32_t)(rank << PLACE_BITS);
}

static inline void look(const struct bpe_joins *j, struct bpe_short *w,
			unsigned at)
{
	unsigned after = place_after(w, at);
	int32_t key = NO_KEY;

	if (after < BPE_SHORT)
		key = key_of(j, w->id[at], w->id[after]);
	w->key[at] = key | (int32_t)at;
}

/* What look() will read. */
static inline void fetch(const struct bpe_joins *j, const struct bpe_short *w,
			 unsigned at)
{
	unsigned after = place_after(w, at);

	if (after < BPE_SHORT && w->id[at] < j->n_left)
		__builtin_prefetch(
			bpe_joins_first(j, j->left[w->id[at]], w->id[after]));
}

static inline __m128i lower(__m128i a, __m128i b)
{
	__m128i less = _mm_cmplt_epi32(a, b);

	return _mm_or_si128(_mm_and_si128(less, a), _mm_andnot_si128(less, b));
}

static inline int32_t lowest(const struct bpe_short *w)
{
	const __m128i *key = (const __m128i *)w->key;
	__m128i low = lower(
		lower(_mm_load_si128(key), _mm_load_si128(key + 1)),
		lower(_mm_load_si128(key + 2), _mm_load_si128(key + 3)));

	low = lower(low, _mm_shuffle_epi32(low, 0x4e));
	low = lower(low, _mm_shuffle_epi32(low, 0xb1));
	return _mm_cvtsi128_si32(low);
}

static inline unsigned place_of(int32_t key)
{
	return (unsigned)key & (BPE_SHORT - 1);
}

static inline void join(const struct bpe_joins *j, struct bpe_short *w)
{
	unsigned at = place_of(w->next), gone = place_after(w, at);

	w->id[at] = j->id[w->next >> PLACE_BITS];
	w->there &= ~(1u << gone);
	w->key[gone] = NO_KEY;
	fetch(j, w, at);
	fetch(j, w, place_before(w, at));
}

/* Those that have a pair to merge stay; their number. */
static size_t choose(const struct bpe_joins *j, struct bpe_short **word,
		     size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++) {
		struct bpe_short *w = word[i];

		w->next = lowest(w);
		word[left] = w;
		left += w->next != NO_KEY;
		if (w->next != NO_KEY)
			__builtin_prefetch(&j->id[w->next >> PLACE_BITS]);
	}
	return left;
}

static void end(struct bpe_short *w)
{
	w->n = 0;
	for (uint32_t there = w->there; there != 0; there &= there - 1)
		w->id[w->n++] = w->id[__builtin_ctz(there)];
}

struct bpe_abreast *bpe_abreast_create(const struct bpe_joins *joins,
				       const uint32_t *id)
{
	struct bpe_abreast *a = mem_alloc(sizeof(*a));

	a->joins = joins;
	memcpy(a->id, id, sizeof(a->id));
	for (size_t i = 0; i < 128; i++)
		for (size_t k = 0; k < 128; k++)
			a->first[i][k] = key_of(joins, id[i], id[k]);
	return a;
}

bool bpe_abreast_begin(const struct bpe_abreast *a, struct slice word,
		       struct bpe_short *out)
{
	unsigned char c = 0, before;

	if (a == NULL || word.n == 0 || word.n > BPE_SHORT)
		return false;
	for (size_t i = 0; i < word.n; i++) {
		before = c;
		c = (unsigned char)word.p[i];
		if (c >= 0x80 || a->id[c] == VOCAB_NONE)
			return false;
		out->id[i] = a->id[c];
		if (i > 0)
			out->key[i - 1] = a->first[before][c] |
					  (int32_t)(i - 1);
	}
	for (size_t i = word.n - 1; i < BPE_SHORT; i++)
		out->key[i] = NO_KEY;
	out->n = (unsigned)word.n;
	out->there = (1u << word.n) - 1;
	return true;
}

void bpe_abreast_merge(const struct bpe_abreast *a, struct bpe_short *word,
		       size_t n)
{
	struct bpe_short *going[BPE_ABREAST];
	const struct bpe_joins *j = a->joins;
	size_t left = n;

	ASSERT(n <= BPE_ABREAST);
	for (size_t i = 0; i < n; i++)
		going[i] = &word[i];
	while ((left = choose(j, going, left)) > 0) {
		for (size_t i = 0; i < left; i++)
			join(j, going[i]);
		for (size_t i = 0; i < left; i++) {
			unsigned at = place_of(going[i]->next);

			look(j, going[i], at);
			look(j, going[i], place_before(going[i], at));
		}
	}
	for (size_t i = 0; i < n; i++)
		end(&word[i]);
}

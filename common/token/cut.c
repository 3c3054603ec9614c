#include "common/token/cut.h"

#include <emmintrin.h>

#include "common/base/mem.h"
#include "common/token/metaspace.h"
#include "common/token/utf8.h"

#define BLANK 0x2581
/* Bits of the first table, and at most of the last. */
#define MOST_BITS 21
#define MIN_BITS  6
/* Bits for each pair: so rarely are two taken for joined that are not. */
#define SPARSE 64

/* Of an entry. */
struct ends {
	uint32_t first, last; /* characters, or one of these: */
};
#define EMPTY  UINT32_MAX
#define NOT_IT (UINT32_MAX - 1) /* a merge of it forbids all cuts */

static inline size_t bit_of(const struct cut *c, uint32_t before,
			    uint32_t behind)
{
	uint64_t pair = (uint64_t)before << 32 | behind;

	return (pair * 0x9e3779b97f4a7c15u) >> c->shift;
}

static inline bool is_joined(const struct cut *c, uint32_t before,
			     uint32_t behind)
{
	size_t bit = bit_of(c, before, behind);

	return c->joined[bit / 64] >> bit % 64 & 1;
}

static inline bool between(const struct cut *c, uint32_t before,
			   uint32_t behind)
{
	before = before == ' ' ? c->blank : before;
	behind = behind == ' ' ? c->blank : behind;
	if (c->where == CUT_BEFORE_BLANKS &&
	    (before == BLANK || behind != BLANK))
		return false;
	return !is_joined(c, before, behind);
}

bool cut_between(const struct cut *c, uint32_t before, uint32_t behind)
{
	return between(c, before, behind);
}

static struct ends ends_of(struct slice text)
{
	size_t len;

	if (text.n == 0)
		return (struct ends){EMPTY, EMPTY};
	return (struct ends){
		utf8_get(text.p, &len),
		utf8_get(text.p + utf8_last(text.p, text.n), &len),
	};
}

/* Of all entries by id: merges come in no order of the vocabulary's. */
static struct ends *find_ends(const struct bpe *b, const struct vocab *v)
{
	struct ends *ends = mem_array(v->n_id + 1, sizeof(*ends));

	for (uint32_t id = 0; id < v->n_id; id++)
		ends[id] = ends_of(vocab_text(v, id));
	/* "<0x20>" is written with other characters than it stands for. */
	for (size_t i = 0; i < 256; i++)
		if (b->byte_id[i] != VOCAB_NONE)
			ends[b->byte_id[i]] = (struct ends){NOT_IT, NOT_IT};
	if (b->unk_id != VOCAB_NONE)
		ends[b->unk_id] = (struct ends){NOT_IT, NOT_IT};
	return ends;
}

/* False if there must be no cuts. */
static bool learn(struct cut *c, const struct bpe *b, const struct ends *ends)
{
	for (size_t i = 0; i < b->n_merge; i++) {
		const struct bpe_merge *m = &b->merge[i];
		uint32_t before, behind;
		size_t bit;

		before = ends[m->left].last;
		behind = ends[m->right].first;
		if (before == NOT_IT || behind == NOT_IT)
			return false;
		bit = bit_of(c, before, behind);
		c->joined[bit / 64] |= (uint64_t)1 << bit % 64;
	}
	return true;
}

static size_t words_of(unsigned bits)
{
	return ((size_t)1 << bits) / 64;
}

static unsigned bits_for(const struct cut *c)
{
	unsigned bits = MIN_BITS;
	size_t n = 0;

	for (size_t i = 0; i < words_of(MOST_BITS); i++)
		n += (size_t)__builtin_popcountll(c->joined[i]);
	while (bits < MOST_BITS && (size_t)1 << bits < n * SPARSE)
		bits++;
	return bits;
}

/* To a table of so many bits, which goes by fewer of the same hash. */
static void fold(struct cut *c, unsigned bits)
{
	uint64_t *joined = mem_zalloc(words_of(bits) * sizeof(*joined));

	for (size_t i = 0; i < words_of(MOST_BITS); i++)
		for (uint64_t left = c->joined[i]; left != 0;
		     left &= left - 1) {
			size_t bit = i * 64 + (size_t)__builtin_ctzll(left);

			bit >>= MOST_BITS - bits;
			joined[bit / 64] |= (uint64_t)1 << bit % 64;
		}
	mem_free(c->joined);
	c->joined = joined;
	c->shift = 64 - bits;
}

static void fill_ascii(struct cut *c)
{
	c->ascii = mem_alloc(sizeof(*c->ascii) * 128);
	for (uint32_t a = 0; a < 128; a++)
		for (uint32_t b = 0; b < 128; b++)
			c->ascii[a][b] = cut_between(c, a, b);
}

void cut_learn(struct cut *c, enum cut_where where, bool blanks,
	       const struct bpe *b, const struct vocab *v)
{
	struct ends *ends;
	bool good;

	*c = (struct cut){.blank = blanks ? BLANK : ' '};
	/* An unknown blank would be fused with what is before it. */
	if (where == CUT_NOWHERE ||
	    vocab_find(v, SLICE(METASPACE_BLANK), true) == VOCAB_NONE)
		return;
	c->shift = 64 - MOST_BITS;
	c->joined = mem_zalloc(words_of(MOST_BITS) * sizeof(*c->joined));
	ends = find_ends(b, v);
	good = learn(c, b, ends);
	mem_free(ends);
	if (!good) {
		cut_fini(c);
		return;
	}
	fold(c, bits_for(c));
	c->where = where;
	fill_ascii(c);
}

void cut_fini(struct cut *c)
{
	mem_free(c->joined);
	mem_free(c->ascii);
	*c = (struct cut){0};
}

size_t cut_bytes(const struct cut *c)
{
	if (c->where == CUT_NOWHERE)
		return 0;
	return ((size_t)1 << (64 - c->shift)) / 8 + sizeof(*c->ascii) * 128;
}

size_t cut_word(const struct cut *c, const char *p, size_t n, size_t at)
{
	uint32_t before, behind;
	size_t len;

	if (c->where == CUT_NOWHERE)
		return n;
	behind = utf8_get(p + at, &len);
	for (at += len; at < n; at += len) {
		before = behind;
		behind = utf8_get(p + at, &len);
		if (between(c, before, behind))
			return at;
	}
	return n;
}

/* Bytes from 0x80 on, and those inside a character. */
static uint64_t find_wide(const char *p, uint64_t *inside)
{
	uint64_t wide = 0;

	*inside = 0;
	for (unsigned at = 0; at < CUT_BLOCK; at += 16) {
		__m128i c = _mm_loadu_si128((const __m128i *)(p + at));
		__m128i low = _mm_cmplt_epi8(c, _mm_set1_epi8((char)0xc0));

		wide |= (uint64_t)(unsigned)_mm_movemask_epi8(c) << at;
		*inside |= (uint64_t)(unsigned)_mm_movemask_epi8(low) << at;
	}
	return wide;
}

static uint64_t cuts_of_ascii(const struct cut *c, const char *p)
{
	const uint8_t *row = c->ascii[p[0] & 0x7f];
	uint64_t cuts = 0;

	for (size_t i = 1; i < CUT_BLOCK; i++) {
		unsigned char at = p[i] & 0x7f;

		cuts |= (uint64_t)row[at] << i;
		row = c->ascii[at];
	}
	return cuts;
}

/* Cuts before the characters that start at the bits of `starts`. */
static uint64_t cuts_at(const struct cut *c, const char *p, uint64_t starts)
{
	uint32_t before, behind = 0;
	size_t last = SIZE_MAX, len = 0;
	uint64_t cuts = 0;

	for (; starts != 0; starts &= starts - 1) {
		size_t at = (size_t)__builtin_ctzll(starts);

		before = last + len == at
				 ? behind
				 : utf8_get(p + utf8_last(p, at), &len);
		behind = utf8_get(p + at, &len);
		last = at;
		cuts |= (uint64_t)between(c, before, behind) << at;
	}
	return cuts;
}

uint64_t cut_block(const struct cut *c, const char *p, size_t n)
{
	uint64_t inside, wide = find_wide(p, &inside), near = wide | wide << 1;
	uint64_t within = n < CUT_BLOCK ? ((uint64_t)1 << n) - 1 : UINT64_MAX;
	uint64_t cuts = 0;

	within &= ~(uint64_t)1;
	if (near != UINT64_MAX)
		cuts = cuts_of_ascii(c, p) & ~near & within;
	if (near != 0)
		cuts |= cuts_at(c, p, near & within & ~inside);
	return cuts;
}

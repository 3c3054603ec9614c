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

static bool is_byte(const struct bpe *b, uint32_t id, struct slice text)
{
	if (text.n != 6 || !slice_starts(text, SLICE("<0x")))
		return false;
	for (size_t i = 0; i < 256; i++)
		if (b->byte_id[i] == id)
			return true;
	return false;
}

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

bool cut_between(const struct cut *c, uint32_t before, uint32_t behind)
{
	before = before == ' ' ? c->blank : before;
	behind = behind == ' ' ? c->blank : behind;
	if (c->where == CUT_BEFORE_BLANKS &&
	    (before == BLANK || behind != BLANK))
		return false;
	return !is_joined(c, before, behind);
}

static bool learn(struct cut *c, const struct bpe *b, const struct vocab *v,
		  const struct bpe_merge *m)
{
	struct slice left = vocab_text(v, m->left);
	struct slice right = vocab_text(v, m->right);
	size_t bit, len;

	/* "<0x20>" is written with other characters than it stands for. */
	if (m->left == b->unk_id || m->right == b->unk_id ||
	    is_byte(b, m->left, left) || is_byte(b, m->right, right))
		return false;
	if (left.n == 0 || right.n == 0)
		return true;
	bit = bit_of(c, utf8_get(left.p + utf8_last(left.p, left.n), &len),
		     utf8_get(right.p, &len));
	c->joined[bit / 64] |= (uint64_t)1 << bit % 64;
	return true;
}

/* The table of so many bits; false if there must be no cuts. */
static bool fill(struct cut *c, unsigned bits, const struct bpe *b,
		 const struct vocab *v)
{
	bool good = true;

	c->shift = 64 - bits;
	c->joined = mem_zalloc(((size_t)1 << bits) / 8);
	for (size_t i = 0; i < b->n_slot && good; i++)
		if (b->merge[i].left != VOCAB_NONE)
			good = learn(c, b, v, &b->merge[i]);
	return good;
}

static unsigned bits_for(const struct cut *c)
{
	size_t n = 0;
	unsigned bits = MIN_BITS;

	for (size_t i = 0; i < ((size_t)1 << MOST_BITS) / 64; i++)
		n += (size_t)__builtin_popcountll(c->joined[i]);
	while (bits < MOST_BITS && (size_t)1 << bits < n * SPARSE)
		bits++;
	return bits;
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
	unsigned bits;

	*c = (struct cut){.blank = blanks ? BLANK : ' '};
	/* An unknown blank would be fused with what is before it. */
	if (where == CUT_NOWHERE ||
	    vocab_find(v, SLICE(METASPACE_BLANK), true) == VOCAB_NONE)
		return;
	if (!fill(c, MOST_BITS, b, v)) {
		cut_fini(c);
		return;
	}
	bits = bits_for(c);
	mem_free(c->joined);
	(void)fill(c, bits, b, v);
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
		if (cut_between(c, before, behind))
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
		cuts |= (uint64_t)cut_between(c, before, behind) << at;
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

/* One set of merges, and merging by the definition. */
#ifndef TESTS_UNIT_TOKEN_MERGES_H
#define TESTS_UNIT_TOKEN_MERGES_H

#include "tests/unit/token/fixture.h"

#include "common/base/rng.h"
#include "common/token/bpe.h"

/* Symbols 0..25 are the letters; others are made by merges. */
static struct bpe bpe;
static struct bpe_scratch scratch;
static struct token_list made;

static inline void add(uint32_t left, uint32_t right, uint32_t rank,
		       uint32_t id)
{
	bpe_add(&bpe, (struct bpe_merge){left, right, rank, id});
}

static inline void letters(void)
{
	bpe_init(&bpe);
	for (uint32_t i = 0; i < 26; i++)
		bpe.byte_id['a' + i] = i;
}

static inline void expect(const char *word, size_t n, const uint32_t *id)
{
	if (bpe.joins.id == NULL)
		bpe_seal(&bpe);
	made.n = 0;
	bpe_merge_bytes(&bpe, slice_of(word), &scratch, &made);
	assert_int_equal(made.n, n);
	assert_memory_equal(made.id, id, n * sizeof(*id));
}

static inline int teardown(void **state)
{
	(void)state;
	bpe_fini(&bpe);
	bpe_scratch_fini(&scratch);
	token_list_fini(&made);
	return 0;
}

#define N_ID 512

/* The definition, word for word. */
static struct bpe_merge table[N_ID][N_ID];

static inline size_t slowly(uint32_t *id, size_t n)
{
	for (;;) {
		size_t best = SIZE_MAX;
		uint32_t rank = UINT32_MAX;

		for (size_t i = 0; i + 1 < n; i++) {
			const struct bpe_merge *m = &table[id[i]][id[i + 1]];

			if (m->id != 0 && m->rank < rank) {
				rank = m->rank;
				best = i;
			}
		}
		if (best == SIZE_MAX)
			return n;
		id[best] = table[id[best]][id[best + 1]].id;
		n--;
		memmove(&id[best + 1], &id[best + 2],
			(n - best - 1) * sizeof(*id));
	}
}

#endif

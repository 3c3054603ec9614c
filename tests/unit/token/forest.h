/* A vocabulary of letters and of what merges make, with the tree of it. */
#ifndef TESTS_UNIT_TOKEN_FOREST_H
#define TESTS_UNIT_TOKEN_FOREST_H

#include "tests/unit/token/merges.h"

#include "common/token/bpe_tree.h"

#define N_MADE   120
#define MAX_PART 40

static struct vocab forest_vocab;
static char forest_text[N_ID][MAX_PART + 1];

static inline int fell(void **state)
{
	vocab_fini(&forest_vocab);
	return teardown(state);
}

static inline void clear_ground(void)
{
	letters();
	memset(table, 0, sizeof(table));
	memset(forest_text, 0, sizeof(forest_text));
	vocab_init(&forest_vocab, N_ID, N_ID);
	for (uint32_t i = 0; i < 26; i++) {
		forest_text[i][0] = (char)('a' + i);
		assert_int_equal(vocab_add(&forest_vocab, i,
					   slice_of(forest_text[i]), true),
				 OK);
	}
}

/* One merge more; nothing if the product is too long or the pair is known.
 * A text that is there has its id. */
static inline void plant(uint32_t left, uint32_t right, uint32_t rank,
			 uint32_t *next)
{
	char text[2 * MAX_PART + 1];
	struct bpe_merge m = {left, right, rank, 0};

	strcpy(text, forest_text[left]);
	strcat(text, forest_text[right]);
	if (strlen(text) > MAX_PART || table[left][right].id != 0)
		return;
	m.id = vocab_find(&forest_vocab, slice_of(text), true);
	if (m.id == VOCAB_NONE) {
		m.id = (*next)++;
		strcpy(forest_text[m.id], text);
		assert_int_equal(
			vocab_add(&forest_vocab, m.id, slice_of(text), true),
			OK);
	}
	table[left][right] = m;
	bpe_add(&bpe, m);
}

/* No more merges. */
static inline void stand(void)
{
	bpe_seal(&bpe);
	bpe.tree = bpe_tree_create(&bpe, &forest_vocab, BPE_TREE_OF_BYTES);
	assert_true(bpe_tree_spell(bpe.tree, &forest_vocab, false));
}

/* Random merges. In order, as training gives them; or with some ranks that
 * come too early. */
static inline void grow(struct rng *rng, uint32_t n_letter, bool ordered)
{
	uint32_t next = 30, rank[N_MADE];

	clear_ground();
	for (uint32_t i = 0; i < N_MADE; i++)
		rank[i] = i;
	for (uint32_t k = ordered ? 0 : 1 + (uint32_t)rng_below(rng, 20); k > 0;
	     k--) {
		size_t a = rng_below(rng, N_MADE), b = rng_below(rng, N_MADE);
		uint32_t was = rank[a];

		rank[a] = rank[b];
		rank[b] = was;
	}
	for (uint32_t i = 0; i < N_MADE; i++) {
		uint32_t n = n_letter + next - 30;
		uint32_t a = (uint32_t)rng_below(rng, n);
		uint32_t b = (uint32_t)rng_below(rng, n);

		plant(a < n_letter ? a : 30 + a - n_letter,
		      b < n_letter ? b : 30 + b - n_letter, rank[i], &next);
	}
	stand();
}

/* By the definition; letters of `text` in, tokens out. */
static inline size_t define(const char *text, uint32_t *id)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		id[i] = (uint32_t)(text[i] - 'a');
	return slowly(id, n);
}

#endif

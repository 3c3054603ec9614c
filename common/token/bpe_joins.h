/* Merges by the token that they start with.
 *
 * These stand in the order of ids, which is by frequency in what training
 * gives: what is asked for most stands close together. Built by one thread,
 * then immutable. */
#ifndef COMMON_TOKEN_BPE_JOINS_H
#define COMMON_TOKEN_BPE_JOINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BPE_NO_RANK   UINT32_MAX
#define BPE_MAX_RANKS (1u << 24)

struct bpe_merge {
	uint32_t left, right, rank, id; /* all but the ids below the maximum */
};

struct bpe_join {
	uint32_t right, rank; /* both all ones: a free place */
};

struct bpe_left {
	uint32_t first : 27; /* place in `join` */
	uint32_t bits : 5;   /* 2^bits of them, not all used */
};

struct bpe_joins {
	struct bpe_left *left; /* by id, n_left of them */
	struct bpe_join *join; /* open addressing, for each left by itself */
	uint32_t *id;          /* what the merge of each rank makes */
	size_t n_left, n_join, n_rank;
};

/* Ranks are below BPE_MAX_RANKS. A pair that is given again takes the later
 * rank. */
void bpe_joins_build(struct bpe_joins *j, const struct bpe_merge *merge,
		     size_t n);
void bpe_joins_fini(struct bpe_joins *j);
size_t bpe_joins_bytes(const struct bpe_joins *j); /* memory held */

/* Where to look for the pair first. */
static inline const struct bpe_join *bpe_joins_first(const struct bpe_joins *j,
						     struct bpe_left left,
						     uint32_t right)
{
	return &j->join[left.first + (right & ((1u << left.bits) - 1))];
}

/* The place of the pair, or the free one where it would stand. */
static inline struct bpe_join *bpe_joins_at(const struct bpe_joins *j,
					    struct bpe_left left,
					    uint32_t right)
{
	struct bpe_join *join = j->join + left.first;
	uint32_t mask = (1u << left.bits) - 1;

	for (uint32_t i = right & mask;; i = (i + 1) & mask)
		if (join[i].right == right || join[i].rank == BPE_NO_RANK)
			return &join[i];
}

/* Rank of the pair, or BPE_NO_RANK. */
static inline uint32_t bpe_joins_rank(const struct bpe_joins *j, uint32_t left,
				      uint32_t right)
{
	if (left >= j->n_left)
		return BPE_NO_RANK;
	return bpe_joins_at(j, j->left[left], right)->rank;
}

#endif

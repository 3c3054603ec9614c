/* How merging makes each token, and what follows from that: which tokens
 * can stand side by side.
 *
 * Where merging the text of a token alone gives that token, it goes through
 * the same merges wherever the token ends up, since nothing crosses its
 * borders. Its parts are the two that the last of them joined. Two tokens
 * are a pair if merging the text of both gives these two again; that is so
 * unless a merge joins a part at the end of the left one with a part at the
 * start of the right one while both are there. Tokens of which every two
 * neighbours are a pair are what merging the whole text gives: see
 * bpe_window.c.
 *
 * All this holds where a merge's rank is above the ranks that made what it
 * joins, as training has it; then ranks are the order of events. Some files
 * have a few merges that come too early for that. Those are left out, and
 * where one of them might have its turn, nothing is said. Built by one
 * thread, then immutable. */
#ifndef COMMON_TOKEN_BPE_TREE_H
#define COMMON_TOKEN_BPE_TREE_H

#include "common/token/bpe.h"
#include "common/token/prefix.h"

#define BPE_UNMADE UINT32_MAX

struct bpe_node {
	uint32_t left, right; /* its parts; of a byte, nothing */
	uint32_t made;        /* rank of the merge + 1; 0: a byte. Or
			       * BPE_UNMADE: no text becomes this token */
	uint32_t n : 31;      /* bytes */
	uint32_t unsure : 1;  /* merges that were left out may undo it */
	uint32_t shorter;     /* longest token that it starts with, or none */
	/* Some merge joins it, as the left, with a token of such a hash; as
	 * the right. */
	uint32_t as_left, as_right;
	struct bpe_left joins;
};

/* What a text is before merging. There are no affixes. */
enum bpe_tree_of { BPE_TREE_OF_BYTES, BPE_TREE_OF_CHARS };

struct bpe_tree {
	const struct bpe_joins *joins;
	struct bpe_node *node; /* n of them, by id */
	size_t n;
	struct prefix prefix; /* of all tokens that are made */
	enum bpe_tree_of of;
	size_t min_bytes;   /* of words that are for bpe_pairs() */
	uint64_t *left_out; /* bit per rank */
	bool any_left_out;
};

enum bpe_pair { BPE_PAIR, BPE_NO_PAIR, BPE_UNSURE };

/* `b` is sealed, and stays where it is. */
struct bpe_tree *bpe_tree_create(const struct bpe *b, const struct vocab *v,
				 enum bpe_tree_of of);
/* For bpe_pairs(). `blanks`: words have ' ' where entries have U+2581. False
 * where there are too many. */
MUST_USE bool bpe_tree_spell(struct bpe_tree *t, const struct vocab *v,
			     bool blanks);
void bpe_tree_destroy(struct bpe_tree **t);
size_t bpe_tree_bytes(const struct bpe_tree *t); /* memory held */

/* Does merging the text of `id` surely give `id`? */
bool bpe_tree_makes(const struct bpe_tree *t, uint32_t id);
/* Are they a pair? Both are made. */
enum bpe_pair bpe_tree_pair(const struct bpe_tree *t, uint32_t left,
			    uint32_t right);

#endif

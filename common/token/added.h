/* Added tokens: cut out of the text before anything else looks at it.
 *
 * At each place the longest token wins, and the leftmost place first, as
 * the reference's Aho-Corasick automaton (leftmost-longest) has it. Built
 * by one thread, then immutable. */
#ifndef COMMON_TOKEN_ADDED_H
#define COMMON_TOKEN_ADDED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/token/trie.h"

#define ADDED_MAX_TEXT 512 /* bytes of one token: bounds the look-ahead */

struct added_token {
	char *text; /* owned; of a normalized token, its normal form */
	size_t n;
	uint32_t id;
	bool lstrip, rstrip; /* swallows the white space beside it */
	bool single_word;    /* only where no word character touches it */
	bool special;
	bool barrier; /* nothing reaches across its end: see barrier.c */
};

struct added {
	struct added_token *token; /* sorted by text once sealed */
	size_t n, size;
	struct trie trie; /* of their texts, to places in `token` */
	bool starts[256]; /* by first byte: are there any? */
	int only_first;   /* the one first byte of all of them, or -1 */
};

void added_init(struct added *a);
void added_fini(struct added *a);
/* Takes a copy of `text`, 0 < n <= ADDED_MAX_TEXT. Of equal texts the
 * special one wins, then the one that was added first. */
void added_add(struct added *a, struct slice text, struct added_token flags);
void added_seal(struct added *a);
/* Sets `barrier` of a sealed set's tokens. */
void added_mark_barriers(struct added *a);

/* A walk over the pieces of a text. */
struct added_walk {
	const struct added *set;
	struct slice text;
	size_t search; /* where the next match may start */
	size_t done;   /* what stands before it was given out */
};

/* Next piece: the text before a token and the token; at the end the rest
 * and NULL. Call until the token is NULL. */
const struct added_token *added_next(struct added_walk *w,
				     struct slice *before);

#endif

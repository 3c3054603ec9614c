/* Words of vocabularies in which U+2581 stands for the blank and no
 * pre-tokenizer cuts the text: SentencePiece's manner.
 *
 * A whole piece is one word there. It may still be cut between any two
 * characters that no merge joins, one ending in the first and one beginning
 * with the second: then nothing ever meets across the cut. SentencePiece
 * learns no entries of both letters and signs, so these are words as people
 * know them. Built by one thread, then immutable. */
#ifndef COMMON_TOKEN_CUT_H
#define COMMON_TOKEN_CUT_H

#include "common/token/bpe.h"

#define CUT_BLOCK 64 /* bytes that are looked at together */
#define CUT_ROOM  80 /* bytes that may be read for it */

/* What must be so besides the merges for there to be cuts. */
enum cut_where {
	CUT_NOWHERE,
	CUT_BEFORE_BLANKS, /* only before a U+2581 behind another character */
	CUT_ANYWHERE,
};

struct cut {
	enum cut_where where;
	uint32_t blank;        /* what ' ' is taken for: U+2581, or itself */
	uint64_t *joined;      /* bits by the hash of a pair; owned */
	unsigned shift;        /* of the hash */
	uint8_t (*ascii)[128]; /* [a][b]: 1 for a cut between; owned */
};

/* Looks through all merges. CUT_NOWHERE all the same if merges join pieces
 * of characters or unknown ones, or if there is no U+2581. `blanks`: ' ' in
 * a text stands for U+2581. */
void cut_learn(struct cut *c, enum cut_where where, bool blanks,
	       const struct bpe *b, const struct vocab *v);
void cut_fini(struct cut *c);
size_t cut_bytes(const struct cut *c); /* memory held */

/* May the text be cut between the characters? Some pairs that could be are
 * kept together. */
bool cut_between(const struct cut *c, uint32_t before, uint32_t behind);
/* End of the word that starts at `at` < n. */
size_t cut_word(const struct cut *c, const char *p, size_t n, size_t at);
/* Bit i, for 0 < i < n <= CUT_BLOCK: cut before p[i]. CUT_ROOM bytes may be
 * read, and p starts a character. CUT_ANYWHERE only. */
uint64_t cut_block(const struct cut *c, const char *p, size_t n);

#endif

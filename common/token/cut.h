/* Words of vocabularies in which U+2581 stands for the blank and no
 * pre-tokenizer cuts the text: SentencePiece's manner.
 *
 * A whole piece is one word there. It may still be cut before each U+2581
 * that follows another character, if no merge joins what ends in that
 * character with what begins with U+2581: then nothing ever joins across
 * the cut. The characters for which some merge does so are collected at
 * load; after these the text is not cut. */
#ifndef COMMON_TOKEN_CUT_H
#define COMMON_TOKEN_CUT_H

#include "common/token/bpe.h"

#define CUT_MAX_KEPT 32

struct cut {
	bool on;
	size_t n_kept;
	uint32_t kept[CUT_MAX_KEPT]; /* characters that hold on */
};

/* Looks through all merges. Not `on` if too many characters hold on, if
 * merges join pieces of characters or unknown ones, or without U+2581. */
void cut_learn(struct cut *c, const struct bpe *b, const struct vocab *v);
/* End of the word that starts at `at` < n. */
size_t cut_word(const struct cut *c, const char *p, size_t n, size_t at);

#endif

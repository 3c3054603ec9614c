/* Texts for vocabularies with U+2581 for the blank, encoded as they come.
 *
 * Where all that a normalizer or a pre-tokenizer does is to write blanks as
 * U+2581 and to put one in front, no text need be written anew: the words
 * that cut.h finds keep their blanks, in the memory of words too, and only
 * the few that are new are looked up as the vocabulary writes them. Built
 * by one thread, then immutable. */
#ifndef COMMON_TOKEN_BLANKS_H
#define COMMON_TOKEN_BLANKS_H

#include "common/base/buf.h"

enum blanks_front {
	BLANKS_NO_FRONT,
	BLANKS_FIRST_FRONT, /* before the text, if it does not start so */
	BLANKS_MISSING,     /* before each piece that does not start so */
	BLANKS_FRONT,       /* before each piece */
};

struct blanks {
	bool on;
	enum blanks_front front;
};

struct tokenizer;

/* Does it write every blank as U+2581? As soon as normalizer and
 * pre-tokenizer are there. */
bool blanks_vanish(const struct tokenizer *t);
/* To be on, all the rest must be there. */
struct blanks blanks_of(const struct tokenizer *t);

struct encoder;

/* Encodes a piece between added tokens; not empty. */
void encoder_blanks(struct encoder *e, struct slice piece, bool starts_text);

#endif

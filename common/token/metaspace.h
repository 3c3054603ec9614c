/* The Metaspace pre-tokenizer: blanks become U+2581, and one is put before
 * the text. Unlike a normalizer it acts behind the search for added tokens,
 * and may know the text's start from other pieces. Pure. */
#ifndef COMMON_TOKEN_METASPACE_H
#define COMMON_TOKEN_METASPACE_H

#include "common/base/buf.h"

#define METASPACE_BLANK   "\xe2\x96\x81" /* U+2581 */
#define METASPACE_BLANK_N 3

enum metaspace {
	METASPACE_NONE, /* there is none */
	METASPACE_NEVER,
	METASPACE_FIRST, /* only where the piece starts the text */
	METASPACE_ALWAYS,
};

/* The word that an entry is written for, in `out`: with `blanks`, U+2581
 * stands for ' '. False if it has more than `most` bytes, or none. */
bool metaspace_word(struct slice entry, bool blanks, char *out, size_t most,
		    size_t *n);
/* The piece itself where nothing changes, or in `room`, which the next call
 * uses again. */
struct slice metaspace(enum metaspace how, struct slice piece, bool starts_text,
		       struct buf *room);

#endif

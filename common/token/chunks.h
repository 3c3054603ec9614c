/* Texts that may be cut at blanks before anything else looks at them.
 *
 * Where a pre-tokenizer drops white space, and no step of the normalizer
 * reaches from one word to the next, what a text becomes is what its chunks
 * become, one behind the other: so they are remembered as they came, with
 * the blanks behind them, and most are never normalized. Only a blank
 * between ASCII characters counts, for no character sequence that belongs
 * together reaches across it. Built by one thread, then immutable. */
#ifndef COMMON_TOKEN_CHUNKS_H
#define COMMON_TOKEN_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

#define CHUNKS_BLOCK 64 /* bytes that are looked at together */
#define CHUNKS_ROOM  80 /* bytes that may be read for it */

struct chunks {
	bool on;
	bool tab, newline; /* count as blanks, as ' ' always does */
};

struct tokenizer;
struct encoder;

/* As soon as all the rest is there. */
struct chunks chunks_of(const struct tokenizer *t);
/* Bit i, for 0 < i < n <= CHUNKS_BLOCK: a chunk starts at p[i]. CHUNKS_ROOM
 * bytes may be read. */
uint64_t chunks_block(const struct chunks *c, const char *p, size_t n);

/* Encodes a piece between added tokens. */
void encoder_chunks(struct encoder *e, struct slice piece);
/* In encode.c: encodes what has no chunk in it that is known. */
void encoder_normal(struct encoder *e, struct slice piece, bool starts_text);

#endif

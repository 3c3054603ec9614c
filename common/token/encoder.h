/* One call of the encoder, for the files that take part in it. */
#ifndef COMMON_TOKEN_ENCODER_H
#define COMMON_TOKEN_ENCODER_H

#include "common/token/batch.h"
#include "common/token/model.h"

struct encoder {
	const struct tokenizer *t;
	struct room *room;
	struct words *words; /* the room's: of words, or of chunks */
	struct token_list *out;
	size_t most;                 /* ids that `out` may hold */
	struct token_cuts *cuts;     /* or NULL */
	const struct token_end *end; /* or NULL */
	struct batch *batch;         /* to which scanners add; or NULL */
	const char *start;           /* of the text that cuts count from */
	bool plain;                  /* added tokens are text like any other */
	enum status status;          /* why it stopped before the end */
};

/* There is no use in going on. */
static inline bool encoder_is_over(const struct encoder *e)
{
	return e->out->n > e->most || e->status != OK;
}

/* What is looked up are chunks, not words that the model knows. */
static inline bool encoder_in_chunks(const struct encoder *e)
{
	return e->words != &e->room->words;
}

/* What is left of the front of a piece, for a part of it that starts at
 * `at`: see stage_run(). */
static inline size_t encoder_front(size_t front, size_t at)
{
	return front > at ? front - at : 0;
}

/* Encodes a piece from the stage on; it is not empty. */
void encoder_piece(struct encoder *e, struct slice piece, size_t stage,
		   size_t front);

/* The same by the stage's scanner alone. */
void encoder_scan(struct encoder *e, struct slice piece, size_t stage,
		  size_t front);
/* By blocks from the first stage on, where they know it: see block.h. */
void encoder_bulk(struct encoder *e, struct slice piece, size_t front);
#define BULK_MIN 24 /* bytes that are worth a block */
/* Encodes the words between one of the starts and the next, from p on, and
 * returns the last start. 16 bytes may be read from each, `room` in all. */
unsigned encoder_words(struct encoder *e, const char *p, uint64_t starts,
		       size_t room);
/* Encodes one word; from p on, `room` bytes may be read. */
void encoder_word(struct encoder *e, const char *p, size_t n, size_t room);
/* The same for a word of words_key() for which the memory of words has no
 * slot, and for one that is too long for that, of words_hash(). */
void encoder_new_word(struct encoder *e, struct slice word,
		      const uint64_t key[2]);
void encoder_long_word(struct encoder *e, struct slice word, uint64_t hash);

#endif

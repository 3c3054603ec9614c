/* Words that are looked up together, so that waiting for memory overlaps:
 * their keys first, and meanwhile what these lead to is fetched; then the
 * ids are copied. What is new is learnt together, too. A batch belongs to
 * one call of the encoder. */
#ifndef COMMON_TOKEN_BATCH_H
#define COMMON_TOKEN_BATCH_H

#include "common/token/block.h"
#include "common/token/words.h"

#define BATCH_MAX (4 * BLOCK_BYTES)

/* A word and where it stands if it is remembered. */
struct probe {
	uint64_t key[2]; /* of a long word its hash, and no length */
	struct words_slot *set;
	const char *p;
	size_t n;
};

struct batch {
	struct probe probe[BATCH_MAX];
	size_t n;
	bool any_long;
	const char *end; /* up to here the words' text may be read */
};

struct encoder;

static inline void batch_init(struct batch *b, const char *end)
{
	b->n = 0;
	b->any_long = false;
	b->end = end;
}

/* Appends the ids of all words, and empties the batch. */
void batch_encode(struct encoder *e, struct batch *b);

/* Adds the word p[0, n). */
void batch_add(struct encoder *e, struct batch *b, const char *p, size_t n);

/* Adds the words between one start and the next, the first at 0; returns the
 * last start. `p` has what stands at `from`, and 16 bytes may be read from
 * each. */
unsigned batch_add_block(struct encoder *e, struct batch *b, const char *p,
			 const char *from, uint64_t starts);

#endif

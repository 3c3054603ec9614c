/* Words by whole blocks: what is usual, and short, without a branch.
 *
 * What a block cannot say, because characters are not ASCII or a word is
 * longer than a block, goes to the scanners as a piece of its own, up to the
 * next place where the text may be cut. */
#include "common/token/encoder.h"

unsigned encoder_words(struct encoder *e, const char *p, uint64_t starts,
		       size_t room)
{
	struct batch b;
	unsigned at;

	batch_init(&b, p + room);
	at = batch_add_block(e, &b, p, p, starts);
	batch_encode(e, &b);
	return at;
}

/* Returns how far blocks went. */
static size_t run(struct encoder *e, struct slice s, size_t at)
{
	char tail[BLOCK_BYTES + 16] = {0};
	struct block b;
	unsigned taken;

	while (at < s.n && !encoder_is_over(e)) {
		size_t left = s.n - at;
		const char *p = s.p + at;

		if (left < sizeof(tail)) {
			memcpy(tail, p, left);
			p = tail;
		}
		block_read(p, left, &b);
		taken = batch_add_block(e, e->batch, p, s.p + at,
					e->t->block(&b));
		at += taken;
		/* What is left at the end is no block's to say. */
		if (taken == 0 || b.n == left)
			break;
	}
	return at;
}

void encoder_bulk(struct encoder *e, struct slice piece, size_t front)
{
	struct batch words;

	batch_init(&words, piece.p + piece.n);
	e->batch = &words;
	for (size_t at = 0, end; at < piece.n && !encoder_is_over(e);
	     at = end) {
		at = run(e, piece, at);
		end = block_sync(piece.p, piece.n, at);
		if (at < piece.n)
			encoder_scan(e, (struct slice){piece.p + at, end - at},
				     0, encoder_front(front, at));
	}
	batch_encode(e, &words);
	e->batch = NULL;
}

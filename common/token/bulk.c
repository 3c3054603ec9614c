/* Words by whole blocks: what is usual, and short, without a branch.
 *
 * What a block cannot say, because characters are not ASCII or a word is
 * longer than a block, goes to the scanners as a piece of its own, up to the
 * next place where the text may be cut. */
#include "common/token/encoder.h"

/* Ids of a block's words, as far as they are in the memory of words. */
#define BLOCK_IDS (BLOCK_BYTES * WORDS_MAX_IDS)

/* Room for so many ids more, without a look at every one. */
static uint32_t *reserve(struct token_list *out, size_t n)
{
	token_list_reserve(out, n);
	return out->id + out->n;
}

unsigned encoder_words(struct encoder *e, const char *p, uint64_t starts,
		       size_t room)
{
	struct words_slot(*sets)[2] = e->room->words.set;
	uint32_t *id = reserve(e->out, BLOCK_IDS);
	unsigned at = 0;

	for (; starts != 0; starts &= starts - 1) {
		unsigned end = (unsigned)__builtin_ctzll(starts), n = end - at;
		const struct words_slot *slot = NULL;
		uint64_t key[2];

		if (LIKELY(n <= WORDS_MAX_TEXT)) {
			words_wide_key(p + at, n, key);
			slot = words_find(sets, key);
		}
		if (LIKELY(slot)) {
			memcpy(id, slot->id, sizeof(slot->id));
			id += words_count(slot);
		} else {
			e->out->n = (size_t)(id - e->out->id);
			encoder_word(e, p + at, n, room - at);
			id = reserve(e->out, BLOCK_IDS);
		}
		at = end;
	}
	e->out->n = (size_t)(id - e->out->id);
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
		taken = encoder_words(e, p, e->t->block(&b), sizeof(tail));
		at += taken;
		/* What is left at the end is no block's to say. */
		if (taken == 0 || b.n == left)
			break;
	}
	return at;
}

void encoder_bulk(struct encoder *e, struct slice piece, size_t front)
{
	for (size_t at = 0, end; at < piece.n && !encoder_is_over(e);
	     at = end) {
		at = run(e, piece, at);
		end = block_sync(piece.p, piece.n, at);
		if (at < piece.n)
			encoder_scan(e, (struct slice){piece.p + at, end - at},
				     0, encoder_front(front, at));
	}
}

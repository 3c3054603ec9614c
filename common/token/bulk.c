/* Words by whole blocks: what is usual, and short, without a branch.
 *
 * What a block cannot say, because characters are not ASCII or a word is
 * longer than a block, goes to the scanners as a piece of its own, up to the
 * next place where the text may be cut. */
#include "common/token/encoder.h"

/* Words that are looked up together. */
#define BATCH (4 * BLOCK_BYTES)

/* A word, its key, and where it stands if it is remembered. */
struct probe {
	uint64_t key[2];
	struct words_slot *set;
	const char *p;
	size_t n;
};

struct batch {
	struct probe probe[BATCH];
	size_t n;
	const char *end; /* up to here the words' text may be read */
};

/* The words between one start and the next, the first at 0; returns the last
 * start. `p` has what stands at `from`, and 16 bytes may be read from each.
 * What the keys need is fetched meanwhile. That of a long word is no
 * word's. */
static unsigned add(struct encoder *e, struct batch *b, const char *p,
		    const char *from, uint64_t starts)
{
	struct words_slot(*sets)[2] = e->room->words.set;
	struct probe *to = b->probe + b->n;
	unsigned at = 0;

	for (; starts != 0; starts &= starts - 1, to++) {
		unsigned end = (unsigned)__builtin_ctzll(starts), n = end - at;

		words_wide_key(p + at, n <= WORDS_MAX_TEXT ? n : 0, to->key);
		to->key[1] |= n > WORDS_MAX_TEXT;
		to->set = sets[words_set(to->key)];
		__builtin_prefetch(to->set);
		to->p = from + at;
		to->n = n;
		at = end;
	}
	b->n = (size_t)(to - b->probe);
	return at;
}

/* Where one word is new, others behind it are likely to be. */
static void fetch_new(const struct direct *d, const struct probe *from,
		      const struct probe *to)
{
	for (; from < to; from++)
		if (!words_same(&from->set[0], from->key) &&
		    !words_same(&from->set[1], from->key))
			__builtin_prefetch(direct_line(d, from->key));
}

static uint32_t *reserve(struct token_list *out, size_t n)
{
	token_list_reserve(out, n * WORDS_MAX_IDS);
	return out->id + out->n;
}

static void encode(struct encoder *e, struct batch *b)
{
	const struct probe *next = b->probe, *last = next + b->n;
	uint32_t *id = reserve(e->out, b->n);
	bool fetched = false;

	for (; next < last; next++) {
		const struct words_slot *slot = words_in(next->set, next->key);

		if (LIKELY(slot)) {
			memcpy(id, slot->id, sizeof(slot->id));
			id += words_count(slot);
			continue;
		}
		if (!fetched)
			fetch_new(&e->t->direct, next, last);
		fetched = true;
		e->out->n = (size_t)(id - e->out->id);
		encoder_word(e, next->p, next->n, (size_t)(b->end - next->p));
		id = reserve(e->out, (size_t)(last - next));
	}
	e->out->n = (size_t)(id - e->out->id);
	b->n = 0;
}

unsigned encoder_words(struct encoder *e, const char *p, uint64_t starts,
		       size_t room)
{
	struct batch b;
	unsigned at;

	b.n = 0;
	b.end = p + room;
	at = add(e, &b, p, p, starts);
	encode(e, &b);
	return at;
}

/* Returns how far blocks went. */
static size_t run(struct encoder *e, struct slice s, size_t at)
{
	char tail[BLOCK_BYTES + 16] = {0};
	struct batch words;
	struct block b;
	unsigned taken;

	words.n = 0;
	words.end = s.p + s.n;
	while (at < s.n && !encoder_is_over(e)) {
		size_t left = s.n - at;
		const char *p = s.p + at;

		if (left < sizeof(tail)) {
			memcpy(tail, p, left);
			p = tail;
		}
		block_read(p, left, &b);
		taken = add(e, &words, p, s.p + at, e->t->block(&b));
		at += taken;
		if (words.n > BATCH - BLOCK_BYTES)
			encode(e, &words);
		/* What is left at the end is no block's to say. */
		if (taken == 0 || b.n == left)
			break;
	}
	encode(e, &words);
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

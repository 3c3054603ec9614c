#include "common/token/batch.h"

#include "common/base/mem.h"
#include "common/token/encoder.h"

/* The key of no word. */
#define NO_WORD 1

static void make_room(struct encoder *e, struct batch *b, size_t n)
{
	if (b->n + n > BATCH_MAX)
		batch_encode(e, b);
}

static inline void seek(const struct words *w, struct probe *to)
{
	to->set = w->set[words_set(to->key)];
	__builtin_prefetch(to->set);
}

/* Above WORDS_MAX_LONG it is not remembered at all. */
static void seek_long(const struct words *w, struct batch *b, struct probe *to)
{
	bool kept = to->n <= WORDS_MAX_LONG;

	to->key[0] = kept ? words_hash(to->p, to->n) : 0;
	to->key[1] = NO_WORD;
	to->set = w->set[0];
	if (kept)
		words_fetch_place(w, to->key[0]);
	b->any_long |= kept;
}

void batch_add(struct encoder *e, struct batch *b, const char *p, size_t n)
{
	struct probe *to;

	make_room(e, b, 1);
	to = &b->probe[b->n++];
	to->p = p;
	to->n = n;
	if (LIKELY(n <= WORDS_MAX_TEXT)) {
		words_key(p, n, (size_t)(b->end - p), to->key);
		seek(e->words, to);
	} else {
		seek_long(e->words, b, to);
	}
}

unsigned batch_add_block(struct encoder *e, struct batch *b, const char *p,
			 const char *from, uint64_t starts)
{
	const struct words *words = e->words;
	struct probe *to;
	unsigned at = 0;

	make_room(e, b, BLOCK_BYTES);
	for (to = b->probe + b->n; starts != 0; starts &= starts - 1, to++) {
		unsigned end = (unsigned)__builtin_ctzll(starts), n = end - at;

		to->p = from + at;
		to->n = n;
		at = end;
		if (LIKELY(n <= WORDS_MAX_TEXT)) {
			words_wide_key(p + (to->p - from), n, to->key);
			seek(words, to);
		} else {
			seek_long(words, b, to);
		}
	}
	b->n = (size_t)(to - b->probe);
	return at;
}

static bool is_new(const struct probe *x)
{
	return x->n <= WORDS_MAX_TEXT && !words_same(&x->set[0], x->key) &&
	       !words_same(&x->set[1], x->key);
}

/* Words that are learnt together, ahead of their turn. */
struct lesson {
	const struct probe *new[BATCH_MAX]; /* each word once */
	size_t n_new;
	uint64_t seen[16]; /* bits by the hash */
	/* Of those that are no entries, some to be merged, and others. */
	const struct probe *short_probe[BPE_ABREAST];
	struct bpe_short short_word[BPE_ABREAST];
	size_t n_short;
	struct slice word[MODEL_FETCH];
	size_t n_word;
};

static struct slice text_of(const struct probe *x)
{
	return (struct slice){x->p, x->n};
}

static bool is_seen(struct lesson *l, const struct probe *x)
{
	uint64_t bit = words_short_hash(x->key) % (64 * ARRAY_LEN(l->seen));
	bool seen = l->seen[bit / 64] >> bit % 64 & 1;

	l->seen[bit / 64] |= (uint64_t)1 << bit % 64;
	return seen;
}

static void list_new(struct encoder *e, struct lesson *l,
		     const struct probe *from, const struct probe *to)
{
	for (; from < to; from++)
		if (is_new(from) && !is_seen(l, from)) {
			l->new[l->n_new++] = from;
			__builtin_prefetch(
				direct_line(&e->t->direct, from->key));
		}
}

static void learn_short(struct encoder *e, struct lesson *l)
{
	if (l->n_short > 0)
		bpe_abreast_merge(e->t->bpe.abreast, l->short_word, l->n_short);
	for (size_t i = 0; i < l->n_short; i++)
		words_put(e->words, l->short_probe[i]->key,
			  text_of(l->short_probe[i]), l->short_word[i].id,
			  l->short_word[i].n);
	l->n_short = 0;
}

static void fetch_word(struct encoder *e, struct lesson *l)
{
	model_fetch(e->t, l->word, l->n_word);
	l->n_word = 0;
}

static void learn(struct encoder *e, struct lesson *l, const struct probe *x)
{
	uint32_t id = direct_find(&e->t->direct, x->key);

	if (id != VOCAB_NONE) {
		words_put(e->words, x->key, text_of(x), &id, 1);
	} else if (words_may_have(e->words, x->key)) {
		words_fetch_place(e->words, words_short_hash(x->key));
	} else if (bpe_abreast_begin(e->t->bpe.abreast, text_of(x),
				     &l->short_word[l->n_short])) {
		l->short_probe[l->n_short++] = x;
		if (l->n_short == BPE_ABREAST)
			learn_short(e, l);
	} else {
		l->word[l->n_word++] = text_of(x);
		if (l->n_word == MODEL_FETCH)
			fetch_word(e, l);
	}
}

/* Where one word is new, others behind it are likely to be. */
static NOINLINE void learn_new(struct encoder *e, const struct probe *from,
			       const struct probe *to)
{
	struct lesson l;

	l.n_new = l.n_short = l.n_word = 0;
	mem_zero(l.seen, sizeof(l.seen));
	list_new(e, &l, from, to);
	for (size_t i = 0; i < l.n_new; i++)
		learn(e, &l, l.new[i]);
	learn_short(e, &l);
	fetch_word(e, &l);
}

static void fetch_long(const struct words *w, const struct batch *b)
{
	if (!b->any_long)
		return;
	for (size_t i = 0; i < b->n; i++)
		if (b->probe[i].n > WORDS_MAX_TEXT &&
		    b->probe[i].n <= WORDS_MAX_LONG)
			words_fetch_record(w, b->probe[i].key[0]);
}

static uint32_t *reserve(struct token_list *out, size_t n)
{
	token_list_reserve(out, n * WORDS_MAX_IDS);
	return out->id + out->n;
}

void batch_encode(struct encoder *e, struct batch *b)
{
	const struct probe *next = b->probe, *last = next + b->n;
	uint32_t *id = reserve(e->out, b->n);
	bool learnt = encoder_in_chunks(e);

	fetch_long(e->words, b);
	b->n = 0;
	b->any_long = false;
	for (; next < last; next++) {
		const struct words_slot *slot = words_in(next->set, next->key);

		if (UNLIKELY(!slot && !learnt) && next->n <= WORDS_MAX_TEXT) {
			learn_new(e, next, last);
			learnt = true;
			slot = words_in(next->set, next->key);
		}
		if (LIKELY(slot)) {
			memcpy(id, slot->id, sizeof(slot->id));
			id += words_count(slot);
			continue;
		}
		e->out->n = (size_t)(id - e->out->id);
		if (next->n > WORDS_MAX_TEXT)
			encoder_long_word(e, (struct slice){next->p, next->n},
					  next->key[0]);
		else
			encoder_new_word(e, (struct slice){next->p, next->n},
					 next->key);
		id = reserve(e->out, (size_t)(last - next));
	}
	e->out->n = (size_t)(id - e->out->id);
}

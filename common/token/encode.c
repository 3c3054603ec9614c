#include <string.h>

#include "common/base/mem.h"
#include "common/token/encoder.h"
#include "common/token/limits.h"
#include "common/token/seam.h"

#define MAX_TEXT ((size_t)INT32_MAX)

static bool is_full(const struct encoder *e)
{
	return e->out->n > e->most;
}

static void push_ids(struct encoder *e, const uint32_t *id, size_t n)
{
	token_list_reserve(e->out, n);
	memcpy(e->out->id + e->out->n, id, n * sizeof(*id));
	e->out->n += n;
}

static void look_up_word(struct encoder *e, struct slice word)
{
	const struct tokenizer *t = e->t;
	uint32_t id = VOCAB_NONE;

	/* A short one that is direct has been found; merging gives the same
	 * to one with U+2581 where others have blanks. */
	if (word.n > WORDS_MAX_TEXT)
		id = model_direct(t, word);
	if (id != VOCAB_NONE)
		token_list_push(e->out, id);
	else
		e->status = model_word(t, word, &e->room->scratch, e->out);
}

static void look_up(struct encoder *e, struct slice word)
{
	if (e->status != OK)
		return; /* of a word before it, which stays the reason */
	if (!encoder_in_chunks(e)) {
		look_up_word(e, word);
		return;
	}
	e->words = &e->room->words;
	encoder_normal(e, word, false);
	e->words = &e->room->chunks;
}

/* Looks up what the memory of words has not, and keeps it. */
static void learn(struct encoder *e, const uint64_t key[2], struct slice word)
{
	size_t before = e->out->n;

	look_up(e, word);
	/* A word may leave nothing, not even a list; and a chunk that is given
	 * up is not whole. */
	if (e->out->n > before && !encoder_is_over(e))
		words_put(e->words, key, word, &e->out->id[before],
			  e->out->n - before);
}

static bool recall(struct encoder *e, uint64_t hash, struct slice word)
{
	size_t n;
	const uint32_t *id = words_find_long(e->words, hash, word.p, word.n,
					     &n);

	if (id)
		push_ids(e, id, n);
	return id != NULL;
}

void encoder_long_word(struct encoder *e, struct slice word, uint64_t hash)
{
	if (word.n > WORDS_MAX_LONG)
		look_up(e, word);
	else if (!recall(e, hash, word))
		learn(e, NULL, word);
}

void encoder_new_word(struct encoder *e, struct slice word,
		      const uint64_t key[2])
{
	uint32_t id = VOCAB_NONE;

	if (!encoder_in_chunks(e))
		id = direct_find(&e->t->direct, key);
	if (id != VOCAB_NONE) {
		token_list_push(e->out, id);
		words_put(e->words, key, word, &id, 1);
	} else if (!words_may_have(e->words, key) ||
		   !recall(e, words_short_hash(key), word)) {
		learn(e, key, word);
	}
}

void encoder_word(struct encoder *e, const char *p, size_t n, size_t room)
{
	const struct words_slot *slot;
	struct slice word = {p, n};
	uint64_t key[2];

	if (n > WORDS_MAX_TEXT) {
		encoder_long_word(e, word, words_hash(p, n));
		return;
	}
	words_key(p, n, room, key);
	slot = words_find(e->words->set, key);
	if (LIKELY(slot))
		push_ids(e, slot->id, words_count(slot));
	else
		encoder_new_word(e, word, key);
}

/* The words of the last stage. */
static void scan_words(struct encoder *e, scan_fn *next, const char *p,
		       size_t n)
{
	for (size_t at = 0, end; at < n && !is_full(e); at = end) {
		end = next(p, n, at);
		if (e->batch)
			batch_add(e, e->batch, p + at, end - at);
		else
			encoder_word(e, p + at, end - at, n - at);
	}
}

void encoder_scan(struct encoder *e, struct slice text, size_t stage,
		  size_t front)
{
	const struct tokenizer *t = e->t;
	scan_fn *next = t->stage[stage].scan;
	const char *p = text.p;
	size_t n = text.n;

	if (stage + 1 == t->n_stage && t->cut.where == CUT_NOWHERE) {
		scan_words(e, next, p, n);
		return;
	}
	for (size_t at = 0, end; at < n && !encoder_is_over(e); at = end) {
		end = next(p, n, at);
		encoder_piece(e, (struct slice){p + at, end - at}, stage + 1,
			      encoder_front(front, at));
	}
}

static void cut(struct encoder *e, const char *p, size_t n)
{
	for (size_t at = 0, end; at < n && !encoder_is_over(e); at = end) {
		end = cut_word(&e->t->cut, p, n, at);
		encoder_word(e, p + at, end - at, n - at);
	}
}

void encoder_piece(struct encoder *e, struct slice piece, size_t stage,
		   size_t front)
{
	if (stage == e->t->n_stage)
		cut(e, piece.p, piece.n);
	else if (stage == 0 && e->t->block && piece.n > BULK_MIN)
		encoder_bulk(e, piece, front);
	else if (e->t->stage[stage].kind == STAGE_SCAN)
		encoder_scan(e, piece, stage, front);
	else
		stage_run(e, piece, stage, front);
}

static void push_cut(struct encoder *e, struct token_cut cut)
{
	struct token_cuts *c = e->cuts;

	if (c->n == c->size) {
		c->size = c->size ? c->size * 2 : 16;
		c->cut = mem_realloc(c->cut, c->size * sizeof(*c->cut));
	}
	c->cut[c->n++] = cut;
}

/* A piece of the text itself, in parts that another text may begin with. */
static void plain_text(struct encoder *e, struct slice piece)
{
	size_t at;

	while ((at = seam_next(piece.p, piece.n)) < piece.n &&
	       !encoder_is_over(e)) {
		encoder_piece(e, (struct slice){piece.p, at}, 0, 0);
		piece = slice_from(piece, at);
		push_cut(e, (struct token_cut){
				    .at = (uint32_t)(piece.p - e->start),
				    .n_tokens = (uint32_t)e->out->n,
				    .seam = 1,
			    });
	}
	encoder_piece(e, piece, 0, 0);
}

void encoder_normal(struct encoder *e, struct slice text, bool starts_text)
{
	struct added_walk walk = {.set = &e->t->normal};
	struct normalize_room *room = &e->room->normal;
	const struct added_token *token;
	struct slice before;
	bool seams;
	size_t front;

	e->status = normalize(&e->t->normalizer, text, room, &walk.text);
	if (e->status != OK)
		return;
	front = starts_text ? room->front : 0;
	if (e->plain && walk.text.n > 0)
		encoder_piece(e, walk.text, 0, front);
	if (e->plain)
		return;
	seams = e->cuts && e->t->seams && !e->t->chunks.on &&
		walk.text.p == text.p;
	do {
		token = added_next(&walk, &before);
		if (before.n > 0 && seams)
			plain_text(e, before);
		else if (before.n > 0)
			encoder_piece(
				e, before, 0,
				encoder_front(front, (size_t)(before.p -
							      walk.text.p)));
		if (token)
			token_list_push(e->out, token->id);
	} while (token && !encoder_is_over(e));
}

/* Text between the tokens that are searched before normalization. */
static void segment(struct encoder *e, struct slice text, bool starts_text)
{
	if (e->t->blanks.on)
		encoder_blanks(e, text, starts_text);
	else if (e->t->chunks.on)
		encoder_chunks(e, text);
	else
		encoder_normal(e, text, starts_text);
}

/* Behind a barrier. True if what follows is known. */
static bool note_cut(struct encoder *e, size_t at)
{
	const struct token_end *end = e->end;
	size_t n = e->out->n;

	push_cut(e, (struct token_cut){(uint32_t)at, (uint32_t)n, 0});
	if (end == NULL || end->at != at)
		return false;
	for (size_t i = 0; i < end->n_cuts; i++) {
		struct token_cut cut = end->cut[i];

		cut.at += (uint32_t)at;
		cut.n_tokens += (uint32_t)n;
		push_cut(e, cut);
	}
	token_list_reserve(e->out, end->n);
	if (end->n > 0)
		memcpy(e->out->id + n, end->id, end->n * sizeof(*end->id));
	e->out->n += end->n;
	return true;
}

/* Of the whole text, whatever of it is encoded. */
static bool is_within_limits(const struct tokenizer *t, struct slice text)
{
	return text.n <= MAX_TEXT &&
	       (t->limits == 0 || limits_hold(t->limits, text));
}

static void encode(struct encoder *e, struct slice text)
{
	struct added_walk walk = {.set = &e->t->raw, .text = text};
	const struct added_token *token;
	struct slice before;

	if (e->plain) {
		if (text.n > 0)
			segment(e, text, true);
		return;
	}
	do {
		token = added_next(&walk, &before);
		if (before.n > 0)
			segment(e, before, before.p == e->start);
		if (token) {
			token_list_push(e->out, token->id);
			if (e->cuts && token->barrier &&
			    note_cut(e,
				     (size_t)(text.p + walk.done - e->start)))
				return;
		}
	} while (token && !encoder_is_over(e));
}

static void append(struct token_list *out, const struct token_list *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		token_list_push(out, ids->id[i]);
}

static enum status encode_whole(const struct tokenizer *t, struct slice text,
				bool add_special, bool plain, size_t max_tokens,
				struct token_list *out)
{
	struct encoder e = {
		.t = t, .out = out, .start = text.p, .plain = plain};
	size_t held = out->n;

	if (!utf8_valid(text))
		return ERR_INVALID;
	if (!is_within_limits(t, text))
		return ERR_LIMIT;
	e.most = max_tokens < SIZE_MAX - held ? held + max_tokens : SIZE_MAX;
	e.room = room_lease(t->rooms);
	e.words = &e.room->words;
	if (add_special)
		append(out, &t->post.before);
	encode(&e, text);
	if (add_special)
		append(out, &t->post.behind);
	room_give_back(t->rooms, e.room);
	if (!encoder_is_over(&e))
		return OK;
	out->n = held;
	return e.status != OK ? e.status : ERR_LIMIT;
}

enum status tokenizer_encode(const struct tokenizer *t, struct slice text,
			     bool add_special, size_t max_tokens,
			     struct token_list *out)
{
	return encode_whole(t, text, add_special, false, max_tokens, out);
}

enum status tokenizer_encode_plain(const struct tokenizer *t, struct slice text,
				   size_t max_tokens, struct token_list *out)
{
	return encode_whole(t, text, false, true, max_tokens, out);
}

void tokenizer_begin(const struct tokenizer *t, struct token_list *out)
{
	append(out, &t->post.before);
}

bool tokenizer_ends(const struct tokenizer *t)
{
	return t->post.behind.n > 0;
}

enum status tokenizer_resume(const struct tokenizer *t, struct slice text,
			     size_t at, const struct token_end *end,
			     size_t max_tokens, struct token_list *out,
			     struct token_cuts *cuts)
{
	struct encoder e = {
		.t = t,
		.out = out,
		.most = max_tokens,
		.cuts = cuts,
		.end = end,
		.start = text.p,
	};
	size_t held = out->n, held_cuts = cuts->n;
	struct slice rest = slice_from(text, at);

	if (held > max_tokens)
		return ERR_LIMIT;
	if (!utf8_valid(rest))
		return ERR_INVALID;
	if (!is_within_limits(t, text))
		return ERR_LIMIT;
	e.room = room_lease(t->rooms);
	e.words = &e.room->words;
	encode(&e, rest);
	room_give_back(t->rooms, e.room);
	if (!encoder_is_over(&e))
		return OK;
	out->n = held;
	cuts->n = held_cuts;
	return e.status != OK ? e.status : ERR_LIMIT;
}

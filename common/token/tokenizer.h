/* Text to token ids, exactly as Hugging Face's tokenizers do.
 *
 * Loaded from a model directory (tokenizer.json, tokenizer_config.json);
 * immutable and counted after that; any thread. A tokenizer.json that asks
 * for something we do not do exactly is refused at load, with the reason. */
#ifndef COMMON_TOKEN_TOKENIZER_H
#define COMMON_TOKEN_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

struct tokenizer;

/* A growing array of ids; one thread. */
struct token_list {
	uint32_t *id;
	size_t n, size;
};

void token_list_init(struct token_list *l);
void token_list_fini(struct token_list *l);
void token_list_grow(struct token_list *l, size_t n); /* for n more */

static inline void token_list_reserve(struct token_list *l, size_t n)
{
	if (UNLIKELY(l->size - l->n < n))
		token_list_grow(l, n);
}

static inline void token_list_push(struct token_list *l, uint32_t id)
{
	token_list_reserve(l, 1);
	l->id[l->n++] = id;
}

/* NULL with `err` on failure. Blocking: main thread and helpers only.
 * A directory may hold tokenizer.json.gz instead of tokenizer.json. */
struct tokenizer *tokenizer_load(const char *dir, struct error *err);
/* From bytes of a tokenizer.json; hostile input gives an error. */
struct tokenizer *tokenizer_parse(struct slice json, struct error *err);
void tokenizer_ref(struct tokenizer *t);
void tokenizer_unref(struct tokenizer **t);

/* Appends the ids of `text`. `add_special` runs the post-processor (BOS
 * and the like). ERR_INVALID if text is not UTF-8, ERR_LIMIT past
 * `max_tokens`; `out` then keeps what it held before the call. */
MUST_USE enum status tokenizer_encode(const struct tokenizer *t,
				      struct slice text, bool add_special,
				      size_t max_tokens,
				      struct token_list *out);
/* The same without special tokens, and with added tokens in the text taken
 * for text like any other. */
MUST_USE enum status tokenizer_encode_plain(const struct tokenizer *t,
					    struct slice text,
					    size_t max_tokens,
					    struct token_list *out);

/* A place in a text behind which its ids do not depend on what stands
 * before it, nor those before it on what follows. */
struct token_cut {
	uint32_t at;            /* bytes */
	uint32_t n_tokens : 31; /* of the text up to there */
	/* In plain text: only as long as the byte behind it is the same. */
	uint32_t seam : 1;
};

/* Cuts in order; zero before first use. One thread. */
struct token_cuts {
	struct token_cut *cut;
	size_t n, size;
};

void token_cuts_fini(struct token_cuts *c);

/* Appends what `add_special` puts before a text. */
void tokenizer_begin(const struct tokenizer *t, struct token_list *out);
/* Does it put anything behind one? */
bool tokenizer_ends(const struct tokenizer *t);

/* What is known of a text's end from another that ends alike: the ids of
 * that one from a cut on, up to which both end with the same bytes. They are
 * good only if this one has a cut at that place, too. */
struct token_end {
	size_t at; /* the place in this text; 0: nothing is known */
	const uint32_t *id;
	size_t n;
	const struct token_cut *cut; /* behind it, counted from it */
	size_t n_cuts;
};

/* Goes on with a text that is encoded up to the byte `at`, which is 0 or a
 * cut: `out` holds the ids up to there, `cuts` the cuts. Appends the rest of
 * both; nothing is put before or behind the text. Cuts are behind special
 * tokens, and in long plain text where the tokenizer knows of some. `end` may
 * be NULL, and is not in `out` or `cuts`. ERR_INVALID, or ERR_LIMIT where the
 * whole has more than `max_tokens`; `out` and `cuts` then are as they were. */
MUST_USE enum status tokenizer_resume(const struct tokenizer *t,
				      struct slice text, size_t at,
				      const struct token_end *end,
				      size_t max_tokens, struct token_list *out,
				      struct token_cuts *cuts);
/* Appends the text of the ids; ids outside the vocabulary are skipped. */
void tokenizer_decode(const struct tokenizer *t, const uint32_t *id, size_t n,
		      struct buf *out);

size_t tokenizer_vocab_size(const struct tokenizer *t); /* highest id + 1 */
size_t tokenizer_bytes(const struct tokenizer *t);      /* memory held */
/* Id of a vocabulary entry or added token by its exact text. */
bool tokenizer_find(const struct tokenizer *t, struct slice token,
		    uint32_t *id);

#endif

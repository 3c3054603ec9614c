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
void token_list_push(struct token_list *l, uint32_t id);

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
/* Appends the text of the ids; ids outside the vocabulary are skipped. */
void tokenizer_decode(const struct tokenizer *t, const uint32_t *id, size_t n,
		      struct buf *out);

size_t tokenizer_vocab_size(const struct tokenizer *t); /* highest id + 1 */
size_t tokenizer_bytes(const struct tokenizer *t);      /* memory held */
/* Id of a vocabulary entry or added token by its exact text. */
bool tokenizer_find(const struct tokenizer *t, struct slice token,
		    uint32_t *id);

#endif

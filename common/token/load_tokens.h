/* Added tokens as they are gathered, from tokenizer.json and the files
 * beside it, before they are searched.
 *
 * Of one text the row that comes last counts, and a token that is no entry
 * of the vocabulary has the next free id, whatever a file says: so it is
 * where transformers puts them into the reference one after the other. The
 * rows' texts stand in the JSON trees. Main thread and helpers. */
#ifndef COMMON_TOKEN_LOAD_TOKENS_H
#define COMMON_TOKEN_LOAD_TOKENS_H

#include <jansson.h>

#include "common/token/model.h"

struct load_token {
	struct slice text;
	struct added_token flags; /* `id`: as the file says */
	bool normalized;
};

struct load_tokens {
	struct tokenizer *t;
	struct load_token *row;
	size_t n, size;
	uint32_t *place; /* in `row`, by id, or VOCAB_NONE */
	uint32_t next;   /* free id */
};

/* As soon as the vocabulary is there. */
void load_tokens_init(struct load_tokens *l, struct tokenizer *t);
void load_tokens_fini(struct load_tokens *l);

/* Reads an object with `content` and flags; `where` names it in a sentence.
 * A token without `normalized` is so if `special` says no, given
 * `by_special`; else it is not. */
MUST_USE enum status load_token_read(const json_t *o, const char *where,
				     bool by_special, struct load_token *out,
				     struct error *err);
bool load_tokens_have(const struct load_tokens *l, struct slice text);
/* Gives it its id. */
MUST_USE enum status load_tokens_put(struct load_tokens *l,
				     const struct load_token *token,
				     struct error *err);
/* The same, if that is the id that the file says. */
MUST_USE enum status load_tokens_put_listed(struct load_tokens *l,
					    const struct load_token *token,
					    struct error *err);
/* Puts all of them into the tokenizer. */
MUST_USE enum status load_tokens_seal(struct load_tokens *l, struct error *err);

/* In load_special.c: those that tokenizer_config.json names for a purpose,
 * or the tokenizer's class does. */
MUST_USE enum status load_special(const json_t *config, struct load_tokens *l,
				  struct error *err);
/* The special token of a purpose, "bos_token" and the like, that the
 * configuration or the class names; or empty. */
struct slice load_special_text(const json_t *config, const char *key);

/* How many there may be. */
size_t load_special_count(const json_t *config);
/* Is it one that the configuration names? */
bool load_special_names(const json_t *config, struct slice text);

#endif

/* Text to tokens and back, chats to text, and the canned answers. Counted.
 *
 * "bytes" instead of a tokenizer's directory makes every byte a token. A
 * directory's chats are as its template says; where it has none they are
 * ChatML. One thread. */
#ifndef TOOLS_SIM_TEXT_H
#define TOOLS_SIM_TEXT_H

#include "common/token/tokenizer.h"

struct chat_model;
struct text;

/* What it is made of; texts may be "". */
struct text_source {
	const char *tokenizer;     /* directory, or "bytes" */
	const char *chat_template; /* file, before the directory's own */
	const char *bos;           /* a token before all that is encoded */
	/* What the template is used by, as struct chat_options has it. */
	const char *engine, *content_format; /* words */
	const char *default_kwargs;
	bool exclude_tools;
};

/* NULL with `err`. */
struct text *text_load(const struct text_source *s, struct error *err);
struct text *text_ref(struct text *t);
void text_unref(struct text **t);
/* Whether it was loaded from there. */
bool text_is_of(const struct text *t, const struct text_source *s);

/* As tokenizer_encode, behind the source's bos. */
MUST_USE enum status text_encode(const struct text *t, struct slice s,
				 bool add_special, size_t max_tokens,
				 struct token_list *out);
void text_decode(const struct text *t, const uint32_t *id, size_t n,
		 struct buf *out);
size_t text_vocab_size(const struct text *t);

/* NULL: chats are ChatML. */
const struct chat_model *text_chat_model(const struct text *t);
/* One ChatML turn. */
void text_chat_turn(struct slice role, struct slice content, bool open,
		    struct buf *out);
void text_chat_prompt(struct buf *out); /* the turn to be generated */

/* Appends `n` tokens of nonsense that follow from the prompt alone. */
void text_answer(const struct text *t, const uint32_t *prompt, size_t n_prompt,
		 uint64_t choice, size_t n, struct token_list *out);

#endif

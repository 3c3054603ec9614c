/* Text to tokens and back, the chat format, and the canned answers.
 *
 * "bytes" instead of a tokenizer's directory makes every byte a token.
 * One thread. */
#ifndef TOOLS_SIM_TEXT_H
#define TOOLS_SIM_TEXT_H

#include "common/token/tokenizer.h"

struct text;

struct chat_options {
	bool add_generation_prompt, continue_final_message;
};

/* NULL with `err`. */
struct text *text_load(const char *dir, struct error *err);
void text_destroy(struct text **t);

/* As tokenizer_encode. */
MUST_USE enum status text_encode(const struct text *t, struct slice s,
				 bool add_special, size_t max_tokens,
				 struct token_list *out);
void text_decode(const struct text *t, const uint32_t *id, size_t n,
		 struct buf *out);
size_t text_vocab_size(const struct text *t);

/* One ChatML turn, as models/demo/chat_template.jinja writes it. */
void text_chat_turn(struct slice role, struct slice content, bool open,
		    struct buf *out);
void text_chat_prompt(struct buf *out); /* the turn to be generated */

/* Appends `n` tokens of nonsense that follow from the prompt alone. */
void text_answer(const struct text *t, const uint32_t *prompt, size_t n_prompt,
		 uint64_t choice, size_t n, struct token_list *out);

#endif

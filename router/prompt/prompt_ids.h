/* The token ids of one prompt, made whole and at once: for commands and
 * probes. Requests go by struct conversation, which remembers. Any thread
 * that may take the time. */
#ifndef ROUTER_PROMPT_PROMPT_IDS_H
#define ROUTER_PROMPT_PROMPT_IDS_H

#include "common/template/chat_model.h"
#include "common/token/tokenizer.h"

/* Both append to `out`, which is as it was on failure; `err` then has a
 * sentence. `add_special` as of tokenizer_encode(). ERR_INVALID: not UTF-8;
 * ERR_LIMIT: more than `max_tokens`. */
MUST_USE enum status prompt_ids_of_text(const struct tokenizer *t,
					struct slice text, bool add_special,
					size_t max_tokens,
					struct token_list *out,
					struct error *err);
/* Also what chat_model_render() returns. */
MUST_USE enum status prompt_ids_of_chat(
	const struct tokenizer *t, const struct chat_model *m,
	const struct chat_request *r, bool add_special, size_t max_tokens,
	struct arena *arena, struct token_list *out, struct error *err);

#endif

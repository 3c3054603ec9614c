/* The APIs by which chats are asked for: OpenAI's chat completions, and those
 * that vLLM maps onto them. */
#ifndef COMMON_TEMPLATE_CHAT_API_H
#define COMMON_TEMPLATE_CHAT_API_H

#include "common/template/chat_model.h"

enum chat_api {
	CHAT_API_CHAT,      /* POST /v1/chat/completions */
	CHAT_API_MESSAGES,  /* POST /v1/messages, Anthropic's */
	CHAT_API_RESPONSES, /* POST /v1/responses */
};

/* "chat", "messages", "responses"; in the enum's order, NULL behind. */
extern const char *const chat_api_word[];

/* Fills what a body decides of `r`, with spans of `body` and of `arena`.
 * ERR_INVALID: the engine refuses it; ERR_UNSUPPORTED: what becomes of it is
 * not known here; ERR_LIMIT. */
MUST_USE enum status chat_api_parse(enum chat_api api, struct slice body,
				    struct arena *arena, struct chat_request *r,
				    struct error *err);
/* Why what an engine makes of such requests is not known here, as a sentence,
 * or NULL: an engine of these rules, for a model whose prompts are made by a
 * template, or by code in its place. Static. */
const char *chat_api_fault(const struct chat_rules *rules, bool has_template,
			   enum chat_api api);

#endif

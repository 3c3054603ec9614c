/* A body of Anthropic's POST /v1/messages as the chat that vLLM makes of it:
 * its system prompt in front, tool results as messages of their own, blocks
 * as parts. What its versions do not do alike, or what is not text, is
 * refused by name. Pure; any thread. */
#ifndef COMMON_TEMPLATE_CHAT_ANTHROPIC_H
#define COMMON_TEMPLATE_CHAT_ANTHROPIC_H

#include "common/template/chat.h"

/* Fills what a body decides of `r` with spans of `body` and of `arena`.
 * ERR_INVALID: the engine refuses it; ERR_UNSUPPORTED: what becomes of it is
 * not known here, with a sentence that names it; ERR_LIMIT. */
MUST_USE enum status chat_anthropic_parse(struct slice body,
					  struct arena *arena,
					  struct chat_request *r,
					  struct error *err);

#endif

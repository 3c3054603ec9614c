/* A body of OpenAI's POST /v1/responses as the chat that vLLM makes of it:
 * instructions in front, and the items of its input, of which several may
 * become one message. Nothing that an engine remembers is known here, nor
 * what tools that an engine has of its own do to a prompt: such requests are
 * refused by name. Pure; any thread. */
#ifndef COMMON_TEMPLATE_CHAT_RESPONSES_H
#define COMMON_TEMPLATE_CHAT_RESPONSES_H

#include "common/template/chat.h"

/* Fills what a body decides of `r` with spans of `body` and of `arena`.
 * ERR_INVALID: the engine refuses it; ERR_UNSUPPORTED: what becomes of it is
 * not known here, with a sentence that names it; ERR_LIMIT. */
MUST_USE enum status chat_responses_parse(struct slice body,
					  struct arena *arena,
					  struct chat_request *r,
					  struct error *err);

#endif

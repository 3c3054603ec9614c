/* One message of Anthropic's API as those that vLLM makes of it: its blocks
 * become parts, thoughts and calls; results of tools are messages before
 * it. What is text is copied as it was spelt. */
#ifndef COMMON_TEMPLATE_CHAT_ANTHROPIC_MESSAGE_H
#define COMMON_TEMPLATE_CHAT_ANTHROPIC_MESSAGE_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/error.h"

struct anthropic_messages {
	struct arena *arena;
	struct error *err;
	struct buf list; /* OpenAI's messages, with commas between them */
};

/* Appends what becomes of a raw message. ERR_INVALID: the engine refuses it;
 * ERR_UNSUPPORTED: what becomes of it is not known here. */
MUST_USE enum status anthropic_message(struct anthropic_messages *m,
				       struct slice raw);

#endif

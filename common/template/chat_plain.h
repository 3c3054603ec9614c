/* The message that nearly all are: a role and a text, and nothing else. It
 * is put in shape without making values of all that it might have been. */
#ifndef COMMON_TEMPLATE_CHAT_PLAIN_H
#define COMMON_TEMPLATE_CHAT_PLAIN_H

#include "common/template/chat.h"

/* False, with nothing done, if the message (raw JSON) is none of these;
 * else what chat_message() makes of it in vLLM's shape. */
bool chat_plain(struct slice raw, const struct chat_rules *rules,
		struct arena *arena, struct value *out);

#endif

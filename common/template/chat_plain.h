/* The message that nearly all are: a role and a text, and nothing else. It
 * is put in shape without making values of all that it might have been. */
#ifndef COMMON_TEMPLATE_CHAT_PLAIN_H
#define COMMON_TEMPLATE_CHAT_PLAIN_H

#include "common/template/chat.h"

struct chat_plain {
	struct slice role, text;
	bool in_part; /* the text is the one part of the content */
};

/* False, with nothing done, if the message (raw JSON) is none of these. */
bool chat_plain_read(struct slice raw, const struct chat_rules *rules,
		     struct arena *arena, struct chat_plain *out);
/* What chat_message() makes of it in vLLM's shape. */
struct value chat_plain_value(const struct chat_plain *p, struct arena *arena);

#endif

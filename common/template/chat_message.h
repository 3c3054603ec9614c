/* Messages and tools of a request, put in the shape that vLLM gives to
 * templates. */
#ifndef COMMON_TEMPLATE_CHAT_MESSAGE_H
#define COMMON_TEMPLATE_CHAT_MESSAGE_H

#include "common/template/chat.h"

/* `messages` is what the body has. */
MUST_USE enum status chat_messages(struct value messages,
				   enum chat_content content,
				   struct arena *arena, struct value *out,
				   struct error *err);
/* A list of tools, keys in the schema's order, null where absent. */
MUST_USE enum status chat_tools(struct value tools, struct arena *arena,
				struct value *out, struct error *err);
/* For a template that knows no developer: its messages become the
 * system's, all of which become one, in front. */
MUST_USE enum status chat_merge_system(struct value *messages,
				       enum chat_content content,
				       struct arena *arena, struct error *err);

#endif

/* Messages and tools of a request, put in the shape that vLLM gives to
 * templates. */
#ifndef COMMON_TEMPLATE_CHAT_MESSAGE_H
#define COMMON_TEMPLATE_CHAT_MESSAGE_H

#include "common/template/chat_content.h"

/* `messages` is what the body has. */
MUST_USE enum status chat_messages(struct chat_shape *s, struct value messages,
				   struct value *out);
/* The arguments of a tool call as an object, the way templates want them.
 * `given` may be NULL. ERR_INVALID where the engine of that time refuses
 * them. */
MUST_USE enum status chat_arguments(struct chat_shape *s,
				    const struct value *given,
				    struct value *out);
/* For a template that knows no developer: its messages become the
 * system's, all of which become one, in front. */
MUST_USE enum status chat_merge_system(struct value *messages,
				       enum chat_content content,
				       struct arena *arena, struct error *err);

#endif

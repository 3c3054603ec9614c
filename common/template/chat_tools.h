/* Tools of a request as the engine dumps them, and the order of keys that
 * its schemas give to objects. */
#ifndef COMMON_TEMPLATE_CHAT_TOOLS_H
#define COMMON_TEMPLATE_CHAT_TOOLS_H

#include "common/template/chat.h"

/* A list of tools, keys in the schema's order, null where absent. */
MUST_USE enum status chat_tools(struct value tools, enum chat_compat compat,
				struct arena *arena, struct value *out,
				struct error *err);
/* A copy of `d`: the `n` keys named first, as far as they are there, then
 * the others. Anything but a dict gives an empty one. */
struct value chat_ordered(struct arena *arena, struct value d,
			  const char *const *order, size_t n);

#endif

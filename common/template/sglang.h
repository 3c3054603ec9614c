/* Chat requests the way SGLang gives them to templates, which is another
 * one than vLLM's: fields in an order of its own and none that is null, no
 * filter on variables, a last answer that is either taken off and put
 * behind the prompt or becomes a user's message. */
#ifndef COMMON_TEMPLATE_SGLANG_H
#define COMMON_TEMPLATE_SGLANG_H

#include "common/template/chat.h"

/* One message, an object of a body. Errors as of chat_message(). */
MUST_USE enum status sglang_message(struct value message,
				    const struct chat_rules *rules,
				    struct arena *arena, struct value *out,
				    struct error *err);
/* A list of tools as it is dumped, of which only `only` if that is not
 * NULL. */
MUST_USE enum status sglang_tools(struct value tools, const struct value *only,
				  enum chat_compat compat, struct arena *arena,
				  struct value *out, struct error *err);
/* As chat_variables(). */
MUST_USE enum status sglang_variables(const struct chat_request *r,
				      struct arena *arena, struct dict **out,
				      struct error *err);
/* As chat_render(). */
MUST_USE enum status sglang_render(const struct template *t,
				   const struct chat_request *r,
				   const struct template_limits *limits,
				   struct arena *arena, struct buf *out,
				   struct error *err);

#endif

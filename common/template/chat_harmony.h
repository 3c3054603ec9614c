/* Chat requests as Harmony messages, the way vLLM takes them for gpt-oss.
 * What it does not look at has no effect: the template's kwargs, pictures,
 * add_generation_prompt, continue_final_message. */
#ifndef COMMON_TEMPLATE_CHAT_HARMONY_H
#define COMMON_TEMPLATE_CHAT_HARMONY_H

#include "common/template/chat.h"
#include "common/template/segment.h"

/* As chat_render(), but in pieces; `r->now` gives the date. */
MUST_USE enum status chat_render_harmony(const struct chat_request *r,
					 const struct template_limits *limits,
					 struct segments *to,
					 struct error *err);

#endif

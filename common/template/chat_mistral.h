/* Chat requests for mistral-common, as vLLM hands them on. */
#ifndef COMMON_TEMPLATE_CHAT_MISTRAL_H
#define COMMON_TEMPLATE_CHAT_MISTRAL_H

#include "common/template/chat.h"
#include "common/template/mistral.h"

/* As chat_render(), but in pieces. */
MUST_USE enum status chat_render_mistral(const struct mistral_model *model,
					 const struct chat_request *r,
					 const struct template_limits *limits,
					 struct segments *to,
					 struct error *err);

#endif

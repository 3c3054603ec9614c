/* Chat requests for the encoders of DeepSeek, as vLLM hands them on. */
#ifndef COMMON_TEMPLATE_CHAT_DEEPSEEK_H
#define COMMON_TEMPLATE_CHAT_DEEPSEEK_H

#include "common/template/chat.h"

enum deepseek_version { DEEPSEEK_V32, DEEPSEEK_V4 };

/* As chat_render(), for a model that has no template. The rules' content
 * is CHAT_STRING. */
MUST_USE enum status chat_render_deepseek(enum deepseek_version version,
					  const struct chat_request *r,
					  const struct template_limits *limits,
					  struct arena *arena, struct buf *out,
					  struct error *err);

#endif

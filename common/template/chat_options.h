/* What the engines were told of chats when they were started, and the words
 * that people write for it. */
#ifndef COMMON_TEMPLATE_CHAT_OPTIONS_H
#define COMMON_TEMPLATE_CHAT_OPTIONS_H

#include "common/template/chat.h"

/* --chat-template-content-format */
enum chat_format { CHAT_FORMAT_AUTO, CHAT_FORMAT_STRING, CHAT_FORMAT_OPENAI };

/* Which engine renders, and of when: the months in which what they do with
 * chats has changed. */
enum chat_engine {
	CHAT_ENGINE_VLLM,
	CHAT_ENGINE_VLLM_2026_06,
	CHAT_ENGINE_SGLANG,
	CHAT_ENGINE_SGLANG_2026_06,
};

/* In the order of the enums, NULL behind the last. */
extern const char *const chat_format_word[];
extern const char *const chat_engine_word[];

/* All zero: nothing was told, and it is vLLM of today. */
struct chat_options {
	const char *template_file; /* --chat-template, or NULL */
	enum chat_format format;
	enum chat_compat compat;
	enum chat_dialect dialect;
	/* --default-chat-template-kwargs, or NULL */
	const char *default_kwargs;
	bool exclude_tools; /* --exclude-tools-when-tool-choice-none */
};

void chat_options_set_engine(struct chat_options *o, enum chat_engine engine);
/* ERR_INVALID with a sentence unless it is a JSON object. */
MUST_USE enum status chat_options_check_kwargs(struct slice kwargs,
					       struct error *err);

#endif

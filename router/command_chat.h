/* Options that commands on chats share: the model's directory, and what the
 * engines were told of templates. */
#ifndef ROUTER_COMMAND_CHAT_H
#define ROUTER_COMMAND_CHAT_H

#include <time.h>

#include "common/template/chat_api.h"
#include "router/command_options.h"

#define COMMAND_CHAT_OPTIONS                                                   \
	{"model", required_argument, NULL, 'm'},                               \
		{"template", required_argument, NULL, 't'},                    \
		{"content-format", required_argument, NULL, 'f'},              \
		{"engine", required_argument, NULL, 'e'},                      \
		{"api", required_argument, NULL, 'a'},                         \
		{"default-chat-template-kwargs", required_argument, NULL,      \
		 'k'},                                                         \
	{                                                                      \
		"now", required_argument, NULL, 'n'                            \
	}

#define COMMAND_CHAT_HELP                                                      \
	"  --content-format F     auto (default), string or openai\n"          \
	"  --engine E             vllm (default), vllm-2026-06, sglang or "    \
	"sglang-2026-06\n"                                                     \
	"  --api A                what the bodies are of: chat (default),\n"   \
	"                         messages (Anthropic's) or responses\n"       \
	"  --default-chat-template-kwargs JSON\n"                              \
	"                         what the engines were started with\n"        \
	"  --now TIME             local time of templates that ask for it, "   \
	"as\n"                                                                 \
	"                         2025-07-10T12:00:00; default: the clock's\n"

struct command_chat {
	const char *model; /* directory, or NULL */
	struct chat_options options;
	enum chat_api api;
	bool has_now;
	struct tm now;
};

/* One of the options above; ERR_INVALID also for another letter. */
MUST_USE enum status command_chat_take(struct command_chat *c, int letter,
				       const char *value, struct error *err);
/* A body of the API as a request to `m`. Errors as of chat_api_parse(). */
MUST_USE enum status command_chat_read(const struct command_chat *c,
				       const struct chat_model *m,
				       struct slice body, struct arena *arena,
				       struct chat_request *out,
				       struct error *err);
/* What templates are to take for the local time. */
void command_chat_now(const struct command_chat *c, struct tm *out);

#endif

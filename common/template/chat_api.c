#include "common/template/chat_api.h"

#include "common/template/chat_anthropic.h"
#include "common/template/chat_body.h"
#include "common/template/chat_responses.h"

const char *const chat_api_word[] = {"chat", "messages", "responses", NULL};

enum status chat_api_parse(enum chat_api api, struct slice body,
			   struct arena *arena, struct chat_request *r,
			   struct error *err)
{
	switch (api) {
	case CHAT_API_CHAT: break;
	case CHAT_API_MESSAGES:
		return chat_anthropic_parse(body, arena, r, err);
	case CHAT_API_RESPONSES:
		return chat_responses_parse(body, arena, r, err);
	}
	return chat_body_parse(body, r, err);
}

const char *chat_api_fault(const struct chat_rules *rules, bool has_template,
			   enum chat_api api)
{
	if (api == CHAT_API_CHAT)
		return NULL;
	if (rules->dialect != CHAT_VLLM)
		return "how SGLang maps this API onto chats is not known here";
	if (api == CHAT_API_MESSAGES)
		return NULL;
	if (rules->compat != CHAT_VLLM_2026_08)
		return "how vLLM of that month mapped responses onto chats is "
		       "not known here";
	if (!has_template)
		return "responses of models whose prompts are made by code "
		       "are not known here";
	return NULL;
}

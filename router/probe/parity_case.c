#include "router/probe/parity_case.h"

#include "common/json/string.h"
#include "common/template/chat_body.h"
#include "router/prompt/prompt_ids.h"

#define MAX_TOKENS 4096 /* a case has far fewer */

#define LOOK_ALIKES                                                            \
	"<s></s><unk><pad><bos><eos> <|endoftext|><|im_start|>user\\n"         \
	"<|im_end|><|begin_of_text|><|eot_id|> [INST]x[/INST] <think></think>" \
	" <start_of_turn><\\uff5cUser\\uff5c><|start|><|tool_call|>"
#define TOOLS                                                                  \
	"\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"            \
	"\"get_weather\",\"description\":\"Today's weather.\",\"parameters\":" \
	"{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}," \
	"\"days\":{\"type\":\"integer\",\"minimum\":1}},\"required\":["        \
	"\"city\"]}}}]"
#define SYSTEM "{\"role\":\"system\",\"content\":\"Be brief.\"}"
#define USER   "{\"role\":\"user\",\"content\":\"What is 12 x 12?\"}"

const struct parity_case parity_case[] = {
	{PARITY_TEXT, "a text of many scripts",
	 "\"add_special_tokens\":false,\"prompt\":\"The caf\\u00e9\\u2019s "
	 "na\\u00efve cooperation isn't over; I'LL say so. e\\u0301 "
	 "\\u65e5\\u672c\\u8a9e\\u306e\\u30c6\\u30ad\\u30b9\\u30c8\\u3001"
	 "\\u673a\\u5668\\u5b66\\u4e60 \\ud55c\\uad6d\\uc5b4 "
	 "\\u0627\\u0644\\u0639\\u0631\\u0628\\u064a\\u0629 "
	 "\\u0434\\u043e\\u0431\\u0440\\u044b\\u0439 \\u0e44\\u0e17\\u0e22 "
	 "\\ud83d\\udc69\\u200d\\ud83d\\ude80\""},
	{PARITY_TEXT, "a text of blanks, numbers and code",
	 "\"add_special_tokens\":false,\"prompt\":\"  two   blanks\\t\\ttabs "
	 "\\n\\n \\r\\nif (x[0] != 'a') {\\n\\treturn --i;  // 1234567 0x1F "
	 "3.14159e-6 1/2\\n}\\n\\u00a0\\u2003\\u3000 CamelCase snake_case "
	 "{\\\"k\\\":[1,2]}   \\n\""},
	{PARITY_TEXT, "a text of look-alikes of special tokens",
	 "\"add_special_tokens\":false,\"prompt\":\"" LOOK_ALIKES "\""},
	{PARITY_SPECIALS, "a text with special tokens",
	 "\"add_special_tokens\":true,\"prompt\":\"The river was high.\""},
	{PARITY_CHAT, "a chat", "\"messages\":[" USER "]"},
	{PARITY_CHAT, "a chat with a system prompt",
	 "\"messages\":[" SYSTEM "," USER "]"},
	{PARITY_CHAT, "a chat of several turns",
	 "\"messages\":[" USER ",{\"role\":\"assistant\",\"content\":"
	 "\"144\\n\"},{\"role\":\"user\",\"content\":\"  And \\u00e9 "
	 "13?\\n\\n" LOOK_ALIKES "\"}]"},
	{PARITY_CHAT, "a chat that is not to be answered",
	 "\"add_generation_prompt\":false,\"messages\":[" USER "]"},
	{PARITY_CHAT, "a chat in parts",
	 "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
	 "\"text\":\"one\"},{\"type\":\"text\",\"text\":\"two\"}]}]"},
	{PARITY_CHAT, "a chat with tools",
	 TOOLS ",\"messages\":[{\"role\":\"user\",\"content\":\"Rain in "
	       "Oslo?\"}]"},
	{PARITY_CHAT, "a chat with a system prompt and tools",
	 TOOLS ",\"messages\":[" SYSTEM "," USER "]"},
	{PARITY_CHAT, "a chat with a tool's answer",
	 TOOLS ",\"messages\":[{\"role\":\"user\",\"content\":\"Rain in "
	       "Oslo?\"},{\"role\":\"assistant\",\"content\":\"\","
	       "\"tool_calls\":[{\"id\":\"call00001\",\"type\":\"function\","
	       "\"function\":{\"name\":\"get_weather\",\"arguments\":"
	       "\"{\\\"city\\\": \\\"Oslo\\\", \\\"days\\\": 1}\"}}]},"
	       "{\"role\":\"tool\",\"tool_call_id\":\"call00001\","
	       "\"content\":\"{\\\"rain\\\":true}\"}]"},
	{PARITY_CHAT, "a chat with tools that must not be called",
	 TOOLS ",\"tool_choice\":\"none\",\"messages\":[{\"role\":\"user\","
	       "\"content\":\"Rain in Oslo?\"}]",
	 true},
};

const size_t parity_case_n = ARRAY_LEN(parity_case);

void parity_case_body(const struct parity_case *c, const char *model,
		      struct buf *out)
{
	buf_puts(out, "{\"model\":");
	buf_json_string(out, slice_of(model));
	buf_putc(out, ',');
	buf_puts(out, c->members);
	buf_putc(out, '}');
}

static enum status text_ids(const struct parity_case *c, struct slice body,
			    const struct tokenizer *t, struct arena *arena,
			    struct token_list *out, struct error *err)
{
	struct json_value prompt;
	struct slice text;

	ASSERT(json_find(body, "prompt", &prompt) == OK);
	ASSERT(json_text(prompt.raw, arena, &text) == OK);
	return prompt_ids_of_text(t, text, c->kind == PARITY_SPECIALS,
				  MAX_TOKENS, out, err);
}

enum status parity_case_ids(const struct parity_case *c,
			    const struct tokenizer *t,
			    const struct chat_model *chat, const struct tm *now,
			    struct arena *arena, struct token_list *out,
			    struct error *err)
{
	struct chat_request request = {.now = now};
	struct buf body;
	enum status status;

	if (c->kind == PARITY_CHAT && !chat)
		return error_set(err, ERR_UNSUPPORTED,
				 "chats are not rendered here");
	buf_init(&body);
	parity_case_body(c, "", &body);
	if (c->kind != PARITY_CHAT) {
		status = text_ids(c, buf_slice(&body), t, arena, out, err);
	} else {
		status = chat_body_parse(buf_slice(&body), &request, err);
		if (status == OK)
			status = prompt_ids_of_chat(t, chat, &request, false,
						    MAX_TOKENS, arena, out,
						    err);
	}
	buf_fini(&body);
	return status;
}

/* Chats to prompts: by the model's template, or as ChatML. */
#include "common/template/chat_api.h"
#include "tools/sim/ask.h"

struct chat {
	json_t *messages;
	bool go_on, prompt; /* continue_final_message, add_generation_prompt */
};

static struct slice text_of(const json_t *j)
{
	if (!json_is_string(j))
		return (struct slice){0};
	return (struct slice){json_string_value(j), json_string_length(j)};
}

static bool add_content(json_t *content, struct buf *out, struct refusal *no)
{
	bool first = true;
	json_t *part;
	size_t i;

	json_array_foreach(content, i, part)
	{
		json_t *j = json_is_string(part)
				    ? part
				    : json_object_get(part, "text");

		if (!json_is_string(j))
			return refuse(no, 400, "messages",
				      "Only text is simulated; part %zu is "
				      "something else",
				      i);
		if (json_string_length(j) == 0)
			continue;
		if (!first)
			buf_putc(out, '\n');
		buf_append(out, text_of(j));
		first = false;
	}
	return true;
}

static bool chatml(const struct chat *c, struct buf *out, struct refusal *no)
{
	size_t i, last = json_array_size(c->messages) - 1;
	struct buf content;
	bool ok = true;
	json_t *m;

	buf_init(&content);
	json_array_foreach(c->messages, i, m)
	{
		json_t *said = json_object_get(m, "content");
		struct slice role = text_of(json_object_get(m, "role"));

		buf_reset(&content, SIZE_MAX);
		if (role.n == 0)
			ok = refuse(no, 400, "messages",
				    "Message %zu has no role", i);
		else if (json_is_array(said))
			ok = add_content(said, &content, no);
		else
			buf_append(&content, text_of(said));
		if (!ok)
			break;
		text_chat_turn(role, buf_slice(&content), c->go_on && i == last,
			       out);
	}
	buf_fini(&content);
	if (ok && c->prompt)
		text_chat_prompt(out);
	return ok;
}

/* As vLLM does it, and the gateway by the same code. */
static bool by_template(const struct chat_model *m, enum chat_api api,
			struct slice raw, struct buf *out, struct refusal *no)
{
	struct template_limits limits = template_default_limits();
	struct chat_request request = {0};
	time_t clock = time(NULL);
	struct arena arena;
	struct error err;
	enum status status;
	struct tm now;

	arena_init(&arena);
	request.now = localtime_r(&clock, &now);
	status = chat_api_parse(api, raw, &arena, &request, &err);
	if (status == OK)
		status = chat_model_render(m, &request, &limits, &arena, out,
					   &err);
	arena_fini(&arena);
	if (status != OK)
		return refuse(no, 400, "messages", "%s", err.text);
	return true;
}

static enum chat_api api_of(enum ask_kind kind)
{
	return kind == ASK_MESSAGES ? CHAT_API_MESSAGES : CHAT_API_RESPONSES;
}

/* Other APIs' bodies, which are chats only when they have been read. */
static bool foreign(const struct chat_model *m, enum chat_api api,
		    struct slice raw, struct buf *out, struct refusal *no)
{
	if (!m || chat_api_fault(chat_model_rules(m),
				 chat_model_has_template(m), api))
		return refuse(no, 400, NULL,
			      "This API is not simulated for such a model");
	return by_template(m, api, raw, out, no);
}

bool ask_render(const struct text *t, enum ask_kind kind, json_t *body,
		struct slice raw, struct buf *out, struct refusal *no)
{
	const struct chat_model *m = text_chat_model(t);
	const struct chat c = {
		.messages = json_object_get(body, "messages"),
		.go_on = ask_bool(body, "continue_final_message", false),
		.prompt = ask_bool(body, "add_generation_prompt", true),
	};

	if (kind != ASK_CHAT)
		return foreign(m, api_of(kind), raw, out, no);
	if (!json_is_array(c.messages) || json_array_size(c.messages) == 0)
		return refuse(no, 400, "messages",
			      "messages must be a list with an entry");
	if (c.go_on && c.prompt)
		return refuse(no, 400, "continue_final_message",
			      "Cannot set both `continue_final_message` and "
			      "`add_generation_prompt` to True.");
	return m ? by_template(m, CHAT_API_CHAT, raw, out, no)
		 : chatml(&c, out, no);
}

#include "common/template/chat_harmony.h"

#include "common/template/chat_content.h"
#include "common/template/chat_tools.h"
#include "common/template/chat_variables.h"
#include "common/template/harmony_talk.h"

static enum status read_effort(const struct chat_request *r,
			       struct harmony_talk *t, struct slice *out)
{
	static const char *const known[] = {"low", "medium", "high"};
	struct value v;
	enum status status = chat_read(r->reasoning_effort, "reasoning_effort",
				       t->arena, &v, t->err);
	*out = SLICE("medium");
	if (status != OK || v.type == VALUE_NONE)
		return status;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (!value_is(v, known[i]))
			continue;
		*out = slice_of(known[i]);
		return OK;
	}
	return error_set(t->err, ERR_INVALID,
			 "reasoning_effort: not one of low, medium, high");
}

static enum status read_tools(const struct chat_request *r,
			      struct harmony_talk *t, struct value *out)
{
	struct value tools;
	enum status status = OK;
	*out = value_items(VALUE_LIST, NULL, 0);
	if (!(r->exclude_tools && r->no_tool_choice))
		status = chat_read(r->tools, "tools", t->arena, &tools, t->err);
	else
		tools = value_none();
	if (status == OK && tools.type != VALUE_NONE)
		status = chat_tools(tools, r->rules.compat, t->arena, &tools,
				    t->err);
	if (status != OK || tools.type == VALUE_NONE)
		return status;
	struct value *item = arena_array(t->arena, tools.n + 1, sizeof(*item));
	for (uint32_t i = 0; i < tools.n; i++)
		item[i] = *chat_member(tools.item[i], "function");
	*out = value_items(VALUE_LIST, item, tools.n);
	return OK;
}

/* The system's message, and the developer's if there is something to say.
 * A system's words that lead the conversation are the developer's. */
static enum status add_preamble(struct harmony_talk *t,
				const struct chat_request *r,
				struct slice instructions)
{
	struct harmony_namespace functions = {.name = SLICE("functions")};
	struct harmony_system system = {
		.identity = SLICE("You are ChatGPT, a large language model "
				  "trained by OpenAI."),
		.cutoff = SLICE("2024-06"),
		.channels = SLICE("analysis, commentary, final"),
	};
	enum status status = read_effort(r, t, &system.effort);
	if (status == OK)
		status = read_tools(r, t, &functions.tools);
	if (status != OK)
		return status;
	struct buf b;
	buf_init(&b);
	bool has_tools = functions.tools.n > 0;
	system.has_functions = has_tools;
	system.date = slice_of(
		arena_printf(t->arena, "%04d-%02d-%02d", r->now->tm_year + 1900,
			     r->now->tm_mon + 1, r->now->tm_mday));
	harmony_put_system(&b, &system, t->arena);
	harmony_say(t, HARMONY_SYSTEM, arena_copy(t->arena, buf_slice(&b)));
	buf_reset(&b, SIZE_MAX);
	if (instructions.n > 0 || has_tools) {
		harmony_put_developer(&b, instructions, &functions, has_tools,
				      t->arena);
		harmony_say(t, HARMONY_DEVELOPER,
			    arena_copy(t->arena, buf_slice(&b)));
	}
	if (buf_len(&b) >= HARMONY_MAX_BYTES)
		status = error_set(t->err, ERR_LIMIT,
				   "tools: their declarations are too long");
	buf_fini(&b);
	return status;
}

static bool leads(struct value messages)
{
	struct value *role = messages.n > 0
				     ? chat_member(messages.item[0], "role")
				     : NULL;
	return role &&
	       (value_is(*role, "system") || value_is(*role, "developer"));
}

static enum status read_talk(struct harmony_talk *t,
			     const struct chat_request *r)
{
	struct value messages;
	struct slice instructions = {NULL, 0};
	enum status status = OK;
	if (r->parsed)
		messages = value_items(VALUE_LIST, r->parsed, r->n_parsed);
	else
		status = chat_read(r->messages, "messages", t->arena, &messages,
				   t->err);
	if (status != OK)
		return status;
	if (messages.type != VALUE_LIST)
		return chat_wrong(t->err, "not a list");
	uint32_t first = leads(messages);
	if (first)
		instructions = harmony_flat_text(
			t, chat_member(messages.item[0], "content"));
	status = add_preamble(t, r, instructions);
	size_t spoken = t->n;
	for (uint32_t i = first; i < messages.n && status == OK; i++)
		harmony_name_calls(t, messages.item[i]);
	for (uint32_t i = first; i < messages.n && status == OK; i++)
		status = harmony_add(t, messages.item[i]);
	if (status == OK)
		harmony_drop_thoughts(t, spoken);
	return status;
}

enum status chat_render_harmony(const struct chat_request *r,
				const struct template_limits *limits,
				struct segments *to, struct error *err)
{
	struct harmony_talk t = {
		.names = value_dict(to->arena),
		.arena = to->arena,
		.err = err,
	};
	size_t mark = buf_len(to->text);
	enum status status = read_talk(&t, r);
	if (status != OK)
		return status;
	harmony_render(to, t.message, t.n, true);
	harmony_begin_answer(to);
	if (buf_len(to->text) - mark <= limits->max_bytes)
		return OK;
	to->text->end = to->text->start + mark;
	to->n = 0;
	return error_set(err, ERR_LIMIT, "the prompt has over %zu bytes",
			 limits->max_bytes);
}

#include "common/template/chat_anthropic.h"

#include "common/json/string.h"
#include "common/template/chat_anthropic_message.h"
#include "common/template/chat_body.h"
#include "common/template/chat_fields.h"

/* What a coding agent puts before its system prompt: another text with each
 * request, which the engine leaves out. */
#define BILLING "x-anthropic-billing-header"

static enum status wrong(struct anthropic_messages *m, const char *what)
{
	return error_set(m->err, ERR_INVALID, "%s", what);
}

static enum status unmapped(struct anthropic_messages *m, const char *what)
{
	return error_set(m->err, ERR_UNSUPPORTED,
			 "%s: what it becomes is not known here", what);
}

static enum status take_messages(struct anthropic_messages *m,
				 const struct chat_field *messages)
{
	struct json_scan s;
	struct json_value v;
	enum status status = OK;
	if (!chat_field_is(messages, JSON_TYPE_ARRAY))
		return wrong(m, "messages: not a list");
	json_begin(&s, messages->raw, CHAT_MAX_DEPTH);
	json_enter_array(&s);
	while (status == OK && json_element(&s) && json_value(&s, &v))
		status = anthropic_message(m, v.raw);
	return status;
}

/* --- the system prompt ------------------------------------------------ */

static bool is_bill(struct anthropic_messages *m, struct slice raw)
{
	struct slice text;
	return json_text(raw, m->arena, &text) == OK &&
	       slice_starts(text, SLICE(BILLING));
}

static void put_system(struct anthropic_messages *m, struct slice inner)
{
	if (inner.n == 0)
		return;
	chat_field_put(&m->list, "{\"role\":\"system\",\"content\":\"", inner);
	buf_puts(&m->list, "\"}");
}

static enum status system_of_blocks(struct anthropic_messages *m,
				    struct slice list, struct buf *text)
{
	struct json_scan s;
	struct json_value v;
	json_begin(&s, list, CHAT_MAX_DEPTH);
	json_enter_array(&s);
	while (json_element(&s) && json_value(&s, &v)) {
		struct chat_field f[] = {{"type"}, {"text"}};
		if (!chat_fields_read(v.raw, f, ARRAY_LEN(f)))
			return wrong(m, "system: a block is no object");
		if (chat_field_says(&f[0], "text") &&
		    chat_field_has_text(&f[1]) && !is_bill(m, f[1].raw))
			buf_append(text, chat_field_inner(f[1].raw));
	}
	put_system(m, buf_slice(text));
	return OK;
}

static enum status take_system(struct anthropic_messages *m,
			       const struct chat_field *system)
{
	struct buf text;
	if (!chat_field_is_set(system))
		return OK;
	if (chat_field_is(system, JSON_TYPE_STRING)) {
		put_system(m, chat_field_inner(system->raw));
		return OK;
	}
	if (!chat_field_is(system, JSON_TYPE_ARRAY))
		return wrong(m, "system: neither text nor a list");
	buf_init(&text);
	enum status status = system_of_blocks(m, system->raw, &text);
	buf_fini(&text);
	return status;
}

/* --- tools and the rest ----------------------------------------------- */

/* Without a type it is one of an object. */
static void put_schema(struct buf *to, struct slice schema)
{
	struct slice open = {schema.p, schema.n - 1};
	struct json_value v;
	if (json_find(schema, "type", &v) == OK) {
		buf_append(to, schema);
		return;
	}
	while (open.n > 1 && open.p[open.n - 1] <= ' ')
		open.n--;
	buf_append(to, open);
	buf_puts(to,
		 open.n > 1 ? ",\"type\":\"object\"}" : "\"type\":\"object\"}");
}

static enum status take_tool(struct anthropic_messages *m, struct buf *to,
			     struct slice raw)
{
	struct chat_field f[] = {{"name"},
				 {"description"},
				 {"input_schema"},
				 {"strict"},
				 {"defer_loading"}};
	if (!chat_fields_read(raw, f, ARRAY_LEN(f)) ||
	    !chat_field_is(&f[0], JSON_TYPE_STRING) ||
	    !chat_field_is(&f[2], JSON_TYPE_OBJECT))
		return wrong(m, "tools: one has no name or no input_schema");
	if (chat_field_is_set(&f[3]))
		return unmapped(m, "tools: strict");
	chat_list_next(to);
	chat_field_put(
		to, "{\"type\":\"function\",\"function\":{\"name\":", f[0].raw);
	if (chat_field_is_set(&f[1]))
		chat_field_put(to, ",\"description\":", f[1].raw);
	buf_puts(to, ",\"parameters\":");
	put_schema(to, f[2].raw);
	if (chat_field_is_set(&f[4]))
		chat_field_put(to, ",\"defer_loading\":", f[4].raw);
	buf_puts(to, "}}");
	return OK;
}

static enum status take_tools(struct anthropic_messages *m,
			      const struct chat_field *tools, struct slice *out)
{
	struct json_scan s;
	struct json_value v;
	struct buf list;
	enum status status = OK;
	if (!chat_field_is_set(tools))
		return OK;
	if (!chat_field_is(tools, JSON_TYPE_ARRAY))
		return wrong(m, "tools: not a list");
	buf_init(&list);
	json_begin(&s, tools->raw, CHAT_MAX_DEPTH);
	json_enter_array(&s);
	while (status == OK && json_element(&s) && json_value(&s, &v))
		status = take_tool(m, &list, v.raw);
	if (status == OK && buf_len(&list) == 0)
		status = unmapped(m, "tools: an empty list");
	if (status == OK)
		*out = chat_list_end(&list, m->arena);
	buf_fini(&list);
	return status;
}

/* Thinking that is on changes nothing in the prompt. */
static enum status take_thinking_mode(struct anthropic_messages *m,
				      const struct chat_field *thinking)
{
	struct chat_field type[] = {{"type"}};
	if (!chat_field_is_set(thinking))
		return OK;
	if (!chat_fields_read(thinking->raw, type, 1))
		return wrong(m, "thinking: not an object");
	if (chat_field_says(type, "disabled"))
		return unmapped(m, "thinking: disabled");
	return OK;
}

static void take_choice(const struct chat_field *choice, struct chat_request *r)
{
	struct chat_field type[] = {{"type"}};
	if (!chat_field_is_set(choice) ||
	    !chat_fields_read(choice->raw, type, 1))
		return;
	r->no_tool_choice = chat_field_says(type, "none");
	if (r->no_tool_choice)
		r->tool_choice = SLICE("\"none\"");
}

static void take_effort(const struct chat_field *config, struct chat_request *r)
{
	struct chat_field effort[] = {{"effort"}};
	if (chat_field_is_set(config) &&
	    chat_fields_read(config->raw, effort, 1))
		r->reasoning_effort = effort[0].raw;
}

enum {
	SYSTEM,
	MESSAGES,
	TOOLS,
	TOOL_CHOICE,
	KWARGS,
	THINKING_MODE,
	OUTPUT_CONFIG,
	BODY_FIELDS
};

static enum status take_body(struct anthropic_messages *m,
			     const struct chat_field *f, struct chat_request *r)
{
	enum status status = take_thinking_mode(m, &f[THINKING_MODE]);
	if (status == OK)
		status = take_system(m, &f[SYSTEM]);
	if (status == OK)
		status = take_messages(m, &f[MESSAGES]);
	if (status == OK)
		status = take_tools(m, &f[TOOLS], &r->tools);
	if (status != OK)
		return status;
	r->messages = chat_list_end(&m->list, m->arena);
	r->kwargs = f[KWARGS].raw;
	take_choice(&f[TOOL_CHOICE], r);
	take_effort(&f[OUTPUT_CONFIG], r);
	return OK;
}

enum status chat_anthropic_parse(struct slice body, struct arena *arena,
				 struct chat_request *r, struct error *err)
{
	struct chat_field f[BODY_FIELDS] = {
		[SYSTEM] = {"system"},
		[MESSAGES] = {"messages"},
		[TOOLS] = {"tools"},
		[TOOL_CHOICE] = {"tool_choice"},
		[KWARGS] = {"chat_template_kwargs"},
		[THINKING_MODE] = {"thinking"},
		[OUTPUT_CONFIG] = {"output_config"},
	};
	struct anthropic_messages m = {.arena = arena, .err = err};
	struct chat_request made = *r;
	enum status status;
	chat_body_clear(&made);
	if (!chat_fields_read(body, f, BODY_FIELDS))
		return error_set(err, ERR_INVALID, "not a JSON object");
	buf_init(&m.list);
	status = take_body(&m, f, &made);
	buf_fini(&m.list);
	if (status == OK)
		*r = made;
	return status;
}

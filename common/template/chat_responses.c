#include "common/template/chat_responses.h"

#include "common/template/chat_body.h"
#include "common/template/chat_fields.h"
#include "common/template/chat_responses_item.h"

static enum status wrong(struct error *err, const char *what)
{
	return error_set(err, ERR_INVALID, "%s", what);
}

static enum status unmapped(struct error *err, const char *what)
{
	return error_set(err, ERR_UNSUPPORTED,
			 "%s: what it becomes is not known here", what);
}

/* --- tools ------------------------------------------------------------ */

static void put_if_set(struct buf *to, const char *before,
		       const struct chat_field *f)
{
	if (chat_field_is_set(f))
		chat_field_put(to, before, f->raw);
}

/* What is flat here is in two layers there. */
static enum status take_tool(struct buf *to, struct slice raw,
			     struct error *err)
{
	struct chat_field f[] = {{"type"},       {"name"},   {"description"},
				 {"parameters"}, {"strict"}, {"defer_loading"}};
	if (!chat_fields_read(raw, f, ARRAY_LEN(f)))
		return wrong(err, "tools: one is no object");
	if (!chat_field_says(&f[0], "function"))
		return unmapped(err, "tools: one that is not a function");
	if (!chat_field_is(&f[1], JSON_TYPE_STRING))
		return wrong(err, "tools: a function has no name");
	chat_list_next(to);
	chat_field_put(
		to, "{\"type\":\"function\",\"function\":{\"name\":", f[1].raw);
	put_if_set(to, ",\"description\":", &f[2]);
	put_if_set(to, ",\"parameters\":", &f[3]);
	put_if_set(to, ",\"strict\":", &f[4]);
	put_if_set(to, ",\"defer_loading\":", &f[5]);
	buf_puts(to, "}}");
	return OK;
}

/* An empty list is as none. */
static enum status take_tools(const struct chat_field *tools,
			      struct arena *arena, struct slice *out,
			      struct error *err)
{
	struct json_scan s;
	struct json_value v;
	struct buf list;
	enum status status = OK;
	if (!chat_field_is_set(tools))
		return OK;
	if (!chat_field_is(tools, JSON_TYPE_ARRAY))
		return wrong(err, "tools: not a list");
	buf_init(&list);
	json_begin(&s, tools->raw, CHAT_MAX_DEPTH);
	json_enter_array(&s);
	while (status == OK && json_element(&s) && json_value(&s, &v))
		status = take_tool(&list, v.raw, err);
	if (status == OK && buf_len(&list) > 0)
		*out = chat_list_end(&list, arena);
	buf_fini(&list);
	return status;
}

/* --- input ------------------------------------------------------------ */

static enum status take_items(struct responses_items *m, struct slice list)
{
	struct json_scan s;
	struct json_value v;
	enum status status = OK;
	json_begin(&s, list, CHAT_MAX_DEPTH);
	json_enter_array(&s);
	while (status == OK && json_element(&s) && json_value(&s, &v))
		status = responses_item(m, v.raw);
	responses_items_end(m);
	return status;
}

static enum status take_input(struct responses_items *m,
			      const struct chat_field *instructions,
			      const struct chat_field *input)
{
	if (chat_field_is_set(instructions) &&
	    !chat_field_is(instructions, JSON_TYPE_STRING))
		return wrong(m->err, "instructions: no text");
	if (chat_field_has_text(instructions)) {
		chat_field_put(&m->list, "{\"role\":\"system\",\"content\":",
			       instructions->raw);
		buf_putc(&m->list, '}');
	}
	if (chat_field_is(input, JSON_TYPE_ARRAY))
		return take_items(m, input->raw);
	if (!chat_field_is(input, JSON_TYPE_STRING))
		return wrong(m->err, "input: neither text nor a list");
	chat_list_next(&m->list);
	chat_field_put(&m->list, "{\"role\":\"user\",\"content\":", input->raw);
	buf_putc(&m->list, '}');
	return OK;
}

/* --- the rest --------------------------------------------------------- */

enum {
	INSTRUCTIONS,
	INPUT,
	TOOLS,
	TOOL_CHOICE,
	REASONING,
	KWARGS,
	TRUNCATION,
	PREVIOUS_ID,
	PREVIOUS,
	PREVIOUS_MESSAGES,
	PROMPT,
	CONVERSATION,
	BODY_FIELDS
};

/* What makes a prompt of more than the body has. */
static enum status check_alone(const struct chat_field *f, struct error *err)
{
	static const int remembered[] = {
		PREVIOUS_ID, PREVIOUS, PREVIOUS_MESSAGES, PROMPT, CONVERSATION};
	for (size_t i = 0; i < ARRAY_LEN(remembered); i++)
		if (chat_field_is_set(&f[remembered[i]]))
			return unmapped(err, f[remembered[i]].name);
	if (chat_field_is_set(&f[TRUNCATION]) &&
	    !chat_field_says(&f[TRUNCATION], "disabled"))
		return unmapped(err, "truncation");
	return OK;
}

static void take_effort(const struct chat_field *reasoning,
			struct chat_request *r)
{
	struct chat_field effort[] = {{"effort"}};
	if (chat_field_is_set(reasoning) &&
	    chat_fields_read(reasoning->raw, effort, 1))
		r->reasoning_effort = effort[0].raw;
}

static enum status take_body(struct responses_items *m,
			     const struct chat_field *f, struct chat_request *r)
{
	enum status status = check_alone(f, m->err);
	if (status == OK)
		status = take_input(m, &f[INSTRUCTIONS], &f[INPUT]);
	if (status == OK)
		status = take_tools(&f[TOOLS], m->arena, &r->tools, m->err);
	if (status != OK)
		return status;
	r->messages = chat_list_end(&m->list, m->arena);
	r->kwargs = f[KWARGS].raw;
	r->tool_choice = f[TOOL_CHOICE].raw;
	r->no_tool_choice = chat_field_says(&f[TOOL_CHOICE], "none");
	r->continue_final_message = m->unfinished;
	r->add_generation_prompt = !m->unfinished;
	r->calls_as_given = true;
	take_effort(&f[REASONING], r);
	return OK;
}

enum status chat_responses_parse(struct slice body, struct arena *arena,
				 struct chat_request *r, struct error *err)
{
	struct chat_field f[BODY_FIELDS] = {
		[INSTRUCTIONS] = {"instructions"},
		[INPUT] = {"input"},
		[TOOLS] = {"tools"},
		[TOOL_CHOICE] = {"tool_choice"},
		[REASONING] = {"reasoning"},
		[KWARGS] = {"chat_template_kwargs"},
		[TRUNCATION] = {"truncation"},
		[PREVIOUS_ID] = {"previous_response_id"},
		[PREVIOUS] = {"previous_response"},
		[PREVIOUS_MESSAGES] = {"previous_input_messages"},
		[PROMPT] = {"prompt"},
		[CONVERSATION] = {"conversation"},
	};
	struct chat_request made = *r;
	struct responses_items m;
	enum status status;
	chat_body_clear(&made);
	if (!chat_fields_read(body, f, BODY_FIELDS))
		return wrong(err, "not a JSON object");
	responses_items_init(&m, arena, err);
	status = take_body(&m, f, &made);
	responses_items_fini(&m);
	if (status == OK)
		*r = made;
	return status;
}

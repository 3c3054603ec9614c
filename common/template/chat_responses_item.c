#include "common/template/chat_responses_item.h"

#include "common/template/chat.h"
#include "common/template/chat_fields.h"

enum {
	TYPE,
	ROLE,
	CONTENT,
	STATUS,
	CALL_ID,
	NAME,
	NAMESPACE,
	ARGUMENTS,
	OUTPUT,
	SUMMARY,
	ENCRYPTED,
	ITEM_FIELDS
};

static const struct chat_field item_fields[ITEM_FIELDS] = {
	[TYPE] = {"type"},
	[ROLE] = {"role"},
	[CONTENT] = {"content"},
	[STATUS] = {"status"},
	[CALL_ID] = {"call_id"},
	[NAME] = {"name"},
	[NAMESPACE] = {"namespace"},
	[ARGUMENTS] = {"arguments"},
	[OUTPUT] = {"output"},
	[SUMMARY] = {"summary"},
	[ENCRYPTED] = {"encrypted_content"},
};

static enum status wrong(struct responses_items *m, const char *what)
{
	return error_set(m->err, ERR_INVALID, "input: %s", what);
}

static enum status unmapped(struct responses_items *m, const char *what,
			    struct slice which)
{
	return error_set(m->err, ERR_UNSUPPORTED,
			 "input: %s%.*s: what it becomes is not known here",
			 what, which.n > 64 ? 64 : (int)which.n,
			 which.n ? which.p : "");
}

static const struct slice nothing = {NULL, 0};

void responses_items_init(struct responses_items *m, struct arena *arena,
			  struct error *err)
{
	*m = (struct responses_items){.arena = arena, .err = err};
	buf_init(&m->list);
	buf_init(&m->calls);
}

void responses_items_fini(struct responses_items *m)
{
	buf_fini(&m->list);
	buf_fini(&m->calls);
}

void responses_items_end(struct responses_items *m)
{
	if (!m->open)
		return;
	chat_list_next(&m->list);
	buf_puts(&m->list, "{\"role\":\"assistant\"");
	if (m->content.p)
		chat_field_put(&m->list, ",\"content\":", m->content);
	if (m->reasoning.p)
		chat_field_put(&m->list, ",\"reasoning\":", m->reasoning);
	if (buf_len(&m->calls) > 0) {
		chat_field_put(&m->list, ",\"tool_calls\":[",
			       buf_slice(&m->calls));
		buf_putc(&m->list, ']');
	}
	buf_putc(&m->list, '}');
	m->open = false;
	m->content = m->reasoning = nothing;
	buf_reset(&m->calls, SIZE_MAX);
}

/* A part of the assistant's message that has none of its kind yet goes to
 * it; else another message begins. */
static void add_to_open(struct responses_items *m, struct slice *part,
			struct slice raw)
{
	if (part->p)
		responses_items_end(m);
	m->open = true;
	*part = raw;
}

/* --- texts ------------------------------------------------------------ */

static bool is_text(const struct chat_field *type)
{
	return chat_field_says(type, "input_text") ||
	       chat_field_says(type, "output_text") ||
	       chat_field_says(type, "text") ||
	       chat_field_says(type, "reasoning_text") ||
	       chat_field_says(type, "summary_text");
}

/* The text of a part, raw. */
static enum status part_text(struct responses_items *m, struct slice part,
			     struct slice *out)
{
	struct chat_field f[] = {{"type"}, {"text"}};
	if (!chat_fields_read(part, f, ARRAY_LEN(f)))
		return wrong(m, "a part is no object");
	if (!is_text(&f[0]))
		return unmapped(m, "a part of type ", f[0].raw);
	if (!chat_field_is(&f[1], JSON_TYPE_STRING))
		return wrong(m, "a part has no text");
	*out = f[1].raw;
	return OK;
}

/* The first text of a list, which is all that the engine takes; p NULL: the
 * list is empty. */
static enum status first_text(struct responses_items *m,
			      const struct chat_field *list, struct slice *out)
{
	struct json_scan s;
	struct json_value v;
	*out = nothing;
	if (!chat_field_is(list, JSON_TYPE_ARRAY))
		return chat_field_is_set(list)
			       ? wrong(m, "content is not a list")
			       : OK;
	json_begin(&s, list->raw, CHAT_MAX_DEPTH);
	json_enter_array(&s);
	if (!json_element(&s) || !json_value(&s, &v))
		return OK;
	return part_text(m, v.raw, out);
}

static enum status put_parts(struct responses_items *m, struct slice list)
{
	struct json_scan s;
	struct json_value v;
	struct slice text;
	size_t n = 0;
	json_begin(&s, list, CHAT_MAX_DEPTH);
	json_enter_array(&s);
	while (json_element(&s) && json_value(&s, &v)) {
		enum status status = part_text(m, v.raw, &text);
		if (status != OK)
			return status;
		chat_field_put(&m->list,
			       n++ > 0 ? ",{\"type\":\"text\",\"text\":"
				       : "{\"type\":\"text\",\"text\":",
			       text);
		buf_putc(&m->list, '}');
	}
	return OK;
}

/* Texts with a line between each two, without the quotes round them. */
static enum status put_lines(struct responses_items *m, struct slice list)
{
	struct json_scan s;
	struct json_value v;
	struct slice text;
	size_t n = 0;
	json_begin(&s, list, CHAT_MAX_DEPTH);
	json_enter_array(&s);
	while (json_element(&s) && json_value(&s, &v)) {
		enum status status = part_text(m, v.raw, &text);
		if (status != OK)
			return status;
		chat_field_put(&m->list, n++ > 0 ? "\\n" : "",
			       chat_field_inner(text));
	}
	return OK;
}

/* --- items ------------------------------------------------------------ */

static enum status take_assistant(struct responses_items *m,
				  const struct chat_field *f)
{
	struct slice text = f[CONTENT].raw;
	if (!chat_field_is(&f[CONTENT], JSON_TYPE_STRING)) {
		enum status status = first_text(m, &f[CONTENT], &text);
		if (status != OK)
			return status;
	}
	if (!text.p)
		return unmapped(m, "an assistant's message without content",
				nothing);
	add_to_open(m, &m->content, text);
	return OK;
}

static bool is_role(const struct chat_field *role)
{
	return chat_field_says(role, "user") ||
	       chat_field_says(role, "system") ||
	       chat_field_says(role, "developer");
}

static enum status take_message(struct responses_items *m,
				const struct chat_field *f)
{
	enum status status = OK;
	if (chat_field_says(&f[ROLE], "assistant"))
		return take_assistant(m, f);
	if (!is_role(&f[ROLE]))
		return wrong(m, "a role that is not known");
	responses_items_end(m);
	chat_list_next(&m->list);
	chat_field_put(&m->list, "{\"role\":", f[ROLE].raw);
	buf_puts(&m->list, ",\"content\":");
	if (chat_field_is(&f[CONTENT], JSON_TYPE_STRING)) {
		chat_field_put(&m->list, "", f[CONTENT].raw);
	} else if (chat_field_is(&f[CONTENT], JSON_TYPE_ARRAY)) {
		buf_putc(&m->list, '[');
		status = put_parts(m, f[CONTENT].raw);
		buf_putc(&m->list, ']');
	} else {
		return wrong(m, "content is neither text nor a list");
	}
	buf_putc(&m->list, '}');
	return status;
}

static enum status take_call(struct responses_items *m,
			     const struct chat_field *f)
{
	if (!chat_field_is(&f[CALL_ID], JSON_TYPE_STRING) ||
	    !chat_field_is(&f[NAME], JSON_TYPE_STRING) ||
	    !chat_field_is(&f[ARGUMENTS], JSON_TYPE_STRING))
		return wrong(m, "a function_call has no call_id, name or "
				"arguments");
	if (chat_field_is_set(&f[NAMESPACE]))
		return unmapped(m, "a function_call of a namespace", nothing);
	m->open = true;
	chat_list_next(&m->calls);
	chat_field_put(&m->calls, "{\"id\":", f[CALL_ID].raw);
	chat_field_put(&m->calls, ",\"function\":{\"name\":", f[NAME].raw);
	chat_field_put(&m->calls, ",\"arguments\":", f[ARGUMENTS].raw);
	buf_puts(&m->calls, "},\"type\":\"function\"}");
	return OK;
}

static enum status take_output(struct responses_items *m,
			       const struct chat_field *f)
{
	enum status status = OK;
	if (!chat_field_is(&f[CALL_ID], JSON_TYPE_STRING))
		return wrong(m, "a function_call_output has no call_id");
	responses_items_end(m);
	chat_list_next(&m->list);
	chat_field_put(&m->list,
		       "{\"role\":\"tool\",\"tool_call_id\":", f[CALL_ID].raw);
	buf_puts(&m->list, ",\"content\":");
	if (chat_field_is(&f[OUTPUT], JSON_TYPE_STRING)) {
		chat_field_put(&m->list, "", f[OUTPUT].raw);
	} else if (chat_field_is(&f[OUTPUT], JSON_TYPE_ARRAY)) {
		buf_putc(&m->list, '"');
		status = put_lines(m, f[OUTPUT].raw);
		buf_putc(&m->list, '"');
	} else {
		return wrong(m, "output is neither text nor a list");
	}
	buf_putc(&m->list, '}');
	return status;
}

/* What was thought; if that is not told, what was said of it. */
static enum status take_reasoning(struct responses_items *m,
				  const struct chat_field *f)
{
	struct slice text;
	if (chat_field_has_text(&f[ENCRYPTED]))
		return unmapped(m, "reasoning that is encrypted", nothing);
	enum status status = first_text(m, &f[CONTENT], &text);
	if (status == OK && !text.p)
		status = first_text(m, &f[SUMMARY], &text);
	if (status != OK)
		return status;
	add_to_open(m, &m->reasoning, text.p ? text : SLICE("\"\""));
	return OK;
}

static const struct {
	const char *type;
	enum status (*take)(struct responses_items *m,
			    const struct chat_field *f);
} item_table[] = {
	{"message", take_message},
	{"function_call", take_call},
	{"function_call_output", take_output},
	{"reasoning", take_reasoning},
};

/* Messages and thoughts that broke off are gone on with, if they are last. */
static bool is_unfinished(const struct chat_field *f)
{
	bool may_be = !chat_field_is_set(&f[TYPE]) ||
		      chat_field_says(&f[TYPE], "message") ||
		      chat_field_says(&f[TYPE], "reasoning");
	return may_be && (chat_field_says(&f[STATUS], "in_progress") ||
			  chat_field_says(&f[STATUS], "incomplete"));
}

enum status responses_item(struct responses_items *m, struct slice raw)
{
	struct chat_field f[ITEM_FIELDS];
	memcpy(f, item_fields, sizeof(f));
	if (!chat_fields_read(raw, f, ITEM_FIELDS))
		return wrong(m, "an item is no object");
	m->unfinished = is_unfinished(f);
	if (!chat_field_is_set(&f[TYPE]))
		return take_message(m, f);
	for (size_t i = 0; i < ARRAY_LEN(item_table); i++)
		if (chat_field_says(&f[TYPE], item_table[i].type))
			return item_table[i].take(m, f);
	return unmapped(m, "an item of type ", f[TYPE].raw);
}

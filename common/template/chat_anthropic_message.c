#include "common/template/chat_anthropic_message.h"

#include "common/template/chat.h"
#include "common/template/chat_fields.h"
#include "common/template/from_json.h"
#include "common/template/json_text.h"

/* A message whose content is a list, block by block. */
struct turn {
	bool user;
	struct buf part, call, thought;
	size_t n_parts;
	size_t only_at, only_bytes; /* the first part's text, raw, in `part` */
	bool thinks;
};

enum {
	TYPE,
	TEXT,
	THINKING,
	ID,
	NAME,
	INPUT,
	TOOL_USE_ID,
	TOOL_NAME,
	CONTENT,
	BLOCK_FIELDS
};

static const struct chat_field block_fields[BLOCK_FIELDS] = {
	[TYPE] = {"type"},
	[TEXT] = {"text"},
	[THINKING] = {"thinking"},
	[ID] = {"id"},
	[NAME] = {"name"},
	[INPUT] = {"input"},
	[TOOL_USE_ID] = {"tool_use_id"},
	[TOOL_NAME] = {"tool_name"},
	[CONTENT] = {"content"},
};

static enum status wrong(struct anthropic_messages *m, const char *what)
{
	return error_set(m->err, ERR_INVALID, "messages: %s", what);
}

static enum status unmapped(struct anthropic_messages *m, const char *what)
{
	return error_set(m->err, ERR_UNSUPPORTED,
			 "messages: %s: what it becomes is not known here",
			 what);
}

/* --- results of tools: messages of their own ------------------------- */

struct result {
	struct buf text, reference; /* without quotes, without brackets */
	size_t n_texts;
};

static void put_result(struct anthropic_messages *m,
		       const struct chat_field *id, const char *open,
		       struct slice content, const char *close)
{
	struct slice name = chat_field_is_set(id) ? id->raw : SLICE("\"\"");
	chat_list_next(&m->list);
	chat_field_put(&m->list, "{\"role\":\"tool\",\"tool_call_id\":", name);
	buf_puts(&m->list, ",\"content\":");
	chat_field_put(&m->list, open, content);
	buf_puts(&m->list, close);
	buf_putc(&m->list, '}');
}

static void add_reference(struct result *to, const struct chat_field *f)
{
	const struct chat_field *name = chat_field_has_text(&f[TOOL_NAME])
						? &f[TOOL_NAME]
						: &f[NAME];
	if (!chat_field_has_text(name))
		return;
	chat_list_next(&to->reference);
	chat_field_put(&to->reference,
		       "{\"type\":\"tool_reference\",\"name\":", name->raw);
	buf_putc(&to->reference, '}');
}

static enum status add_result(struct anthropic_messages *m, struct result *to,
			      struct slice raw)
{
	struct chat_field f[BLOCK_FIELDS];
	memcpy(f, block_fields, sizeof(f));
	if (!chat_fields_read(raw, f, BLOCK_FIELDS))
		return wrong(m, "a tool's result is not of objects");
	if (chat_field_says(&f[TYPE], "image"))
		return unmapped(m, "an image");
	if (chat_field_says(&f[TYPE], "tool_reference"))
		add_reference(to, f);
	if (!chat_field_says(&f[TYPE], "text"))
		return OK;
	if (chat_field_is_set(&f[TEXT]) &&
	    !chat_field_is(&f[TEXT], JSON_TYPE_STRING))
		return wrong(m, "a text is no text");
	if (to->n_texts++ > 0)
		buf_puts(&to->text, "\\n");
	if (chat_field_is_set(&f[TEXT]))
		buf_append(&to->text, chat_field_inner(f[TEXT].raw));
	return OK;
}

static enum status add_results(struct anthropic_messages *m, struct result *to,
			       struct slice list)
{
	struct json_scan s;
	struct json_value v;
	enum status status = OK;
	json_begin(&s, list, CHAT_MAX_DEPTH);
	json_enter_array(&s);
	while (status == OK && json_element(&s) && json_value(&s, &v))
		status = add_result(m, to, v.raw);
	return status;
}

static enum status list_result(struct anthropic_messages *m,
			       const struct chat_field *f)
{
	struct result r = {.n_texts = 0};
	buf_init(&r.text);
	buf_init(&r.reference);
	enum status status = add_results(m, &r, f[CONTENT].raw);
	if (status == OK)
		put_result(m, &f[TOOL_USE_ID], "\"", buf_slice(&r.text), "\"");
	if (status == OK && buf_len(&r.reference) > 0)
		put_result(m, &f[TOOL_USE_ID], "[", buf_slice(&r.reference),
			   "]");
	buf_fini(&r.text);
	buf_fini(&r.reference);
	return status;
}

static void add_part(struct turn *t, const char *before, struct slice raw);

static enum status take_result(struct anthropic_messages *m, struct turn *t,
			       const struct chat_field *f)
{
	const struct chat_field *content = &f[CONTENT];
	if (chat_field_is_set(&f[TOOL_USE_ID]) &&
	    !chat_field_is(&f[TOOL_USE_ID], JSON_TYPE_STRING))
		return wrong(m, "a tool_use_id is no text");
	if (chat_field_is(content, JSON_TYPE_ARRAY) && t->user)
		return list_result(m, f);
	if (chat_field_is(content, JSON_TYPE_ARRAY))
		return unmapped(m, "an assistant's tool_result of blocks");
	if (chat_field_is_set(content) &&
	    !chat_field_is(content, JSON_TYPE_STRING))
		return wrong(m, "a tool's result is neither text nor a list");
	struct slice text = chat_field_is_set(content)
				    ? chat_field_inner(content->raw)
				    : (struct slice){NULL, 0};
	if (t->user)
		put_result(m, &f[TOOL_USE_ID], "\"", text, "\"");
	else
		add_part(t, "Tool result: ", text);
	return OK;
}

/* --- other blocks ----------------------------------------------------- */

/* `raw` is what stands between quotes. */
static void add_part(struct turn *t, const char *before, struct slice raw)
{
	chat_list_next(&t->part);
	buf_puts(&t->part, "{\"type\":\"text\",\"text\":");
	size_t start = buf_len(&t->part);
	buf_putc(&t->part, '"');
	chat_field_put(&t->part, before, raw);
	buf_putc(&t->part, '"');
	if (t->n_parts++ == 0) {
		t->only_at = start;
		t->only_bytes = buf_len(&t->part) - start;
	}
	buf_putc(&t->part, '}');
}

static enum status take_text(struct anthropic_messages *m, struct turn *t,
			     const struct chat_field *f)
{
	(void)m;
	if (chat_field_has_text(&f[TEXT]))
		add_part(t, "", chat_field_inner(f[TEXT].raw));
	return OK;
}

static enum status take_thinking(struct anthropic_messages *m, struct turn *t,
				 const struct chat_field *f)
{
	(void)m;
	if (!chat_field_is(&f[THINKING], JSON_TYPE_STRING))
		return OK;
	t->thinks = true;
	buf_append(&t->thought, chat_field_inner(f[THINKING].raw));
	return OK;
}

/* As json.dumps() writes the input, which is a string in the chat. */
static enum status put_arguments(struct anthropic_messages *m, struct buf *to,
				 const struct chat_field *input)
{
	static const struct json_style style = {
		.item = ", ", .key = ": ", .ascii = true};
	struct value v = value_dict(m->arena);
	struct buf text;
	if (chat_field_is_set(input) &&
	    (input->type != JSON_TYPE_OBJECT ||
	     value_from_json(input->raw, CHAT_MAX_DEPTH, m->arena, &v) != OK))
		return wrong(m, "the input of a tool_use is no object");
	buf_init(&text);
	json_text_value(&text, v, &style);
	buf_json_string(to, buf_slice(&text));
	buf_fini(&text);
	return OK;
}

static enum status take_tool_use(struct anthropic_messages *m, struct turn *t,
				 const struct chat_field *f)
{
	/* The engine would make one of the time. */
	if (!chat_field_has_text(&f[ID]))
		return unmapped(m, "a tool_use without an id");
	chat_list_next(&t->call);
	chat_field_put(&t->call, "{\"id\":", f[ID].raw);
	chat_field_put(
		&t->call, ",\"type\":\"function\",\"function\":{\"name\":",
		chat_field_is(&f[NAME], JSON_TYPE_STRING) ? f[NAME].raw
							  : SLICE("\"\""));
	buf_puts(&t->call, ",\"arguments\":");
	enum status status = put_arguments(m, &t->call, &f[INPUT]);
	buf_puts(&t->call, "}}");
	return status;
}

static enum status take_image(struct anthropic_messages *m, struct turn *t,
			      const struct chat_field *f)
{
	(void)t;
	(void)f;
	return unmapped(m, "an image");
}

/* What was thought behind a veil, and references outside of results. */
static enum status take_nothing(struct anthropic_messages *m, struct turn *t,
				const struct chat_field *f)
{
	(void)m;
	(void)t;
	(void)f;
	return OK;
}

static const struct {
	const char *type;
	enum status (*take)(struct anthropic_messages *m, struct turn *t,
			    const struct chat_field *f);
} block_table[] = {
	{"text", take_text},
	{"tool_use", take_tool_use},
	{"tool_result", take_result},
	{"thinking", take_thinking},
	{"image", take_image},
	{"redacted_thinking", take_nothing},
	{"tool_reference", take_nothing},
};

static enum status take_block(struct anthropic_messages *m, struct turn *t,
			      struct slice raw)
{
	struct chat_field f[BLOCK_FIELDS];
	memcpy(f, block_fields, sizeof(f));
	if (!chat_fields_read(raw, f, BLOCK_FIELDS))
		return wrong(m, "a block is no object");
	for (size_t i = 0; i < ARRAY_LEN(block_table); i++)
		if (chat_field_says(&f[TYPE], block_table[i].type))
			return block_table[i].take(m, t, f);
	return wrong(m, "a block of a type that the engine does not know");
}

/* --- messages --------------------------------------------------------- */

static void put_content(struct buf *to, const struct turn *t)
{
	struct slice parts = buf_slice(&t->part);
	if (t->n_parts == 1) {
		chat_field_put(
			to, ",\"content\":",
			(struct slice){parts.p + t->only_at, t->only_bytes});
		return;
	}
	chat_field_put(to, ",\"content\":[", parts);
	buf_putc(to, ']');
}

static void put_turn(struct anthropic_messages *m, const struct turn *t)
{
	struct buf *to = &m->list;
	if (t->user && t->n_parts == 0)
		return;
	chat_list_next(to);
	buf_puts(to,
		 t->user ? "{\"role\":\"user\"" : "{\"role\":\"assistant\"");
	if (t->n_parts > 0)
		put_content(to, t);
	if (t->thinks) {
		chat_field_put(to, ",\"reasoning\":\"", buf_slice(&t->thought));
		buf_putc(to, '"');
	}
	if (buf_len(&t->call) > 0) {
		chat_field_put(to, ",\"tool_calls\":[", buf_slice(&t->call));
		buf_putc(to, ']');
	}
	buf_putc(to, '}');
}

static enum status take_blocks(struct anthropic_messages *m, struct turn *t,
			       struct slice list)
{
	struct json_scan s;
	struct json_value v;
	enum status status = OK;
	json_begin(&s, list, CHAT_MAX_DEPTH);
	json_enter_array(&s);
	while (status == OK && json_element(&s) && json_value(&s, &v))
		status = take_block(m, t, v.raw);
	if (status == OK)
		put_turn(m, t);
	return status;
}

static enum status message_of_blocks(struct anthropic_messages *m, bool user,
				     struct slice list)
{
	struct turn t = {.user = user};
	buf_init(&t.part);
	buf_init(&t.call);
	buf_init(&t.thought);
	enum status status = take_blocks(m, &t, list);
	buf_fini(&t.part);
	buf_fini(&t.call);
	buf_fini(&t.thought);
	return status;
}

/* Agents have other names for the user. */
static bool is_user(const struct chat_field *role)
{
	return chat_field_says(role, "user") || chat_field_says(role, "ctx") ||
	       chat_field_says(role, "msg");
}

enum status anthropic_message(struct anthropic_messages *m, struct slice raw)
{
	struct chat_field f[] = {{"role"}, {"content"}};
	if (!chat_fields_read(raw, f, ARRAY_LEN(f)))
		return wrong(m, "one is no object");
	bool user = is_user(&f[0]);
	if (chat_field_says(&f[0], "system"))
		return unmapped(m, "a system's message among the others");
	if (!user && !chat_field_says(&f[0], "assistant"))
		return wrong(m, "a role that is not known");
	if (chat_field_is(&f[1], JSON_TYPE_ARRAY))
		return message_of_blocks(m, user, f[1].raw);
	if (!chat_field_is(&f[1], JSON_TYPE_STRING))
		return wrong(m, "content is neither text nor a list");
	chat_list_next(&m->list);
	chat_field_put(&m->list,
		       user ? "{\"role\":\"user\",\"content\":"
			    : "{\"role\":\"assistant\",\"content\":",
		       f[1].raw);
	buf_putc(&m->list, '}');
	return OK;
}

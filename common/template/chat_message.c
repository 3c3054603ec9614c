#include "common/template/chat_message.h"

#include <string.h>

#include "common/template/from_json.h"

static struct value *field(struct value v, const char *name)
{
	struct value *found = v.type == VALUE_DICT
				      ? dict_find_text(v.dict, slice_of(name))
				      : NULL;
	return found && found->type != VALUE_NONE ? found : NULL;
}

static enum status wrong(struct error *err, const char *what)
{
	return error_set(err, ERR_INVALID, "messages: %s", what);
}

/* The text of a part; ERR_UNSUPPORTED for pictures and sound, whose place
 * in the prompt is another's to know. */
static enum status part_text(struct value part, struct value *out,
			     struct error *err)
{
	if (part.type == VALUE_STRING) {
		*out = part;
		return OK;
	}
	struct value *type = field(part, "type");
	struct value *text = field(part, "text");
	if (part.type != VALUE_DICT)
		return wrong(err, "a part is neither text nor an object");
	if (type && !value_is(*type, "text") &&
	    !value_is(*type, "input_text") && !value_is(*type, "output_text"))
		return error_set(err, ERR_UNSUPPORTED,
				 "messages: a part that is not text");
	if (!text || text->type != VALUE_STRING)
		return wrong(err, "a part of text has no text");
	*out = *text;
	return OK;
}

/* Parts as one string: empty ones left out, a newline between. */
static enum status join_parts(struct value parts, struct arena *arena,
			      struct value *out, struct error *err)
{
	struct buf b;
	enum status status = OK;
	buf_init(&b);
	for (uint32_t i = 0; i < parts.n && status == OK; i++) {
		struct value text;
		status = part_text(parts.item[i], &text, err);
		if (status != OK || text.n == 0)
			continue;
		if (buf_len(&b) > 0)
			buf_putc(&b, '\n');
		buf_append(&b, value_slice(text));
	}
	if (status == OK)
		*out = value_string(arena_copy(arena, buf_slice(&b)));
	buf_fini(&b);
	return status;
}

static struct value text_part(struct value text, struct arena *arena)
{
	struct value d = value_dict(arena);
	dict_set_text(d.dict, "type", value_text("text"));
	dict_set_text(d.dict, "text", text);
	return d;
}

static enum status list_parts(struct value parts, struct arena *arena,
			      struct value *out, struct error *err)
{
	struct value *item = arena_array(arena, parts.n + 1, sizeof(*item));
	for (uint32_t i = 0; i < parts.n; i++) {
		struct value text;
		enum status status = part_text(parts.item[i], &text, err);
		if (status != OK)
			return status;
		item[i] = text_part(text, arena);
	}
	*out = value_items(VALUE_LIST, item, parts.n);
	return OK;
}

static enum status content_of(struct value message, enum chat_content content,
			      struct arena *arena, struct value *out,
			      struct error *err)
{
	struct value *v = field(message, "content");
	struct value *role = field(message, "role");
	bool string = content == CHAT_STRING || value_is(*role, "tool");
	if (v && v->type != VALUE_STRING && v->type != VALUE_LIST)
		return wrong(err, "content is neither text nor a list");
	if (string && v && v->type == VALUE_LIST)
		return join_parts(*v, arena, out, err);
	if (string) {
		*out = v ? *v : value_text("");
		return OK;
	}
	if (v && v->type == VALUE_LIST)
		return list_parts(*v, arena, out, err);
	struct value *one = arena_array(arena, 1, sizeof(*one));
	if (v)
		one[0] = text_part(*v, arena);
	*out = value_items(VALUE_LIST, one, v != NULL);
	return OK;
}

/* What the model said as text, as a value; {} if it is no object. */
static struct value arguments_of(struct value *given, struct arena *arena)
{
	struct value v = VALUE_NIL;
	if (given && given->type == VALUE_DICT)
		return *given;
	if (given && given->type == VALUE_STRING &&
	    value_from_json(value_slice(*given), CHAT_MAX_DEPTH, arena, &v) ==
		    OK &&
	    v.type == VALUE_DICT)
		return v;
	return value_dict(arena);
}

static void copy_field(struct dict *to, struct value from, const char *name)
{
	struct value *v = from.type == VALUE_DICT
				  ? dict_find_text(from.dict, slice_of(name))
				  : NULL;
	if (v)
		dict_set_text(to, name, *v);
}

static enum status tool_calls_of(struct value calls, struct arena *arena,
				 struct value *out, struct error *err)
{
	struct value *item = arena_array(arena, calls.n + 1, sizeof(*item));
	for (uint32_t i = 0; i < calls.n; i++) {
		struct value *function = field(calls.item[i], "function");
		struct value f = value_dict(arena), d = value_dict(arena);
		if (!function || function->type != VALUE_DICT)
			return wrong(err, "a tool call has no function");
		copy_field(d.dict, calls.item[i], "id");
		dict_set_text(
			f.dict, "arguments",
			arguments_of(field(*function, "arguments"), arena));
		copy_field(f.dict, *function, "name");
		dict_set_text(d.dict, "function", f);
		copy_field(d.dict, calls.item[i], "type");
		item[i] = d;
	}
	*out = value_items(VALUE_LIST, item, calls.n);
	return OK;
}

static enum status assistant_fields(struct value message, struct dict *to,
				    struct arena *arena, struct error *err)
{
	struct value *calls = field(message, "tool_calls"), made;
	struct value *reasoning = field(message, "reasoning");
	if (!reasoning)
		reasoning = field(message, "reasoning_content");
	if (calls && calls->type != VALUE_LIST)
		return wrong(err, "tool_calls is not a list");
	if (calls && calls->n > 0) {
		enum status status = tool_calls_of(*calls, arena, &made, err);
		if (status != OK)
			return status;
		dict_set_text(to, "tool_calls", made);
	}
	if (reasoning) {
		dict_set_text(to, "reasoning", *reasoning);
		dict_set_text(to, "reasoning_content", *reasoning);
	}
	return OK;
}

static enum status message_of(struct value message, enum chat_content content,
			      struct arena *arena, struct value *out,
			      struct error *err)
{
	struct value *role = field(message, "role"), text;
	struct value *name = field(message, "name");
	struct value *id = field(message, "tool_call_id");
	if (!role || role->type != VALUE_STRING)
		return wrong(err, "one has no role");
	struct value d = value_dict(arena);
	enum status status = content_of(message, content, arena, &text, err);
	if (status != OK)
		return status;
	dict_set_text(d.dict, "role", *role);
	dict_set_text(d.dict, "content", text);
	if (value_is(*role, "assistant"))
		status = assistant_fields(message, d.dict, arena, err);
	if (id && value_is(*role, "tool"))
		dict_set_text(d.dict, "tool_call_id", *id);
	if (name && name->type == VALUE_STRING)
		dict_set_text(d.dict, "name", *name);
	struct value *tools = field(message, "tools");
	if (tools && value_is(*role, "developer"))
		dict_set_text(d.dict, "tools", *tools);
	*out = d;
	return status;
}

enum status chat_messages(struct value messages, enum chat_content content,
			  struct arena *arena, struct value *out,
			  struct error *err)
{
	if (messages.type != VALUE_LIST)
		return wrong(err, "not a list");
	struct value *item = arena_array(arena, messages.n + 1, sizeof(*item));
	for (uint32_t i = 0; i < messages.n; i++) {
		enum status status = message_of(messages.item[i], content,
						arena, &item[i], err);
		if (status != OK)
			return status;
	}
	*out = value_items(VALUE_LIST, item, messages.n);
	return OK;
}

static struct value tool_of(struct value tool, struct arena *arena)
{
	static const char *const declared[] = {"name", "description",
					       "parameters"};
	struct value *function = field(tool, "function");
	struct value d = value_dict(arena), f = value_dict(arena);
	for (size_t i = 0; i < ARRAY_LEN(declared); i++) {
		struct value *v = field(*function, declared[i]);
		dict_set_text(f.dict, declared[i], v ? *v : value_none());
	}
	for (uint32_t i = 0; i < function->dict->n; i++) {
		struct dict_entry *e = &function->dict->entry[i];
		if (!dict_find(f.dict, e->key) &&
		    (!value_is(e->key, "defer_loading") ||
		     e->value.type != VALUE_NONE))
			dict_set(f.dict, e->key, e->value);
	}
	struct value *type = field(tool, "type");
	dict_set_text(d.dict, "type", type ? *type : value_text("function"));
	dict_set_text(d.dict, "function", f);
	return d;
}

enum status chat_tools(struct value tools, struct arena *arena,
		       struct value *out, struct error *err)
{
	if (tools.type != VALUE_LIST)
		return error_set(err, ERR_INVALID, "tools: not a list");
	struct value *item = arena_array(arena, tools.n + 1, sizeof(*item));
	for (uint32_t i = 0; i < tools.n; i++) {
		struct value *function = field(tools.item[i], "function");
		if (!function || function->type != VALUE_DICT)
			return error_set(err, ERR_INVALID,
					 "tools: one has no function");
		item[i] = tool_of(tools.item[i], arena);
	}
	*out = value_items(VALUE_LIST, item, tools.n);
	return OK;
}

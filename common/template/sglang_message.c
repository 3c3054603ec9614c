#include "common/template/chat_content.h"
#include "common/template/from_json.h"
#include "common/template/sglang.h"

/* How one message is read. */
struct reader {
	const struct chat_rules *rules;
	struct arena *arena;
	struct error *err;
};

static const char *const generic_roles[] = {
	"system",   "assistant", "tool",
	"function", "developer", "latest_reminder",
};

static const char *const media_types[] = {"image_url", "video_url",
					  "audio_url"};

static bool is_one_of(struct value v, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (value_is(v, list[i]))
			return true;
	return false;
}

static struct value lower(struct value text, struct arena *arena)
{
	char *p = arena_array(arena, text.n + 1, 1);
	for (uint32_t i = 0; i < text.n; i++)
		p[i] = (char)(text.s[i] |
			      (text.s[i] >= 'A' && text.s[i] <= 'Z' ? 0x20
								    : 0));
	return value_string((struct slice){p, text.n});
}

static enum status read_role(const struct reader *in, struct value message,
			     struct value *out)
{
	struct value *role = chat_member(message, "role");
	if (!role || role->type != VALUE_STRING)
		return chat_wrong(in->err, "one has no role");
	*out = *role;
	if (value_is(*role, "user"))
		return OK;
	*out = lower(*role, in->arena);
	if (!is_one_of(*out, generic_roles, ARRAY_LEN(generic_roles)))
		return chat_wrong(in->err, "a role that is not known");
	return OK;
}

static struct value pair(struct arena *arena, const char *type,
			 const char *member, struct value v)
{
	struct value d = value_dict(arena);
	dict_set_text(d.dict, "type", value_text(type));
	dict_set_text(d.dict, member, v);
	return d;
}

/* A part that is dropped leaves `out` undefined. */
static enum status read_part(const struct reader *in, struct value part,
			     bool assistant, struct value *out)
{
	struct value *type = chat_member(part, "type"), *text;
	*out = VALUE_NIL;
	if (!type || type->type != VALUE_STRING)
		return chat_wrong(in->err, "a part has no type");
	if (is_one_of(*type, media_types, ARRAY_LEN(media_types)))
		return error_set(in->err, ERR_UNSUPPORTED,
				 "messages: a part that is not text");
	if (value_is(*type, "thinking") || value_is(*type, "reasoning"))
		return assistant ? OK
				 : chat_wrong(in->err,
					      "only an assistant thinks");
	bool reference = value_is(*type, "tool_reference");
	text = chat_member(part, reference ? "name" : "text");
	if (!reference && !value_is(*type, "text"))
		return chat_wrong(in->err, "a part of a type that is not "
					   "known");
	if (!text || text->type != VALUE_STRING)
		return chat_wrong(in->err, "a part has no text");
	*out = reference ? pair(in->arena, "tool_reference", "name", *text)
			 : pair(in->arena, "text", "text", *text);
	return OK;
}

static enum status read_parts(const struct reader *in, struct value list,
			      bool assistant, struct value *out)
{
	struct value *item = arena_array(in->arena, list.n + 1, sizeof(*item));
	uint32_t n = 0;
	for (uint32_t i = 0; i < list.n; i++) {
		enum status status = read_part(in, list.item[i], assistant,
					       &item[n]);
		if (status != OK)
			return status;
		n += item[n].type != VALUE_UNDEFINED;
	}
	*out = value_items(VALUE_LIST, item, n);
	return OK;
}

/* The texts, with a blank between them. */
static struct value joined(struct arena *arena, struct value parts)
{
	struct buf b;
	bool any = false;
	buf_init(&b);
	for (uint32_t i = 0; i < parts.n; i++) {
		struct value *text = chat_member(parts.item[i], "text");
		if (!text)
			continue;
		if (any)
			buf_putc(&b, ' ');
		any = true;
		buf_append(&b, value_slice(*text));
	}
	struct value v = value_string(arena_copy(arena, buf_slice(&b)));
	buf_fini(&b);
	return v;
}

static bool only_texts(struct value parts)
{
	for (uint32_t i = 0; i < parts.n; i++)
		if (!chat_member(parts.item[i], "text"))
			return false;
	return true;
}

/* `*last`: it stands behind the other fields. */
static enum status read_content(const struct reader *in, struct value message,
				struct value role, struct value *out,
				bool *last)
{
	struct value *content = chat_member(message, "content"), parts;
	*last = false;
	*out = content ? *content : value_text("");
	if (!content && value_is(role, "user"))
		return chat_wrong(in->err, "a user's has no content");
	if (out->type == VALUE_STRING)
		return OK;
	if (out->type != VALUE_LIST)
		return chat_wrong(in->err,
				  "content is neither text nor a list");
	enum status status = read_parts(in, *content,
					value_is(role, "assistant"), &parts);
	if (status != OK)
		return status;
	*last = in->rules->content == CHAT_PARTS;
	if (!*last || (value_is(role, "tool") && only_texts(parts)))
		*out = joined(in->arena, parts);
	else
		*out = parts;
	return OK;
}

static enum status read_arguments(const struct reader *in, struct value given,
				  bool parse, struct value *out)
{
	*out = given;
	if (given.type == VALUE_NONE || given.type == VALUE_DICT)
		return OK;
	if (given.type != VALUE_STRING)
		return chat_wrong(in->err, "arguments are neither text nor an "
					   "object");
	if (!parse)
		return OK;
	if (value_from_json(value_slice(given), CHAT_MAX_DEPTH, in->arena,
			    out) != OK ||
	    out->type != VALUE_DICT)
		return chat_wrong(in->err, "the arguments of a tool call are "
					   "no JSON object");
	return OK;
}

static struct value or_none(struct value d, const char *name)
{
	struct value *v = chat_member(d, name);
	return v ? *v : value_none();
}

static bool is_text_or_none(struct value v)
{
	return v.type == VALUE_STRING || v.type == VALUE_NONE;
}

static enum status read_call(const struct reader *in, struct value call,
			     bool parse, struct value *out)
{
	struct value *function = chat_member(call, "function");
	struct value id = or_none(call, "id"), type = or_none(call, "type");
	struct value index = or_none(call, "index");
	struct value f = value_dict(in->arena), d = value_dict(in->arena);
	struct value arguments;
	if (!function || function->type != VALUE_DICT)
		return chat_wrong(in->err, "a tool call has no function");
	struct value name = or_none(*function, "name");
	if (!is_text_or_none(id) || !is_text_or_none(name) ||
	    (type.type != VALUE_NONE && !value_is(type, "function")) ||
	    (index.type != VALUE_NONE && index.type != VALUE_INT))
		return chat_wrong(in->err, "a tool call breaks its schema");
	enum status status = read_arguments(in, or_none(*function, "arguments"),
					    parse, &arguments);
	if (status != OK)
		return status;
	dict_set_text(f.dict, "name", name);
	dict_set_text(f.dict, "arguments", arguments);
	dict_set_text(d.dict, "id", id);
	dict_set_text(d.dict, "index", index);
	dict_set_text(d.dict, "type", value_text("function"));
	dict_set_text(d.dict, "function", f);
	*out = d;
	return OK;
}

static enum status read_calls(const struct reader *in, struct value message,
			      bool assistant, struct dict *to)
{
	struct value *calls = chat_member(message, "tool_calls");
	if (!calls)
		return OK;
	if (calls->type != VALUE_LIST)
		return chat_wrong(in->err, "tool_calls is not a list");
	struct value *item = arena_array(in->arena, calls->n + 1,
					 sizeof(*item));
	for (uint32_t i = 0; i < calls->n; i++) {
		enum status status = read_call(in, calls->item[i], assistant,
					       &item[i]);
		if (status != OK)
			return status;
	}
	dict_set_text(to, "tool_calls",
		      value_items(VALUE_LIST, item, calls->n));
	return OK;
}

static enum status read_texts(const struct reader *in, struct value message,
			      struct dict *to)
{
	static const char *const name[] = {"tool_call_id", "name",
					   "reasoning_content"};
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		struct value v = or_none(message, name[i]);
		if (!is_text_or_none(v))
			return error_set(in->err, ERR_INVALID,
					 "messages: %s is no text", name[i]);
		if (v.type == VALUE_STRING)
			dict_set_text(to, name[i], v);
	}
	return OK;
}

static enum status read_fields(const struct reader *in, struct value message,
			       struct value role, struct dict *to)
{
	struct value *tools = chat_member(message, "tools"), made;
	enum status status = read_texts(in, message, to);
	if (status == OK)
		status = read_calls(in, message, value_is(role, "assistant"),
				    to);
	if (status != OK || !tools)
		return status;
	status = sglang_tools(*tools, NULL, in->rules->compat, in->arena, &made,
			      in->err);
	if (status == OK)
		dict_set_text(to, "tools", made);
	return status;
}

enum status sglang_message(struct value message, const struct chat_rules *rules,
			   struct arena *arena, struct value *out,
			   struct error *err)
{
	struct reader in = {rules, arena, err};
	struct value role, content;
	bool last;
	*out = value_dict(arena);
	enum status status = read_role(&in, message, &role);
	if (status == OK)
		status = read_content(&in, message, role, &content, &last);
	if (status != OK)
		return status;
	dict_set_text(out->dict, "role", role);
	if (!last)
		dict_set_text(out->dict, "content", content);
	if (!value_is(role, "user"))
		status = read_fields(&in, message, role, out->dict);
	if (last)
		dict_set_text(out->dict, "content", content);
	return status;
}

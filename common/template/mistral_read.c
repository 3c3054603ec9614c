/* Messages of a body, as mistral-common takes them from vLLM. */
#include "common/template/chat_content.h"
#include "common/template/from_json.h"
#include "common/template/mistral.h"
#include "common/template/unicode.h"

#define ID_CHARS 9

enum status mistral_wrong(const struct mistral *m, const char *what)
{
	return error_set(m->err, ERR_INVALID, "messages: %s", what);
}

struct slice mistral_text(const struct mistral_message *one,
			  struct arena *arena)
{
	struct buf b;
	if (one->n_chunks == 1)
		return one->chunk[0].text;
	buf_init(&b);
	for (size_t i = 0; i < one->n_chunks; i++)
		buf_append(&b, one->chunk[i].text);
	struct slice s = arena_copy(arena, buf_slice(&b));
	buf_fini(&b);
	return s;
}

static enum status read_chunk(struct mistral *m, struct value given,
			      struct mistral_chunk *out)
{
	struct value *type = chat_member(given, "type");
	struct value *closed = chat_member(given, "closed");
	*out = (struct mistral_chunk){.closed = true};
	if (!type || type->type != VALUE_STRING)
		return mistral_wrong(m, "a part has no type");
	out->think = value_is(*type, "thinking");
	if (!out->think && !value_is(*type, "text"))
		return error_set(m->err, ERR_UNSUPPORTED,
				 "messages: a part that is not text");
	struct value *text = chat_member(given,
					 out->think ? "thinking" : "text");
	if (!text || text->type != VALUE_STRING)
		return mistral_wrong(m, "a part has no text");
	if (closed && closed->type != VALUE_BOOL)
		return mistral_wrong(m, "closed is not true or false");
	out->text = value_slice(*text);
	out->closed = !closed || closed->truth;
	return OK;
}

static enum status read_content(struct mistral *m, struct value message,
				struct mistral_message *out)
{
	struct value *content = chat_member(message, "content");
	struct value one;
	if (!content && out->role == MISTRAL_ASSISTANT)
		return OK;
	if (!content)
		return mistral_wrong(m, "one has no content");
	out->has_content = content->n > 0;
	out->chunk = arena_array(m->arena, content->n + 1, sizeof(*out->chunk));
	if (content->type == VALUE_STRING) {
		one = *content;
		out->chunk[0] = (struct mistral_chunk){value_slice(one)};
		out->n_chunks = 1;
		return OK;
	}
	if (content->type != VALUE_LIST)
		return mistral_wrong(m, "content is neither text nor a list");
	out->is_list = true;
	for (; out->n_chunks < content->n; out->n_chunks++) {
		enum status status = read_chunk(m, content->item[out->n_chunks],
						&out->chunk[out->n_chunks]);
		if (status != OK)
			return status;
	}
	return OK;
}

/* The engine cuts what is longer than the model's ids. */
static struct value short_id(struct value id)
{
	struct slice s = value_slice(id);
	size_t n = text_length(s);
	if (n <= ID_CHARS)
		return id;
	return value_string(slice_from(s, text_offset(s, n - ID_CHARS)));
}

/* Text that is JSON becomes its value, other text stays. */
static enum status parsed(struct mistral *m, struct value text,
			  struct value *out)
{
	enum status status = value_from_json(value_slice(text), CHAT_MAX_DEPTH,
					     m->arena, out);
	if (status == ERR_LIMIT)
		return error_set(m->err, status,
				 "messages: arguments are nested too deep");
	if (status != OK)
		*out = text;
	return OK;
}

static enum status read_arguments(struct mistral *m, const struct value *given,
				  struct value *out)
{
	*out = value_dict(m->arena);
	if (!given)
		return mistral_wrong(m, "a call has no arguments");
	if (given->type == VALUE_STRING && given->n == 0)
		return OK;
	if (given->type == VALUE_STRING)
		return parsed(m, *given, out);
	if (given->type != VALUE_DICT)
		return mistral_wrong(m, "arguments of a call are no object");
	*out = *given;
	return OK;
}

static enum status read_call(struct mistral *m, struct value given,
			     struct mistral_call *out)
{
	struct value *function = chat_member(given, "function");
	struct value *name = function ? chat_member(*function, "name") : NULL;
	struct value *id = chat_member(given, "id");
	struct value *type = chat_member(given, "type");
	if (!name || name->type != VALUE_STRING)
		return mistral_wrong(m, "a call has no function's name");
	if (!id || id->type != VALUE_STRING)
		return mistral_wrong(m, "a call has no id");
	if (type && !value_is(*type, "function"))
		return mistral_wrong(m, "a call is not of a function");
	out->name = value_slice(*name);
	out->id = short_id(*id);
	return read_arguments(m, chat_member(*function, "arguments"),
			      &out->arguments);
}

static enum status read_calls(struct mistral *m, struct value message,
			      struct mistral_message *out)
{
	struct value *calls = chat_member(message, "tool_calls");
	if (!calls)
		return OK;
	if (calls->type != VALUE_LIST)
		return mistral_wrong(m, "tool_calls is not a list");
	out->call = arena_array(m->arena, calls->n + 1, sizeof(*out->call));
	for (; out->n_calls < calls->n; out->n_calls++) {
		enum status status = read_call(m, calls->item[out->n_calls],
					       &out->call[out->n_calls]);
		if (status != OK)
			return status;
	}
	return OK;
}

static enum status read_result(struct mistral *m, struct value message,
			       struct mistral_message *out)
{
	struct value *id = chat_member(message, "tool_call_id");
	struct value *name = chat_member(message, "name");
	if (!id || id->type != VALUE_STRING)
		return mistral_wrong(m, "a result has no tool_call_id");
	if (name && name->type != VALUE_STRING)
		return mistral_wrong(m, "a result's name is no text");
	out->id = short_id(*id);
	if (name)
		out->name = value_slice(*name);
	return OK;
}

static bool read_role(struct value message, enum mistral_role *out)
{
	static const struct {
		const char *name;
		enum mistral_role role;
	} known[] = {
		{"system", MISTRAL_SYSTEM}, {"developer", MISTRAL_SYSTEM},
		{"user", MISTRAL_USER},     {"assistant", MISTRAL_ASSISTANT},
		{"tool", MISTRAL_TOOL},
	};
	struct value *role = chat_member(message, "role");
	for (size_t i = 0; role && i < ARRAY_LEN(known); i++) {
		if (!value_is(*role, known[i].name))
			continue;
		*out = known[i].role;
		return true;
	}
	return false;
}

enum status mistral_read(struct mistral *m, struct value messages)
{
	enum status status = OK;
	if (messages.type != VALUE_LIST)
		return mistral_wrong(m, "not a list");
	m->message = arena_array(m->arena, messages.n + 1, sizeof(*m->message));
	for (uint32_t i = 0; i < messages.n && status == OK; i++) {
		struct mistral_message *one = &m->message[m->n++];
		*one = (struct mistral_message){.id = value_none()};
		if (!read_role(messages.item[i], &one->role))
			return mistral_wrong(m, "a role that is not known");
		status = read_content(m, messages.item[i], one);
		if (status == OK && one->role == MISTRAL_ASSISTANT)
			status = read_calls(m, messages.item[i], one);
		if (status == OK && one->role == MISTRAL_TOOL)
			status = read_result(m, messages.item[i], one);
	}
	return status;
}

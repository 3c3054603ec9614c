#include "common/template/chat_message.h"

#include "common/template/chat_tools.h"
#include "common/template/from_json.h"

/* null, "" and empty containers, as Python counts truth. */
static bool is_empty(const struct value *given)
{
	return !given || !value_true(*given);
}

enum status chat_arguments(struct chat_shape *s, const struct value *given,
			   struct value *out)
{
	struct value v = VALUE_NIL;
	bool old = s->rules.compat == CHAT_VLLM_2026_06, read = true;
	if (is_empty(given)) {
		*out = value_dict(s->arena);
		return OK;
	}
	if (given->type == VALUE_STRING)
		read = value_from_json(value_slice(*given), CHAT_MAX_DEPTH,
				       s->arena, &v) == OK;
	else
		v = *given;
	if (!read && old)
		return chat_wrong(s->err,
				  "the arguments of a tool call are not JSON");
	/* Of late the engine mends a history that a model spoilt. */
	if (v.type != VALUE_DICT && !(old && read))
		v = value_dict(s->arena);
	*out = v;
	return OK;
}

static enum status tool_call_of(struct chat_shape *s, struct value call,
				struct value *out)
{
	static const char *const order[] = {"id", "function", "type"};
	static const char *const of_function[] = {"arguments", "name"};
	struct value *function = chat_member(call, "function");
	struct value *type = chat_member(call, "type"), arguments;
	if (type && !value_is(*type, "function"))
		return chat_wrong(s->err, "a tool call is not of a function");
	if (!function || function->type != VALUE_DICT)
		return chat_wrong(s->err, "a tool call has no function");
	enum status status = chat_arguments(
		s, chat_member(*function, "arguments"), &arguments);
	if (status != OK)
		return status;
	struct value f = chat_ordered(s->arena, *function, of_function,
				      s->rules.calls_as_given ? 0 : 2);
	dict_set_text(f.dict, "arguments", arguments);
	*out = chat_ordered(s->arena, call, order,
			    s->rules.calls_as_given ? 0 : 3);
	dict_set_text(out->dict, "function", f);
	return OK;
}

static enum status tool_calls_of(struct chat_shape *s, struct value calls,
				 struct value *out)
{
	struct value *item = arena_array(s->arena, calls.n + 1, sizeof(*item));
	for (uint32_t i = 0; i < calls.n; i++) {
		enum status status = tool_call_of(s, calls.item[i], &item[i]);
		if (status != OK)
			return status;
	}
	*out = value_items(VALUE_LIST, item, calls.n);
	return OK;
}

static enum status assistant_fields(struct chat_shape *s, struct value message,
				    struct dict *to)
{
	struct value *calls = chat_member(message, "tool_calls"), made;
	struct value *reasoning = chat_member(message, "reasoning");
	if (calls && calls->type != VALUE_LIST)
		return chat_wrong(s->err, "tool_calls is not a list");
	if (calls && calls->n > 0) {
		enum status status = tool_calls_of(s, *calls, &made);
		if (status != OK)
			return status;
		dict_set_text(to, "tool_calls", made);
	}
	if (!reasoning)
		reasoning = chat_member(message, "reasoning_content");
	if (reasoning) {
		dict_set_text(to, "reasoning", *reasoning);
		dict_set_text(to, "reasoning_content", *reasoning);
	}
	return OK;
}

static void developer_tools(struct chat_shape *s, struct value message,
			    struct dict *to)
{
	static const char *const order[] = {"function", "type"};
	static const char *const of_function[] = {"name", "description",
						  "parameters", "strict"};
	struct value *tools = chat_member(message, "tools");
	struct value none = value_none();
	if (!tools || tools->type != VALUE_LIST) {
		dict_set_text(to, "tools", tools ? *tools : none);
		return;
	}
	struct value *item = arena_array(s->arena, tools->n + 1, sizeof(*item));
	for (uint32_t i = 0; i < tools->n; i++) {
		struct value *f = chat_member(tools->item[i], "function");
		item[i] = chat_ordered(s->arena, tools->item[i], order, 2);
		if (f)
			dict_set_text(
				item[i].dict, "function",
				chat_ordered(s->arena, *f, of_function, 4));
	}
	dict_set_text(to, "tools", value_items(VALUE_LIST, item, tools->n));
}

static void copy_text(struct value message, const char *name, struct dict *to)
{
	struct value *v = chat_member(message, name);
	if (v && v->type == VALUE_STRING)
		dict_set_text(to, name, *v);
}

static enum status message_of(struct chat_shape *s, struct value message,
			      struct value *out)
{
	struct value *role = chat_member(message, "role"), content;
	if (!role || role->type != VALUE_STRING)
		return chat_wrong(s->err, "one has no role");
	struct value d = value_dict(s->arena);
	enum status status = chat_content_value(s, message, &content);
	if (status != OK)
		return status;
	dict_set_text(d.dict, "role", *role);
	dict_set_text(d.dict, "content", content);
	if (value_is(*role, "assistant"))
		status = assistant_fields(s, message, d.dict);
	struct value *id = dict_find_text(message.dict, SLICE("tool_call_id"));
	if (id && value_is(*role, "tool"))
		dict_set_text(d.dict, "tool_call_id", *id);
	copy_text(message, "name", d.dict);
	copy_text(message, "task", d.dict);
	if (value_is(*role, "developer"))
		developer_tools(s, message, d.dict);
	*out = d;
	return status;
}

enum status chat_messages(struct chat_shape *s, struct value messages,
			  struct value *out)
{
	if (messages.type != VALUE_LIST)
		return chat_wrong(s->err, "not a list");
	struct value *item = arena_array(s->arena, messages.n + 1,
					 sizeof(*item));
	for (uint32_t i = 0; i < messages.n; i++) {
		enum status status = message_of(s, messages.item[i], &item[i]);
		if (status != OK)
			return status;
	}
	*out = value_items(VALUE_LIST, item, messages.n);
	return OK;
}

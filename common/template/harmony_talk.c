#include "common/template/harmony_talk.h"

#include <string.h>

#include "common/template/chat_content.h"

static struct harmony_message *add(struct harmony_talk *t,
				   enum harmony_role role)
{
	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 16;
		struct harmony_message *m = arena_array(t->arena, room,
							sizeof(*m));
		if (t->n > 0)
			memcpy(m, t->message, t->n * sizeof(*m));
		t->message = m;
		t->room = room;
	}
	struct harmony_message *m = &t->message[t->n++];
	*m = (struct harmony_message){.role = role};
	return m;
}

struct harmony_message *harmony_say(struct harmony_talk *t,
				    enum harmony_role role, struct slice text)
{
	struct harmony_message *m = add(t, role);
	struct slice *content = arena_array(t->arena, 1, sizeof(*content));
	*content = text;
	m->content = content;
	m->n = 1;
	return m;
}

static struct slice text_or_empty(const struct value *v)
{
	return v && v->type == VALUE_STRING ? value_slice(*v)
					    : (struct slice){"", 0};
}

struct slice harmony_flat_text(struct harmony_talk *t,
			       const struct value *content)
{
	struct buf b;
	bool any = false;
	if (!content || content->type != VALUE_LIST)
		return content && content->type == VALUE_STRING
			       ? value_slice(*content)
			       : (struct slice){NULL, 0};
	buf_init(&b);
	for (uint32_t i = 0; i < content->n; i++) {
		struct value one = content->item[i];
		struct value *text = one.type == VALUE_STRING
					     ? &one
					     : chat_member(one, "text");
		any |= text != NULL;
		buf_append(&b, text_or_empty(text));
	}
	struct slice s = arena_copy(t->arena, buf_slice(&b));
	buf_fini(&b);
	return any ? s : (struct slice){NULL, 0};
}

static bool has_text(const struct value *v)
{
	return v && v->type == VALUE_STRING && v->n > 0;
}

static void think(struct harmony_talk *t, struct value message)
{
	struct value *reasoning = chat_member(message, "reasoning");
	if (!reasoning)
		reasoning = chat_member(message, "reasoning_content");
	if (has_text(reasoning))
		harmony_say(t, HARMONY_ASSISTANT, value_slice(*reasoning))
			->channel = SLICE("analysis");
}

static struct slice function_name(struct harmony_talk *t, struct slice name)
{
	char *p = arena_printf(t->arena, "functions.%.*s", SLICE_ARG(name));
	return slice_of(p);
}

static enum status add_call(struct harmony_talk *t, struct value call)
{
	struct value *function = chat_member(call, "function");
	struct value *arguments = function ? chat_member(*function, "arguments")
					   : NULL;
	if (!function || function->type != VALUE_DICT)
		return chat_wrong(t->err, "a tool call has no function");
	if (arguments && arguments->type != VALUE_STRING)
		return chat_wrong(t->err,
				  "the arguments of a tool call are no text");
	struct slice name = text_or_empty(chat_member(*function, "name"));
	struct harmony_message *m = harmony_say(t, HARMONY_ASSISTANT,
						text_or_empty(arguments));
	m->channel = SLICE("commentary");
	m->recipient = function_name(t, name);
	m->content_type = SLICE("json");
	return OK;
}

static enum status add_calls(struct harmony_talk *t, struct value message,
			     const struct value *calls)
{
	struct slice text = harmony_flat_text(t,
					      chat_member(message, "content"));
	enum status status = OK;
	if (text.n > 0)
		harmony_say(t, HARMONY_ASSISTANT, text)->channel = SLICE(
			"commentary");
	think(t, message);
	for (uint32_t i = 0; i < calls->n && status == OK; i++)
		status = add_call(t, calls->item[i]);
	return status;
}

static void add_result(struct harmony_talk *t, struct value message)
{
	struct value *id = chat_member(message, "tool_call_id");
	struct value *name = id && id->type == VALUE_STRING
				     ? dict_find(t->names.dict, *id)
				     : NULL;
	struct slice text = harmony_flat_text(t,
					      chat_member(message, "content"));
	struct harmony_message *m = harmony_say(
		t, HARMONY_TOOL, text.p ? text : (struct slice){"", 0});
	m->name = function_name(t, text_or_empty(name));
	m->channel = SLICE("commentary");
	m->recipient = SLICE("assistant");
}

/* Each part is a piece of its own; those without text are empty. */
static enum status add_parts(struct harmony_talk *t,
			     const struct value *content,
			     struct harmony_message *m)
{
	struct slice *piece = arena_array(t->arena, content->n + 1,
					  sizeof(*piece));
	for (uint32_t i = 0; i < content->n; i++) {
		if (content->item[i].type != VALUE_DICT)
			return chat_wrong(t->err, "a part is no object");
		piece[i] = text_or_empty(chat_member(content->item[i], "text"));
	}
	m->content = piece;
	m->n = content->n;
	return OK;
}

static enum status add_spoken(struct harmony_talk *t, enum harmony_role role,
			      const struct value *content)
{
	if (!content || content->type == VALUE_STRING) {
		harmony_say(t, role, text_or_empty(content));
		return OK;
	}
	if (content->type != VALUE_LIST)
		return chat_wrong(t->err, "content is neither text nor a list");
	return add_parts(t, content, add(t, role));
}

static enum status add_assistant(struct harmony_talk *t, struct value message)
{
	struct value *calls = chat_member(message, "tool_calls");
	struct value *content = chat_member(message, "content");
	if (calls && calls->type != VALUE_LIST)
		return chat_wrong(t->err, "tool_calls is not a list");
	if (calls && calls->n > 0)
		return add_calls(t, message, calls);
	think(t, message);
	size_t before = t->n;
	enum status status = add_spoken(t, HARMONY_ASSISTANT, content);
	if (status != OK)
		return status;
	struct harmony_message *m = &t->message[before];
	if (m->n > 0 && m->content[0].n > 0)
		m->channel = SLICE("final");
	else
		t->n = before;
	return OK;
}

/* Instructions in the middle of a conversation are the developer's. */
static void add_instructions(struct harmony_talk *t, struct slice text)
{
	struct buf b;
	if (!text.p)
		return;
	buf_init(&b);
	harmony_put_developer(&b, text, NULL, 0, t->arena);
	harmony_say(t, HARMONY_DEVELOPER, arena_copy(t->arena, buf_slice(&b)));
	buf_fini(&b);
}

enum status harmony_add(struct harmony_talk *t, struct value message)
{
	struct value *role = chat_member(message, "role");
	struct value *content = chat_member(message, "content");
	if (!role)
		return chat_wrong(t->err, "one has no role");
	if (value_is(*role, "assistant"))
		return add_assistant(t, message);
	if (value_is(*role, "user"))
		return add_spoken(t, HARMONY_USER, content);
	if (value_is(*role, "tool")) {
		add_result(t, message);
		return OK;
	}
	if (!value_is(*role, "system") && !value_is(*role, "developer"))
		return chat_wrong(t->err, "a role that Harmony does not have");
	add_instructions(t, harmony_flat_text(t, content));
	return OK;
}

void harmony_name_calls(struct harmony_talk *t, struct value message)
{
	struct value *calls = chat_member(message, "tool_calls");
	for (uint32_t i = 0; calls && calls->type == VALUE_LIST && i < calls->n;
	     i++) {
		struct value *id = chat_member(calls->item[i], "id");
		struct value *function = chat_member(calls->item[i],
						     "function");
		struct value *name = function ? chat_member(*function, "name")
					      : NULL;
		if (id && id->type == VALUE_STRING && name)
			dict_set(t->names.dict, *id, *name);
	}
}

void harmony_drop_thoughts(struct harmony_talk *t, size_t first)
{
	size_t last = t->n, kept = first;
	while (last > first &&
	       !(t->message[last - 1].role == HARMONY_ASSISTANT &&
		 slice_equal(t->message[last - 1].channel, SLICE("final"))))
		last--;
	for (size_t i = first; i < t->n; i++)
		if (i + 1 >= last ||
		    !slice_equal(t->message[i].channel, SLICE("analysis")))
			t->message[kept++] = t->message[i];
	t->n = kept;
}

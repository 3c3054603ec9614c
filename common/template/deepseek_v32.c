#include "common/template/chat_content.h"
#include "common/template/deepseek.h"

/* The model was trained on these words. */
static const char tools_before[] =
	"\n\n## Tools\n\n"
	"You have access to a set of tools you can use to answer the user's "
	"question.\n"
	"You can invoke functions by writing a "
	"\"<" DEEPSEEK_DSML "function_calls>\" block like the following as "
	"part of your reply to the user:\n"
	"<" DEEPSEEK_DSML "function_calls>\n"
	"<" DEEPSEEK_DSML "invoke name=\"$FUNCTION_NAME\">\n"
	"<" DEEPSEEK_DSML "parameter name=\"$PARAMETER_NAME\" "
	"string=\"true|false\">$PARAMETER_VALUE</" DEEPSEEK_DSML "parameter>\n"
	"...\n"
	"</" DEEPSEEK_DSML "invoke>\n"
	"<" DEEPSEEK_DSML "invoke name=\"$FUNCTION_NAME2\">\n"
	"...\n"
	"</" DEEPSEEK_DSML "invoke>\n"
	"</" DEEPSEEK_DSML "function_calls>\n\n"
	"String and scalar parameters should be specified as is without any "
	"escaping or quotes, while lists and objects should use JSON format. "
	"The \"string\" attribute should be set to \"true\" for string type "
	"parameters and \"false\" for other types (numbers, booleans, arrays, "
	"objects).\n\n"
	"If the thinking_mode is enabled, then after function results you "
	"should strongly consider outputting a thinking block. Here is an "
	"example:\n\n"
	"<" DEEPSEEK_DSML "function_calls>\n"
	"...\n"
	"</" DEEPSEEK_DSML "function_calls>\n\n"
	"<function_results>\n"
	"...\n"
	"</function_results>\n\n"
	"<think>...thinking about results</think>\n\n"
	"Here are the functions available in JSONSchema format:\n"
	"<functions>\n";
static const char tools_behind[] = "\n</functions>\n";

struct encoder {
	const struct deepseek *d;
	const struct value *message;
	size_t n;
	int64_t last_user;
	size_t results; /* in a row, up to the message at hand */
	struct buf *to;
};

static void put_tools(struct buf *to, const struct value *tools)
{
	if (!tools)
		return;
	buf_puts(to, tools_before);
	deepseek_put_schemas(to, *tools);
	buf_puts(to, tools_behind);
}

static const char *thought(const struct encoder *e, bool on)
{
	return on && e->d->thinking ? "<think>" : "</think>";
}

static void put_user(struct encoder *e, size_t at)
{
	buf_puts(e->to, DEEPSEEK_USER);
	buf_append(e->to, deepseek_text(e->message[at], "content"));
	buf_puts(e->to, DEEPSEEK_MODEL);
	buf_puts(e->to, thought(e, (int64_t)at == e->last_user));
}

static enum status put_developer(struct encoder *e, size_t at)
{
	struct slice text = deepseek_text(e->message[at], "content");
	if (text.n == 0)
		return deepseek_wrong(e->d, "a developer says nothing");
	buf_puts(e->to, DEEPSEEK_USER);
	put_tools(e->to, deepseek_list(e->message[at], "tools"));
	buf_puts(e->to, "\n\n# The user's message is: ");
	buf_append(e->to, text);
	buf_puts(e->to, DEEPSEEK_MODEL);
	buf_puts(e->to, thought(e, (int64_t)at == e->last_user));
	return OK;
}

/* Results follow the message that called for them, one for each call. */
static enum status put_result(struct encoder *e, size_t at)
{
	size_t order = e->results;
	bool called = order <= at &&
		      deepseek_is_role(e->message[at - order], "assistant");
	const struct value *calls =
		called ? deepseek_list(e->message[at - order], "tool_calls")
		       : NULL;
	if (!calls || calls->n < order)
		return deepseek_wrong(e->d, "a result without its call");
	if (order == 1)
		buf_puts(e->to, "\n\n<function_results>");
	buf_puts(e->to, "\n<result>");
	buf_append(e->to, deepseek_text(e->message[at], "content"));
	buf_puts(e->to, "</result>");
	if (order < calls->n)
		return OK;
	buf_puts(e->to, "\n</function_results>\n\n");
	buf_puts(e->to, thought(e, (int64_t)at >= e->last_user));
	return OK;
}

static enum status put_assistant(struct encoder *e, size_t at)
{
	struct value m = e->message[at];
	const struct value *calls = deepseek_list(m, "tool_calls");
	struct slice reasoning = deepseek_text(m, "reasoning");
	enum status status = OK;
	if (reasoning.n == 0)
		reasoning = deepseek_text(m, "reasoning_content");
	if (e->d->thinking && (int64_t)at > e->last_user) {
		if (reasoning.n == 0 && !calls)
			return deepseek_wrong(e->d, "an answer without a "
						    "thought or a call");
		buf_append(e->to, reasoning);
		buf_puts(e->to, "</think>");
	}
	buf_append(e->to, deepseek_text(m, "content"));
	if (calls)
		status = deepseek_put_calls(e->to, *calls, "function_calls",
					    e->d);
	buf_puts(e->to, DEEPSEEK_EOS);
	return status;
}

static enum status put_message(struct encoder *e, size_t at)
{
	struct value m = e->message[at];
	e->results = deepseek_is_role(m, "tool") ? e->results + 1 : 0;
	if (deepseek_is_role(m, "system")) {
		buf_append(e->to, deepseek_text(m, "content"));
		put_tools(e->to, deepseek_list(m, "tools"));
		return OK;
	}
	if (deepseek_is_role(m, "developer"))
		return put_developer(e, at);
	if (deepseek_is_role(m, "user")) {
		put_user(e, at);
		return OK;
	}
	if (deepseek_is_role(m, "tool"))
		return put_result(e, at);
	if (deepseek_is_role(m, "assistant"))
		return put_assistant(e, at);
	return deepseek_wrong(e->d, "a role that is not known");
}

/* Tools come in a system's message of their own, in front. */
static void take_messages(struct encoder *e, const struct deepseek *d)
{
	struct value *m = arena_array(d->arena, d->messages.n + 1, sizeof(*m));
	if (d->tools.type == VALUE_LIST && d->tools.n > 0) {
		struct value first = value_dict(d->arena);
		dict_set_text(first.dict, "role", value_text("system"));
		dict_set_text(first.dict, "tools", d->tools);
		m[e->n++] = first;
	}
	for (uint32_t i = 0; i < d->messages.n; i++)
		m[e->n++] = d->messages.item[i];
	e->message = m;
}

/* Thoughts of turns that are over are dropped; the encoder drops a
 * developer's message along with them, and then trips over the gap. */
static enum status drop_thoughts(struct encoder *e, const struct deepseek *d)
{
	struct value *m = arena_array(d->arena, e->n + 1, sizeof(*m));
	for (size_t i = 0; i < e->n; i++) {
		bool over = (int64_t)i < e->last_user;
		m[i] = e->message[i];
		if (over && deepseek_is_role(m[i], "assistant"))
			m[i] = deepseek_without_thought(m[i], d->arena);
		else if (over && !deepseek_is_role(m[i], "user") &&
			 !deepseek_is_role(m[i], "system") &&
			 !deepseek_is_role(m[i], "tool"))
			return deepseek_wrong(d, "a developer before the last "
						 "user");
	}
	e->message = m;
	return OK;
}

enum status deepseek_v32_render(const struct deepseek *d, size_t max_bytes,
				struct buf *out)
{
	struct encoder e = {.d = d, .to = out};
	size_t mark = buf_len(out);
	enum status status = OK;
	take_messages(&e, d);
	e.last_user = deepseek_last_user(e.message, e.n);
	if (d->thinking && d->drop_thinking)
		status = drop_thoughts(&e, d);
	buf_puts(out, DEEPSEEK_BOS);
	for (size_t i = 0; i < e.n && status == OK; i++) {
		status = put_message(&e, i);
		if (status == OK && buf_len(out) - mark > max_bytes)
			status = error_set(d->err, ERR_LIMIT,
					   "the prompt has over %zu bytes",
					   max_bytes);
	}
	if (status != OK)
		out->end = out->start + mark;
	return status;
}

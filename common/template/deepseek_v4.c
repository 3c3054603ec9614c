#include "common/template/chat_content.h"
#include "common/template/deepseek.h"
#include "common/template/deepseek_merge.h"

/* The model was trained on these words. */
static const char absolute_effort[] =
	"Reasoning Effort: Absolute maximum with no shortcuts permitted.\n"
	"You MUST be very thorough in your thinking and comprehensively "
	"decompose the problem to resolve the root cause, rigorously "
	"stress-testing your logic against all potential paths, edge cases, "
	"and adversarial scenarios.\n"
	"Explicitly write out your entire deliberation process, documenting "
	"every intermediate step, considered alternative, and rejected "
	"hypothesis to ensure absolutely no assumption is left unchecked.\n\n";
static const char beyond_effort[] =
	"Reasoning Effort: Beyond maximum — exhaustive, relentless, and "
	"uncompromising.\n"
	"You MUST reason with the utmost depth and rigor, leaving absolutely "
	"nothing to chance: exhaustively decompose the problem into its most "
	"fundamental components, trace every causal chain to its root, and "
	"resolve the underlying cause rather than any surface symptom.\n"
	"Do not stop reasoning until you have independently verified the "
	"solution from multiple angles and are certain that no assumption "
	"remains unchecked and no error remains undiscovered.\n\n";
static const char tools_before[] =
	"\n\n## Tools\n\n"
	"You have access to a set of tools to help answer the user's question. "
	"You can invoke tools by writing a \"<" DEEPSEEK_DSML "tool_calls>\" "
	"block like the following:\n\n"
	"<" DEEPSEEK_DSML "tool_calls>\n"
	"<" DEEPSEEK_DSML "invoke name=\"$TOOL_NAME\">\n"
	"<" DEEPSEEK_DSML "parameter name=\"$PARAMETER_NAME\" "
	"string=\"true|false\">$PARAMETER_VALUE</" DEEPSEEK_DSML "parameter>\n"
	"...\n"
	"</" DEEPSEEK_DSML "invoke>\n"
	"<" DEEPSEEK_DSML "invoke name=\"$TOOL_NAME2\">\n"
	"...\n"
	"</" DEEPSEEK_DSML "invoke>\n"
	"</" DEEPSEEK_DSML "tool_calls>\n\n"
	"String parameters should be specified as is and set "
	"`string=\"true\"`. For all other types (numbers, booleans, arrays, "
	"objects), pass the value in JSON format and set "
	"`string=\"false\"`.\n\n"
	"If thinking_mode is enabled (triggered by <think>), you MUST output "
	"your complete reasoning inside <think>...</think> BEFORE any tool "
	"calls or final response.\n\n"
	"Otherwise, output directly after </think> with tool calls or final "
	"response.\n\n"
	"### Available Tool Schemas\n\n";
static const char tools_behind[] =
	"\n\nYou MUST strictly follow the above defined tool name and "
	"parameter schemas to invoke tool calls.\n";

static const char *const effort_words[] = {
	[DEEPSEEK_EFFORT_UNTOLD] = "",
	[DEEPSEEK_EFFORT_ABSOLUTE] = absolute_effort,
	[DEEPSEEK_EFFORT_BEYOND] = beyond_effort,
};

struct encoder {
	const struct deepseek *d;
	struct deepseek_turn *turn;
	size_t n;
	int64_t last_user;
	bool drop; /* thoughts of turns that are over */
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

static void put_user(struct encoder *e, const struct deepseek_turn *t)
{
	buf_puts(e->to, DEEPSEEK_USER);
	for (size_t i = 0; i < t->n; i++) {
		if (i > 0)
			buf_puts(e->to, "\n\n");
		buf_puts(e->to, t->block[i].result ? "<tool_result>" : "");
		buf_append(e->to, t->block[i].text);
		buf_puts(e->to, t->block[i].result ? "</tool_result>" : "");
	}
}

static enum status put_assistant(struct encoder *e, size_t at)
{
	struct value m = e->turn[at].message;
	const struct value *calls = deepseek_list(m, "tool_calls");
	bool answers_task = at > 0 &&
			    chat_member(e->turn[at - 1].message, "task");
	enum status status = OK;
	if (e->d->thinking && !answers_task &&
	    (!e->drop || (int64_t)at > e->last_user)) {
		buf_append(e->to, deepseek_text(m, "reasoning"));
		buf_puts(e->to, "</think>");
	}
	buf_append(e->to, deepseek_text(m, "content"));
	if (calls)
		status = deepseek_put_calls(e->to, *calls, "tool_calls", e->d);
	struct value *open = chat_member(m, "wo_eos");
	if (!open || !value_true(*open))
		buf_puts(e->to, DEEPSEEK_EOS);
	return status;
}

static enum status put_developer(struct encoder *e, struct value m)
{
	struct slice text = deepseek_text(m, "content");
	if (text.n == 0)
		return deepseek_wrong(e->d, "a developer says nothing");
	buf_puts(e->to, DEEPSEEK_USER);
	buf_append(e->to, text);
	put_tools(e->to, deepseek_list(m, "tools"));
	return OK;
}

static enum status put_words(struct encoder *e, size_t at)
{
	struct value m = e->turn[at].message;
	if (e->turn[at].user) {
		put_user(e, &e->turn[at]);
		return OK;
	}
	if (deepseek_is_role(m, "system")) {
		buf_append(e->to, deepseek_text(m, "content"));
		put_tools(e->to, deepseek_list(m, "tools"));
		return OK;
	}
	if (deepseek_is_role(m, "latest_reminder")) {
		buf_puts(e->to, "<｜latest_reminder｜>");
		buf_append(e->to, deepseek_text(m, "content"));
		return OK;
	}
	if (deepseek_is_role(m, "developer"))
		return put_developer(e, m);
	if (deepseek_is_role(m, "assistant"))
		return put_assistant(e, at);
	return deepseek_wrong(e->d, "a role that is not known");
}

/* A task of the product's own, which a token of its own asks for. */
static enum status put_task(struct encoder *e, struct value task)
{
	static const char *const known[] = {"action", "query", "authority",
					    "domain", "title", "read_url"};
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (!value_is(task, known[i]))
			continue;
		if (i == 0) {
			buf_puts(e->to, DEEPSEEK_MODEL);
			buf_puts(e->to,
				 e->d->thinking ? "<think>" : "</think>");
		}
		buf_printf(e->to, "<｜%s｜>", known[i]);
		return OK;
	}
	return deepseek_wrong(e->d, "a task that is not known");
}

/* What leads over to the model, where its words follow. */
static enum status put_turn_over(struct encoder *e, size_t at)
{
	struct value m = e->turn[at].message;
	if (at + 1 < e->n &&
	    !deepseek_is_role(e->turn[at + 1].message, "assistant") &&
	    !deepseek_is_role(e->turn[at + 1].message, "latest_reminder"))
		return OK;
	const struct value *task = deepseek_task(&e->turn[at]);
	if (task)
		return put_task(e, *task);
	if (!e->turn[at].user && !deepseek_is_role(m, "developer"))
		return OK;
	bool think = e->d->thinking &&
		     (!e->drop || (int64_t)at >= e->last_user);
	buf_puts(e->to, DEEPSEEK_MODEL);
	buf_puts(e->to, think ? "<think>" : "</think>");
	return OK;
}

static void find_last_user(struct encoder *e)
{
	e->last_user = (int64_t)e->n - 1;
	while (e->last_user >= 0 && !e->turn[e->last_user].user &&
	       !deepseek_is_role(e->turn[e->last_user].message, "developer"))
		e->last_user--;
}

static bool is_kept(const struct deepseek_turn *t)
{
	return t->user || deepseek_is_role(t->message, "system") ||
	       deepseek_is_role(t->message, "latest_reminder") ||
	       deepseek_is_role(t->message, "direct_search_results");
}

/* Before the last user: no thoughts, and nothing of developers. */
static void drop_thoughts(struct encoder *e)
{
	size_t kept = 0;
	for (size_t i = 0; i < e->n; i++) {
		struct deepseek_turn t = e->turn[i];
		bool over = (int64_t)i < e->last_user;
		bool said = deepseek_is_role(t.message, "assistant");
		if (over && said)
			t.message = deepseek_without_thought(t.message,
							     e->d->arena);
		if (!over || said || is_kept(&t))
			e->turn[kept++] = t;
	}
	e->n = kept;
	find_last_user(e);
}

/* The conversation with the request's tools in a system's message of their
 * own, in front. */
static struct deepseek with_tools(const struct deepseek *d)
{
	struct deepseek own = *d;
	struct value first = value_dict(d->arena);
	if (d->tools.type != VALUE_LIST || d->tools.n == 0)
		return own;
	struct value *m = arena_array(d->arena, d->messages.n + 1, sizeof(*m));
	dict_set_text(first.dict, "role", value_text("system"));
	dict_set_text(first.dict, "tools", d->tools);
	m[0] = first;
	for (uint32_t i = 0; i < d->messages.n; i++)
		m[i + 1] = d->messages.item[i];
	own.messages = value_items(VALUE_LIST, m, d->messages.n + 1);
	return own;
}

static bool has_tools(const struct encoder *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (deepseek_list(e->turn[i].message, "tools"))
			return true;
	return false;
}

enum status deepseek_v4_render(const struct deepseek *d, size_t max_bytes,
			       struct buf *out)
{
	struct deepseek own = with_tools(d);
	struct encoder e = {.d = &own, .to = out};
	size_t mark = buf_len(out);
	enum status status = OK;
	e.turn = deepseek_merge(&own, &e.n);
	e.drop = d->drop_thinking && !has_tools(&e);
	find_last_user(&e);
	if (d->thinking && e.drop)
		drop_thoughts(&e);
	buf_puts(out, DEEPSEEK_BOS);
	if (e.n > 0 && d->thinking)
		buf_puts(out, effort_words[d->effort]);
	for (size_t i = 0; i < e.n && status == OK; i++) {
		status = put_words(&e, i);
		if (status == OK)
			status = put_turn_over(&e, i);
		if (status == OK && buf_len(out) - mark > max_bytes)
			status = error_set(d->err, ERR_LIMIT,
					   "the prompt has over %zu bytes",
					   max_bytes);
	}
	if (status != OK)
		out->end = out->start + mark;
	return status;
}

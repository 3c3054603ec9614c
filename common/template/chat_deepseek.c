#include "common/template/chat_deepseek.h"

#include "common/template/chat_message.h"
#include "common/template/chat_variables.h"
#include "common/template/deepseek.h"

static bool is_on(const struct dict *kwargs, const char *name, bool otherwise)
{
	struct value *v = dict_find_text(kwargs, slice_of(name));
	return v ? value_true(*v) : otherwise;
}

static enum status read_messages(const struct chat_request *r,
				 struct deepseek *d)
{
	struct value given;
	struct chat_shape shape = {
		.rules = r->rules,
		.arena = d->arena,
		.err = d->err,
	};
	if (r->parsed) {
		d->messages = value_items(VALUE_LIST, r->parsed, r->n_parsed);
		return OK;
	}
	enum status status = chat_read(r->messages, "messages", d->arena,
				       &given, d->err);
	return status == OK ? chat_messages(&shape, given, &d->messages)
			    : status;
}

/* V4 in vLLM of June: it thinks if it is told to, and the effort says
 * something at its most alone. */
static void read_old_effort(struct deepseek *d, const struct value *effort)
{
	if (effort && value_is(*effort, "max"))
		d->effort = DEEPSEEK_EFFORT_ABSOLUTE;
}

static bool is_little(struct value effort)
{
	return value_is(effort, "low") || value_is(effort, "minimal") ||
	       value_is(effort, "medium");
}

/* In vLLM of August: it thinks unless it is told not to, and hard unless it
 * is told how hard. */
static void read_effort(struct deepseek *d, const struct dict *kwargs,
			const struct value *effort)
{
	if (!dict_find_text(kwargs, SLICE("thinking")) &&
	    !dict_find_text(kwargs, SLICE("enable_thinking")))
		d->thinking = true;
	if (!effort || effort->type != VALUE_STRING)
		d->effort = DEEPSEEK_EFFORT_ABSOLUTE;
	else if (value_is(*effort, "none"))
		d->thinking = false;
	else if (value_is(*effort, "max"))
		d->effort = DEEPSEEK_EFFORT_BEYOND;
	else if (!is_little(*effort))
		d->effort = DEEPSEEK_EFFORT_ABSOLUTE;
}

static void read_kwargs(struct deepseek *d, const struct dict *kwargs,
			enum deepseek_version version, enum chat_compat compat)
{
	struct value *tools = dict_find_text(kwargs, SLICE("tools"));
	struct value *effort = dict_find_text(kwargs,
					      SLICE("reasoning_effort"));
	const struct value *last =
		d->messages.n > 0 ? &d->messages.item[d->messages.n - 1] : NULL;
	d->tools = tools ? *tools : value_none();
	d->thinking = is_on(kwargs, "thinking", false) ||
		      is_on(kwargs, "enable_thinking", false);
	if (version == DEEPSEEK_V4 && compat == CHAT_VLLM_2026_06)
		read_old_effort(d, effort);
	else if (version == DEEPSEEK_V4)
		read_effort(d, kwargs, effort);
	d->drop_thinking = version == DEEPSEEK_V4
				   ? is_on(kwargs, "drop_thinking", true)
				   : last && deepseek_is_role(*last, "user");
}

enum status chat_render_deepseek(enum deepseek_version version,
				 const struct chat_request *r,
				 const struct template_limits *limits,
				 struct arena *arena, struct buf *out,
				 struct error *err)
{
	struct deepseek d = {.arena = arena, .err = err};
	struct dict *kwargs;
	enum status status = read_messages(r, &d);
	if (status == OK)
		status = chat_kwargs(r, arena, &kwargs, err);
	if (status != OK)
		return status;
	read_kwargs(&d, kwargs, version, r->rules.compat);
	if (version == DEEPSEEK_V4)
		return deepseek_v4_render(&d, limits->max_bytes, out);
	if (d.messages.n == 0)
		return deepseek_wrong(&d, "there are none");
	return deepseek_v32_render(&d, limits->max_bytes, out);
}

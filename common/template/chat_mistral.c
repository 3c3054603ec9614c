#include "common/template/chat_mistral.h"

#include "common/template/chat_content.h"
#include "common/template/chat_tools.h"
#include "common/template/chat_variables.h"

/* What the engine refuses before it asks the library. */
static enum status check_request(const struct chat_request *r,
				 const struct mistral *m)
{
	const struct mistral_message *last = m->n > 0 ? &m->message[m->n - 1]
						      : NULL;
	bool assistant = last && last->role == MISTRAL_ASSISTANT;
	struct value kwargs;
	enum status status = chat_read(r->kwargs, "chat_template_kwargs",
				       m->arena, &kwargs, m->err);
	if (status != OK)
		return status;
	if (kwargs.type != VALUE_NONE)
		return error_set(m->err, ERR_INVALID,
				 "chat_template_kwargs: the model has no "
				 "template");
	if (r->add_generation_prompt && r->continue_final_message)
		return error_set(m->err, ERR_INVALID,
				 "continue_final_message: not together with "
				 "add_generation_prompt, which is true unless "
				 "the request says no");
	if (r->add_generation_prompt && assistant)
		return mistral_wrong(m, "the last is the assistant's: to go "
					"on from it, continue_final_message");
	if (r->continue_final_message && !assistant)
		return mistral_wrong(m, "the last is not the assistant's");
	return OK;
}

/* Name, description and parameters, which are never null. */
static struct value shown_tool(struct value tool, struct arena *arena)
{
	struct value *f = chat_member(tool, "function");
	struct value *text = chat_member(*f, "description");
	struct value *parameters = chat_member(*f, "parameters");
	struct value made = value_dict(arena), d = value_dict(arena);
	dict_set_text(made.dict, "name", *chat_member(*f, "name"));
	dict_set_text(made.dict, "description", text ? *text : value_text(""));
	dict_set_text(made.dict, "parameters",
		      parameters ? *parameters : value_dict(arena));
	dict_set_text(d.dict, "type", value_text("function"));
	dict_set_text(d.dict, "function", made);
	return d;
}

static enum status read_tools(const struct chat_request *r, struct mistral *m)
{
	struct value tools;
	enum status status = chat_read(r->exclude_tools && r->no_tool_choice
					       ? (struct slice){NULL, 0}
					       : r->tools,
				       "tools", m->arena, &tools, m->err);
	m->tools = value_none();
	if (status != OK || tools.type == VALUE_NONE)
		return status;
	status = chat_tools(tools, r->rules.compat, m->arena, &tools, m->err);
	if (status != OK)
		return status;
	struct value *item = arena_array(m->arena, tools.n + 1, sizeof(*item));
	for (uint32_t i = 0; i < tools.n; i++)
		item[i] = shown_tool(tools.item[i], m->arena);
	m->tools = value_items(VALUE_LIST, item, tools.n);
	return OK;
}

static bool is_among(struct value list, struct value v)
{
	for (uint32_t i = 0; list.type == VALUE_LIST && i < list.n; i++)
		if (list.item[i].type == VALUE_STRING &&
		    slice_equal(value_slice(list.item[i]), value_slice(v)))
			return true;
	return false;
}

/* One of the model's, or its default; an older one has none. */
static enum status read_effort(const struct chat_request *r, struct mistral *m)
{
	struct value effort;
	struct value *values = chat_member(m->model->effort, "values");
	struct value *preset = chat_member(m->model->effort, "default");
	enum status status = chat_read(r->reasoning_effort, "reasoning_effort",
				       m->arena, &effort, m->err);
	if (status != OK)
		return status;
	if (effort.type == VALUE_NONE && preset)
		effort = *preset;
	if (effort.type == VALUE_NONE || m->model->version < 15 || !preset)
		return OK;
	if (effort.type != VALUE_STRING || !values ||
	    !is_among(*values, effort))
		return error_set(m->err, ERR_INVALID,
				 "reasoning_effort: not one of the model's");
	m->effort = value_slice(effort);
	return OK;
}

static enum status read_messages(const struct chat_request *r,
				 struct mistral *m)
{
	struct value messages;
	enum status status = OK;
	if (r->parsed)
		messages = value_items(VALUE_LIST, r->parsed, r->n_parsed);
	else
		status = chat_read(r->messages, "messages", m->arena, &messages,
				   m->err);
	if (status == OK)
		status = mistral_read(m, messages);
	if (status == OK)
		status = check_request(r, m);
	if (status == OK && r->continue_final_message)
		m->message[m->n - 1].prefix = true;
	return status;
}

enum status chat_render_mistral(const struct mistral_model *model,
				const struct chat_request *r,
				const struct template_limits *limits,
				struct segments *to, struct error *err)
{
	struct mistral m = {.model = model, .arena = to->arena, .err = err};
	size_t mark = buf_len(to->text), n = to->n;
	enum status status = read_messages(r, &m);
	if (status == OK)
		status = read_tools(r, &m);
	if (status == OK)
		status = read_effort(r, &m);
	if (status == OK)
		status = mistral_check(&m);
	if (status != OK)
		return status;
	mistral_merge(&m);
	status = mistral_put(&m, to);
	if (status == OK && buf_len(to->text) - mark > limits->max_bytes)
		status = error_set(err, ERR_LIMIT,
				   "the prompt has over %zu bytes",
				   limits->max_bytes);
	if (status != OK) {
		to->text->end = to->text->start + mark;
		to->n = n;
	}
	return status;
}

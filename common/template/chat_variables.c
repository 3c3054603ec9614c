#include "common/template/chat_variables.h"

#include "common/template/chat_tools.h"
#include "common/template/from_json.h"
#include "common/template/sglang.h"

enum status chat_read(struct slice json, const char *what, struct arena *arena,
		      struct value *out, struct error *err)
{
	*out = value_none();
	if (!json.p)
		return OK;
	enum status status = value_from_json(json, CHAT_MAX_DEPTH, arena, out);
	if (status != OK)
		return error_set(err, status, "%s: not JSON that we can read",
				 what);
	return OK;
}

/* null and "auto" say nothing. */
static bool is_set(struct value v)
{
	return v.type != VALUE_NONE && !value_is(v, "auto");
}

static void overlay(struct dict *to, const struct dict *from)
{
	for (uint32_t i = 0; i < from->n; i++)
		if (is_set(from->entry[i].value))
			dict_set(to, from->entry[i].key, from->entry[i].value);
}

static void set_text(struct dict *to, const char *name, struct value v)
{
	if (is_set(v))
		dict_set_text(to, name, v);
}

static enum status read_object(struct slice json, const char *what,
			       struct arena *arena, struct value *out,
			       struct error *err)
{
	enum status status = chat_read(json, what, arena, out, err);
	if (status == OK && out->type == VALUE_NONE)
		*out = value_dict(arena);
	if (status == OK && out->type != VALUE_DICT)
		return error_set(err, ERR_INVALID, "%s: not an object", what);
	return status;
}

/* What the request says, with its own fields over its kwargs. */
static enum status request_kwargs(const struct chat_request *r,
				  struct arena *arena, struct value *out,
				  struct error *err)
{
	struct value given, documents, effort;
	enum status status = read_object(r->kwargs, "chat_template_kwargs",
					 arena, &given, err);
	if (status == OK)
		status = chat_read(r->documents, "documents", arena, &documents,
				   err);
	if (status == OK)
		status = chat_read(r->reasoning_effort, "reasoning_effort",
				   arena, &effort, err);
	if (status != OK)
		return status;
	if (documents.type != VALUE_NONE && documents.type != VALUE_LIST)
		return error_set(err, ERR_INVALID, "documents: not a list");
	if (effort.type != VALUE_NONE && effort.type != VALUE_STRING)
		return error_set(err, ERR_INVALID,
				 "reasoning_effort: not a word");
	if (effort.type == VALUE_STRING &&
	    !dict_find_text(given.dict, SLICE("enable_thinking")))
		dict_set_text(given.dict, "enable_thinking",
			      value_bool(!value_is(effort, "none")));
	set_text(given.dict, "documents", documents);
	set_text(given.dict, "reasoning_effort", effort);
	*out = given;
	return OK;
}

static enum status request_tools(const struct chat_request *r,
				 struct arena *arena, struct value *out,
				 struct error *err)
{
	struct slice json = r->exclude_tools && r->no_tool_choice
				    ? (struct slice){NULL, 0}
				    : r->tools;
	enum status status = chat_read(json, "tools", arena, out, err);
	if (status == OK && out->type != VALUE_NONE)
		status = chat_tools(*out, r->rules.compat, arena, out, err);
	return status;
}

/* Parameters of the function that renders, which no template sees. */
static bool is_swallowed(struct value name)
{
	static const char *const known[] = {
		"padding",          "truncation",
		"max_length",       "return_tensors",
		"return_dict",      "return_assistant_tokens_mask",
		"tokenizer_kwargs", "continue_final_message",
	};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (value_is(name, known[i]))
			return true;
	return false;
}

/* What a request may not give; `messages` only matters to a template that
 * uses it. */
static enum status check_names(const struct template *t, const struct dict *d,
			       struct error *err)
{
	static const char *const refused[] = {"messages", "chat_template",
					      "tokenize", "conversation"};
	size_t i = t && !template_has_name(t, SLICE("messages"));
	while (i < ARRAY_LEN(refused) &&
	       !dict_find_text(d, slice_of(refused[i])))
		i++;
	if (i == ARRAY_LEN(refused))
		return OK;
	return error_set(err, ERR_INVALID,
			 "chat_template_kwargs: %s is not for requests to give",
			 refused[i]);
}

static void add_known(const struct template *t, struct dict *to,
		      const struct dict *from)
{
	for (uint32_t i = 0; i < from->n; i++) {
		struct value name = from->entry[i].key;
		if (!is_swallowed(name) &&
		    template_has_name(t, value_slice(name)))
			dict_set(to, name, from->entry[i].value);
	}
}

/* Defaults of the server, then the request's tools, then its kwargs. */
static enum status merged(const struct chat_request *r, struct arena *arena,
			  struct value *out, struct error *err)
{
	struct value given = VALUE_NIL, tools = VALUE_NIL;
	enum status status = read_object(r->default_kwargs,
					 "default_chat_template_kwargs", arena,
					 out, err);
	if (status == OK)
		status = request_tools(r, arena, &tools, err);
	if (status == OK)
		status = request_kwargs(r, arena, &given, err);
	if (status != OK)
		return status;
	set_text(out->dict, "tools", tools);
	overlay(out->dict, given.dict);
	return OK;
}

enum status chat_kwargs(const struct chat_request *r, struct arena *arena,
			struct dict **out, struct error *err)
{
	struct value kwargs;
	enum status status = merged(r, arena, &kwargs, err);
	if (status == OK)
		status = check_names(NULL, kwargs.dict, err);
	if (status == OK)
		*out = kwargs.dict;
	return status;
}

static void set_or_none(struct dict *to, const struct dict *from,
			const char *name)
{
	struct value *v = dict_find_text(from, slice_of(name));
	dict_set_text(to, name, v ? *v : value_none());
}

enum status chat_variables(const struct template *t,
			   const struct chat_request *r, struct arena *arena,
			   struct dict **out, struct error *err)
{
	struct value kwargs, d = value_dict(arena);
	if (r->rules.dialect == CHAT_SGLANG)
		return sglang_variables(r, arena, out, err);
	enum status status = merged(r, arena, &kwargs, err);
	if (status == OK)
		status = check_names(t, kwargs.dict, err);
	if (status != OK)
		return status;
	if (r->special_tokens)
		overlay(d.dict, r->special_tokens);
	add_known(t, d.dict, kwargs.dict);
	set_or_none(d.dict, kwargs.dict, "tools");
	set_or_none(d.dict, kwargs.dict, "documents");
	dict_set_text(d.dict, "add_generation_prompt",
		      value_bool(r->add_generation_prompt));
	*out = d.dict;
	return OK;
}

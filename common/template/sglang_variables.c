#include "common/template/chat_content.h"
#include "common/template/chat_variables.h"
#include "common/template/sglang.h"

static struct value or_none(struct value d, const char *name)
{
	struct value *v = chat_member(d, name);
	return v ? *v : value_none();
}

static enum status tools_wrong(struct error *err, const char *what)
{
	return error_set(err, ERR_INVALID, "tools: %s", what);
}

static enum status read_function(struct value function, struct value tool,
				 struct arena *arena, struct value *out,
				 struct error *err)
{
	struct value description = or_none(function, "description");
	struct value name = or_none(function, "name");
	struct value strict = or_none(function, "strict");
	struct value defer = or_none(function, "defer_loading");
	if (name.type != VALUE_STRING)
		return tools_wrong(err, "a function has no name");
	if (description.type != VALUE_STRING && description.type != VALUE_NONE)
		return tools_wrong(err, "a description is no text");
	if (strict.type != VALUE_BOOL &&
	    dict_find_text(function.dict, SLICE("strict")))
		return tools_wrong(err, "strict is not true or false");
	if (strict.type != VALUE_BOOL)
		strict = value_bool(false);
	if (defer.type == VALUE_NONE)
		defer = or_none(tool, "defer_loading");
	*out = value_dict(arena);
	dict_set_text(out->dict, "description", description);
	dict_set_text(out->dict, "name", name);
	dict_set_text(out->dict, "parameters", or_none(function, "parameters"));
	dict_set_text(out->dict, "strict", strict);
	if (defer.type != VALUE_NONE)
		dict_set_text(out->dict, "defer_loading", defer);
	return OK;
}

static enum status read_tool(struct value tool, enum chat_compat compat,
			     struct arena *arena, struct value *out,
			     struct error *err)
{
	struct value *function = chat_member(tool, "function"), made;
	struct value *type = chat_member(tool, "type");
	if (!function || function->type != VALUE_DICT)
		return tools_wrong(err, "one has no function");
	if (type && type->type != VALUE_STRING)
		return tools_wrong(err, "a type is no text");
	enum status status = read_function(*function, tool, arena, &made, err);
	if (status != OK)
		return status;
	*out = value_dict(arena);
	dict_set_text(out->dict, "type", type ? *type : value_text("function"));
	dict_set_text(out->dict, "function", made);
	if (compat != CHAT_VLLM_2026_06)
		dict_set_text(out->dict, "defer_loading",
			      or_none(tool, "defer_loading"));
	return OK;
}

static bool is_named(struct value tool, const struct value *only)
{
	struct value function = *chat_member(tool, "function");
	return slice_equal(value_slice(*chat_member(function, "name")),
			   value_slice(*only));
}

enum status sglang_tools(struct value tools, const struct value *only,
			 enum chat_compat compat, struct arena *arena,
			 struct value *out, struct error *err)
{
	if (tools.type != VALUE_LIST)
		return tools_wrong(err, "not a list");
	struct value *item = arena_array(arena, tools.n + 1, sizeof(*item));
	uint32_t n = 0;
	for (uint32_t i = 0; i < tools.n; i++) {
		enum status status = read_tool(tools.item[i], compat, arena,
					       &item[n], err);
		if (status != OK)
			return status;
		n += !only || is_named(item[n], only);
	}
	*out = value_items(VALUE_LIST, item, n);
	return OK;
}

/* The function that is to be called, or NULL. */
static struct value *chosen(struct value choice)
{
	struct value *function = chat_member(choice, "function");
	struct value *name = function ? chat_member(*function, "name") : NULL;
	return name && name->type == VALUE_STRING ? name : NULL;
}

static enum status read_tools(const struct chat_request *r, struct arena *arena,
			      struct value *out, struct error *err)
{
	struct value tools, choice;
	enum status status = chat_read(r->tools, "tools", arena, &tools, err);
	*out = value_none();
	if (status == OK)
		status = chat_read(r->tool_choice, "tool_choice", arena,
				   &choice, err);
	if (status != OK || tools.type == VALUE_NONE)
		return status;
	status = sglang_tools(tools, chosen(choice), r->rules.compat, arena,
			      &tools, err);
	if (status == OK && tools.n > 0 && !r->no_tool_choice)
		*out = tools;
	return status;
}

/* What the function that renders has of its own. */
static bool is_refused(struct value name)
{
	static const char *const refused[] = {
		"conversation", "chat_template",
		"tokenize",     "return_dict",
		"tools",        "add_generation_prompt",
		"messages",     "continue_final_message",
	};
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (value_is(name, refused[i]))
			return true;
	return false;
}

static enum status overlay(struct dict *to, const struct dict *from,
			   struct error *err)
{
	for (uint32_t i = 0; i < from->n; i++) {
		if (is_refused(from->entry[i].key))
			return error_set(err, ERR_INVALID,
					 "chat_template_kwargs: a name that "
					 "is not for requests to give");
		dict_set(to, from->entry[i].key, from->entry[i].value);
	}
	return OK;
}

static void set_default(struct dict *to, const char *name, bool truth)
{
	if (!dict_find_text(to, slice_of(name)))
		dict_set_text(to, name, value_bool(truth));
}

static enum status read_kwargs(const struct chat_request *r,
			       struct arena *arena, struct dict *to,
			       struct error *err)
{
	struct value given, effort;
	enum status status = chat_read(r->kwargs, "chat_template_kwargs", arena,
				       &given, err);
	if (status == OK)
		status = chat_read(r->reasoning_effort, "reasoning_effort",
				   arena, &effort, err);
	if (status != OK)
		return status;
	if (given.type == VALUE_NONE)
		given = value_dict(arena);
	if (given.type != VALUE_DICT)
		return error_set(err, ERR_INVALID,
				 "chat_template_kwargs: not an object");
	if (effort.type != VALUE_NONE) {
		bool think = !value_is(effort, "none");
		set_default(given.dict, "thinking", think);
		set_default(given.dict, "enable_thinking", think);
		dict_set_text(to, "reasoning_effort", effort);
	}
	return overlay(to, given.dict, err);
}

enum status sglang_variables(const struct chat_request *r, struct arena *arena,
			     struct dict **out, struct error *err)
{
	struct dict *d = value_dict(arena).dict;
	struct value tools;
	enum status status = read_tools(r, arena, &tools, err);
	for (uint32_t i = 0; r->special_tokens && i < r->special_tokens->n; i++)
		dict_set(d, r->special_tokens->entry[i].key,
			 r->special_tokens->entry[i].value);
	if (!dict_find_text(d, SLICE("documents")))
		dict_set_text(d, "documents", value_none());
	if (status == OK)
		status = read_kwargs(r, arena, d, err);
	if (status != OK)
		return status;
	dict_set_text(d, "tools", tools);
	dict_set_text(d, "add_generation_prompt", value_bool(true));
	*out = d;
	return OK;
}

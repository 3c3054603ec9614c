#include "common/template/chat_tools.h"

#include "common/template/chat_content.h"

static void add_missing(struct dict *to, struct value from)
{
	for (uint32_t i = 0; i < from.dict->n; i++)
		if (!dict_find(to, from.dict->entry[i].key))
			dict_set(to, from.dict->entry[i].key,
				 from.dict->entry[i].value);
}

struct value chat_ordered(struct arena *arena, struct value d,
			  const char *const *order, size_t n)
{
	struct value made = value_dict(arena);
	if (d.type != VALUE_DICT)
		return made;
	for (size_t i = 0; i < n; i++) {
		struct value *v = dict_find_text(d.dict, slice_of(order[i]));
		if (v)
			dict_set_text(made.dict, order[i], *v);
	}
	add_missing(made.dict, d);
	return made;
}

static void set_if_given(struct dict *to, struct value from, const char *name)
{
	struct value *v = chat_member(from, name);
	if (v)
		dict_set_text(to, name, *v);
}

/* The fields that are declared come first and are null where absent. What
 * else the client said stayed at the end, until the engine dropped it. */
static struct value function_of(struct value function, struct value tool,
				enum chat_compat compat, struct arena *arena)
{
	static const char *const declared[] = {"name", "description",
					       "parameters"};
	struct value f = value_dict(arena);
	for (size_t i = 0; i < ARRAY_LEN(declared); i++) {
		struct value *v = chat_member(function, declared[i]);
		dict_set_text(f.dict, declared[i], v ? *v : value_none());
	}
	if (compat == CHAT_VLLM_2026_06) {
		add_missing(f.dict, function);
		return f;
	}
	set_if_given(f.dict, function, "strict");
	set_if_given(f.dict, function, "defer_loading");
	if (!dict_find_text(f.dict, SLICE("defer_loading")))
		set_if_given(f.dict, tool, "defer_loading");
	return f;
}

static enum status tool_of(struct value tool, enum chat_compat compat,
			   struct arena *arena, struct value *out,
			   struct error *err)
{
	struct value *function = chat_member(tool, "function");
	struct value *type = chat_member(tool, "type"), d = value_dict(arena);
	if (!function || function->type != VALUE_DICT)
		return error_set(err, ERR_INVALID,
				 "tools: one has no function");
	if (type && !value_is(*type, "function"))
		return error_set(err, ERR_INVALID,
				 "tools: one is not of type function");
	struct value *name = chat_member(*function, "name");
	struct value *parameters = chat_member(*function, "parameters");
	if (!name || name->type != VALUE_STRING)
		return error_set(err, ERR_INVALID,
				 "tools: a function has no name");
	if (parameters && parameters->type != VALUE_DICT)
		return error_set(err, ERR_INVALID,
				 "tools: parameters is not an object");
	dict_set_text(d.dict, "type", value_text("function"));
	dict_set_text(d.dict, "function",
		      function_of(*function, tool, compat, arena));
	if (compat == CHAT_VLLM_2026_06)
		add_missing(d.dict, tool);
	else
		set_if_given(d.dict, tool, "defer_loading");
	*out = d;
	return OK;
}

enum status chat_tools(struct value tools, enum chat_compat compat,
		       struct arena *arena, struct value *out,
		       struct error *err)
{
	if (tools.type != VALUE_LIST)
		return error_set(err, ERR_INVALID, "tools: not a list");
	/* The engine of today refuses a list of none. */
	if (tools.n == 0 && compat != CHAT_VLLM_2026_06)
		return error_set(err, ERR_INVALID, "tools: an empty list");
	struct value *item = arena_array(arena, tools.n + 1, sizeof(*item));
	for (uint32_t i = 0; i < tools.n; i++) {
		enum status status = tool_of(tools.item[i], compat, arena,
					     &item[i], err);
		if (status != OK)
			return status;
	}
	*out = value_items(VALUE_LIST, item, tools.n);
	return OK;
}

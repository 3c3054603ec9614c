#include "common/template/sglang.h"

#include <string.h>

#include "common/template/chat_content.h"
#include "common/template/chat_variables.h"
#include "common/template/passes.h"

static enum status read_messages(const struct chat_request *r,
				 struct arena *arena, struct value *out,
				 struct error *err)
{
	struct value given, *item;
	if (r->parsed) {
		*out = value_items(VALUE_LIST, r->parsed, r->n_parsed);
		return OK;
	}
	enum status status = chat_read(r->messages, "messages", arena, &given,
				       err);
	if (status == OK && given.type != VALUE_LIST)
		return chat_wrong(err, "not a list");
	item = arena_array(arena, given.n + 1, sizeof(*item));
	for (uint32_t i = 0; i < given.n && status == OK; i++)
		status = sglang_message(given.item[i], &r->rules, arena,
					&item[i], err);
	if (status == OK)
		*out = value_items(VALUE_LIST, item, given.n);
	return status;
}

static struct value as_user(struct value content, struct arena *arena)
{
	struct value d = value_dict(arena);
	dict_set_text(d.dict, "role", value_text("user"));
	dict_set_text(d.dict, "content", content);
	return d;
}

/* An answer at the end, if it is a text. */
static void take_last(const struct chat_request *r, struct value *messages,
		      struct arena *arena, struct slice *prefix)
{
	uint32_t n = messages->n;
	if (n == 0)
		return;
	struct value last = messages->item[n - 1];
	struct value content = *chat_member(last, "content");
	if (!value_is(*chat_member(last, "role"), "assistant") ||
	    content.type != VALUE_STRING)
		return;
	if (r->continue_final_message) {
		*prefix = value_slice(content);
		messages->n--;
		return;
	}
	struct value *item = arena_array(arena, n, sizeof(*item));
	memcpy(item, messages->item, n * sizeof(*item));
	item[n - 1] = as_user(content, arena);
	*messages = value_items(VALUE_LIST, item, n);
}

static struct value bare(struct value tools, struct arena *arena)
{
	struct value *item = arena_array(arena, tools.n + 1, sizeof(*item));
	for (uint32_t i = 0; i < tools.n; i++)
		item[i] = *chat_member(tools.item[i], "function");
	return value_items(VALUE_LIST, item, tools.n);
}

static struct dict *copy_of(const struct dict *d, struct arena *arena)
{
	struct dict *copy = value_dict(arena).dict;
	for (uint32_t i = 0; i < d->n; i++)
		dict_set(copy, d->entry[i].key, d->entry[i].value);
	return copy;
}

static enum status set_variables(const struct chat_request *r,
				 struct arena *arena, struct dict **out,
				 struct error *err)
{
	if (!r->variables)
		return sglang_variables(r, arena, out, err);
	*out = copy_of(r->variables, arena);
	return OK;
}

/* A template that fails gets the functions without what is round them. */
static enum status render(const struct template *t,
			  const struct chat_request *r, struct dict *variables,
			  const struct template_limits *limits,
			  struct arena *arena, struct buf *out,
			  struct error *err)
{
	struct value tools = *dict_find_text(variables, SLICE("tools"));
	enum status status = template_render(t, variables, r->now, limits, NULL,
					     NULL, arena, out, err);
	if (status != ERR_INVALID || tools.type != VALUE_LIST)
		return status;
	dict_set_text(variables, "tools", bare(tools, arena));
	return template_render(t, variables, r->now, limits, NULL, NULL, arena,
			       out, err);
}

enum status sglang_render(const struct template *t,
			  const struct chat_request *r,
			  const struct template_limits *limits,
			  struct arena *arena, struct buf *out,
			  struct error *err)
{
	struct slice prefix = {NULL, 0};
	struct dict *variables = NULL;
	struct value messages;
	enum status status = read_messages(r, arena, &messages, err);
	if (r->passes)
		passes_forget(r->passes);
	if (status == OK)
		status = set_variables(r, arena, &variables, err);
	if (status != OK)
		return status;
	take_last(r, &messages, arena, &prefix);
	dict_set_text(variables, "messages", messages);
	status = render(t, r, variables, limits, arena, out, err);
	if (status == OK)
		buf_append(out, prefix);
	return status;
}

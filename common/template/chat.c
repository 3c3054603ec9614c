#include "common/template/chat.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/template/chat_message.h"
#include "common/template/eval.h"
#include "common/template/from_json.h"
#include "common/template/unicode.h"

#define TAG            "CONTINUE_FINAL_MESSAGE_TAG"
#define MAX_TREE_DEPTH 1000

/* Without filters, tests and slices round it. */
static const struct node *bare(const struct node *node)
{
	while (node->kind == NODE_FILTER || node->kind == NODE_TEST ||
	       node->kind == NODE_SLICE)
		node = node->a;
	return node;
}

static bool is_content(const struct node *node)
{
	node = bare(node);
	if (node->kind == NODE_NAME)
		return slice_equal(node->text, SLICE("content"));
	if (node->kind == NODE_ATTR)
		return node->a->kind == NODE_NAME &&
		       slice_equal(node->text, SLICE("content"));
	return node->kind == NODE_ITEM && node->a->kind == NODE_NAME &&
	       node->b->kind == NODE_CONST &&
	       value_is(node->b->value, "content");
}

/* vLLM's rule: a loop over the content itself or over a plain `content`
 * counts, not one over another variable that holds it. Elif chains hang one
 * below the other, as do long sums, hence the bound. */
static bool loops_over_content(const struct node *node, unsigned depth)
{
	if (!node || depth == 0)
		return false;
	if (node->kind == NODE_FOR && is_content(node->b))
		return true;
	for (uint32_t i = 0; i < node->n; i++)
		if (loops_over_content(node->list[i], depth - 1))
			return true;
	return loops_over_content(node->d, depth - 1);
}

enum chat_content chat_content_of(const struct template *t)
{
	return loops_over_content(template_root(t), MAX_TREE_DEPTH)
		       ? CHAT_PARTS
		       : CHAT_STRING;
}

static bool has_text(struct slice s, const char *text)
{
	return memmem(s.p, s.n, text, strlen(text)) != NULL;
}

static enum status parse(struct slice json, const char *what,
			 struct arena *arena, struct value *out,
			 struct error *err)
{
	enum status status = value_from_json(json, CHAT_MAX_DEPTH, arena, out);
	if (status != OK)
		return error_set(err, status, "%s: not JSON that we can read",
				 what);
	return OK;
}

static struct value tagged(struct value text, struct arena *arena)
{
	char *p = arena_printf(arena, "%.*s%s ", SLICE_ARG(value_slice(text)),
			       TAG);
	return value_string((struct slice){p, text.n + sizeof(TAG)});
}

/* Marks where the last message's text ends. */
static enum status mark_end(struct value messages, struct arena *arena,
			    struct error *err)
{
	if (messages.n == 0)
		return error_set(err, ERR_INVALID,
				 "messages: none to go on "
				 "with");
	struct dict *last = messages.item[messages.n - 1].dict;
	struct value *content = dict_find_text(last, SLICE("content"));
	if (content->type == VALUE_STRING) {
		*content = tagged(*content, arena);
		return OK;
	}
	if (content->n == 0)
		return error_set(err, ERR_INVALID,
				 "messages: the last has no "
				 "text to go on with");
	struct dict *part = content->item[content->n - 1].dict;
	struct value *text = dict_find_text(part, SLICE("text"));
	*text = tagged(*text, arena);
	return OK;
}

/* Cuts what was put out from `mark` on at the last tag. */
static enum status cut_at_tag(struct buf *out, size_t mark, struct error *err)
{
	struct slice text = slice_from(buf_slice(out), mark), cut;
	size_t n = sizeof(TAG) - 1, at = text.n;
	while (at >= n && memcmp(text.p + at - n, TAG, n) != 0)
		at--;
	if (at < n) {
		out->end = out->start + mark;
		return error_set(err, ERR_INVALID,
				 "continue_final_message: the template does "
				 "not show the last message");
	}
	cut = (struct slice){text.p, at - n};
	/* Without the blank, the template has trimmed the text. */
	if (at == text.n || text.p[at] != ' ')
		cut = text_strip(cut, NULL, false, true);
	out->end = out->start + mark + cut.n;
	return OK;
}

static enum status add_kwargs(const struct chat_request *r, struct dict *to,
			      struct arena *arena, struct error *err)
{
	struct value v;
	if (!r->kwargs.p)
		return OK;
	enum status status = parse(r->kwargs, "chat_template_kwargs", arena, &v,
				   err);
	if (status != OK || v.type == VALUE_NONE)
		return status;
	if (v.type != VALUE_DICT)
		return error_set(err, ERR_INVALID,
				 "chat_template_kwargs: not an object");
	for (uint32_t i = 0; i < v.dict->n; i++)
		dict_set(to, v.dict->entry[i].key, v.dict->entry[i].value);
	return OK;
}

enum status chat_message(struct slice raw, enum chat_content content,
			 struct arena *arena, struct value *out,
			 struct error *err)
{
	struct value *one = arena_array(arena, 1, sizeof(*one)), list;
	enum status status = parse(raw, "messages", arena, one, err);
	if (status == OK)
		status = chat_messages(value_items(VALUE_LIST, one, 1), content,
				       arena, &list, err);
	if (status == OK)
		*out = list.item[0];
	return status;
}

static enum status read_messages(const struct chat_request *r,
				 struct arena *arena, struct value *out,
				 struct error *err)
{
	struct value given;
	if (r->parsed) {
		ASSERT(!r->continue_final_message);
		*out = value_items(VALUE_LIST, r->parsed, r->n_parsed);
		return OK;
	}
	enum status status = parse(r->messages, "messages", arena, &given, err);
	return status == OK ? chat_messages(given, r->content, arena, out, err)
			    : status;
}

static enum status variables(const struct template *t,
			     const struct chat_request *r, struct arena *arena,
			     struct value *out, struct error *err)
{
	struct value messages, tools = value_none(), d = value_dict(arena);
	struct slice source = template_source(t);
	enum status status = read_messages(r, arena, &messages, err);
	if (status == OK && !has_text(source, "'developer'") &&
	    !has_text(source, "\"developer\""))
		status = chat_merge_system(&messages, r->content, arena, err);
	if (status == OK && r->continue_final_message)
		status = mark_end(messages, arena, err);
	if (status == OK && r->tools.p)
		status = parse(r->tools, "tools", arena, &tools, err);
	if (status == OK && tools.type != VALUE_NONE)
		status = chat_tools(tools, arena, &tools, err);
	for (uint32_t i = 0; r->special_tokens && i < r->special_tokens->n; i++)
		dict_set(d.dict, r->special_tokens->entry[i].key,
			 r->special_tokens->entry[i].value);
	dict_set_text(d.dict, "documents", value_none());
	if (status == OK)
		status = add_kwargs(r, d.dict, arena, err);
	if (status != OK)
		return status;
	dict_set_text(d.dict, "messages", messages);
	dict_set_text(d.dict, "tools", tools);
	dict_set_text(d.dict, "add_generation_prompt",
		      value_bool(r->add_generation_prompt));
	*out = d;
	return OK;
}

enum status chat_render(const struct template *t, const struct chat_request *r,
			const struct template_limits *limits,
			struct arena *arena, struct buf *out, struct error *err)
{
	struct value d;
	size_t mark = buf_len(out);
	enum status status = variables(t, r, arena, &d, err);
	if (status == OK)
		status = template_render(t, d.dict, r->now, limits, arena, out,
					 err);
	if (status == OK && r->continue_final_message)
		status = cut_at_tag(out, mark, err);
	return status;
}

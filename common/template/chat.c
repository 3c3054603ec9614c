#include "common/template/chat.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/template/chat_message.h"
#include "common/template/chat_plain.h"
#include "common/template/chat_variables.h"
#include "common/template/outline.h"
#include "common/template/passes.h"
#include "common/template/sglang.h"
#include "common/template/unicode.h"

#define TAG "CONTINUE_FINAL_MESSAGE_TAG"

/* Stand for the first of the media; no byte of theirs is the same. */
#define MARK_A "A first of them"
#define MARK_B "b second one"

/* One way to show the media of a request. */
struct view {
	int media;
	const char *mark;
};

enum chat_content chat_content_of(const struct template *t)
{
	return chat_content_for(t, CHAT_VLLM, CHAT_VLLM_2026_08);
}

static struct value tagged(struct value text, struct arena *arena)
{
	char *p = arena_printf(arena, "%.*s%s ", SLICE_ARG(value_slice(text)),
			       TAG);
	return value_string((struct slice){p, text.n + sizeof(TAG)});
}

/* The last text of a message's content, or NULL. */
static struct value *last_text(struct value message)
{
	struct value *content = dict_find_text(message.dict, SLICE("content"));
	if (content->type == VALUE_STRING)
		return content;
	for (uint32_t i = content->n; i-- > 0;) {
		struct value *text = dict_find_text(content->item[i].dict,
						    SLICE("text"));
		if (text)
			return text;
	}
	return NULL;
}

/* Marks where the last message's text ends. */
static enum status mark_end(struct value messages, struct arena *arena,
			    struct error *err)
{
	struct value *text = messages.n > 0
				     ? last_text(messages.item[messages.n - 1])
				     : NULL;
	if (!text)
		return error_set(err, ERR_INVALID,
				 "continue_final_message: there is no text to "
				 "go on with");
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

enum status chat_message(struct slice raw, const struct chat_rules *rules,
			 struct arena *arena, struct value *out,
			 struct error *err)
{
	struct value *one = arena_array(arena, 1, sizeof(*one)), list;
	struct chat_shape s = {
		.rules = *rules,
		.arena = arena,
		.err = err,
	};
	struct chat_plain plain;
	if (chat_plain_read(raw, rules, arena, &plain)) {
		*out = chat_plain_value(&plain, arena);
		return OK;
	}
	enum status status = chat_read(raw, "messages", arena, one, err);
	if (status == OK && rules->dialect == CHAT_SGLANG)
		return sglang_message(*one, rules, arena, out, err);
	if (status == OK)
		status = chat_messages(&s, value_items(VALUE_LIST, one, 1),
				       &list);
	if (status == OK)
		*out = list.item[0];
	return status;
}

static enum status read_messages(const struct chat_request *r,
				 struct chat_shape *s, struct value *out)
{
	struct value given;
	if (r->parsed) {
		ASSERT(!r->continue_final_message);
		*out = value_items(VALUE_LIST, r->parsed, r->n_parsed);
		return OK;
	}
	enum status status = chat_read(r->messages, "messages", s->arena,
				       &given, s->err);
	return status == OK ? chat_messages(s, given, out) : status;
}

static enum status shape_messages(const struct template *t,
				  const struct chat_request *r,
				  struct chat_shape *s, struct value *out)
{
	enum status status = read_messages(r, s, out);
	if (status == OK && !r->no_developer && !template_quotes_developer(t))
		status = chat_merge_system(out, r->rules.content, s->arena,
					   s->err);
	if (status == OK && r->continue_final_message)
		status = mark_end(*out, s->arena, s->err);
	return status;
}

/* With room for one more; templates look at the entries alone. */
static struct dict *copy_of(const struct dict *d, struct arena *arena)
{
	struct dict *copy = value_dict(arena).dict;
	copy->n = d->n;
	copy->room = d->n + 1;
	copy->entry = arena_array(arena, copy->room, sizeof(*copy->entry));
	if (d->n > 0)
		memcpy(copy->entry, d->entry, d->n * sizeof(*copy->entry));
	return copy;
}

/* They know the messages by their places. */
static struct passes *passes_for(const struct chat_request *r,
				 struct value messages)
{
	if (!r->passes || messages.item == r->parsed)
		return r->passes;
	passes_forget(r->passes);
	return NULL;
}

static enum status render(const struct template *t,
			  const struct chat_request *r,
			  const struct template_limits *limits,
			  struct chat_shape *s, struct buf *out)
{
	struct dict *variables = NULL;
	struct outlining *outlining = NULL;
	struct passes *passes;
	struct value messages;
	size_t mark = buf_len(out);
	if (r->continue_final_message && r->add_generation_prompt)
		return error_set(s->err, ERR_INVALID,
				 "continue_final_message: not together with "
				 "add_generation_prompt, which is true unless "
				 "the request says no");
	enum status status = shape_messages(t, r, s, &messages);
	if (status == OK && !r->variables)
		status = chat_variables(t, r, s->arena, &variables, s->err);
	if (status != OK)
		return status;
	passes = passes_for(r, messages);
	if (r->outlining && messages.item == r->parsed) {
		outlining = r->outlining;
		messages = outline_mark(outlining, r->parsed, r->n_parsed,
					s->arena);
	}
	if (r->variables)
		variables = copy_of(r->variables, s->arena);
	dict_set_text(variables, "messages", messages);
	status = template_render(t, variables, r->now, limits, passes,
				 outlining, s->arena, out, s->err);
	if (status == OK && r->continue_final_message)
		status = cut_at_tag(out, mark, s->err);
	return status;
}

enum status chat_render(const struct template *t, const struct chat_request *r,
			const struct template_limits *limits,
			struct arena *arena, struct buf *out, struct error *err)
{
	struct chat_shape s = {
		.rules = r->rules,
		.arena = arena,
		.err = err,
	};
	if (r->rules.dialect == CHAT_SGLANG)
		return sglang_render(t, r, limits, arena, out, err);
	return render(t, r, limits, &s, out);
}

static enum status render_view(const struct template *t,
			       const struct chat_request *r,
			       const struct template_limits *limits,
			       const struct view *view, struct arena *arena,
			       struct buf *out, struct error *err)
{
	struct chat_shape s = {
		.rules = r->rules,
		.media = view->media,
		.mark = view->mark,
		.arena = arena,
		.err = err,
	};
	enum status status = render(t, r, limits, &s, out);
	if (status == OK && !s.has_media)
		return error_set(err, ERR_NOT_FOUND,
				 "messages: there are no media");
	return status;
}

static size_t common_bytes(struct slice a, struct slice b)
{
	size_t n = 0;
	while (n < a.n && n < b.n && a.p[n] == b.p[n])
		n++;
	return n;
}

/* Two marks differ from their first byte on, so what two renderings share
 * stands before them; and before the media themselves, where the template
 * shows those. */
enum status chat_render_before_media(const struct template *t,
				     const struct chat_request *r,
				     const struct template_limits *limits,
				     struct arena *arena, struct buf *out,
				     struct error *err)
{
	static const struct view views[] = {
		{MEDIA_MARKED, MARK_A},
		{MEDIA_MARKED, MARK_B},
		{MEDIA_SHOWN, NULL},
	};
	size_t n_views = r->rules.content == CHAT_PARTS ? 3 : 2, n = 0;
	enum status status = OK;
	struct buf first, other;
	if (r->continue_final_message || r->rules.dialect == CHAT_SGLANG)
		return error_set(err, ERR_UNSUPPORTED,
				 "media: where they are put is not known");
	buf_init(&first);
	buf_init(&other);
	for (size_t i = 0; i < n_views && status == OK; i++) {
		struct buf *to = i == 0 ? &first : &other;
		buf_reset(&other, SIZE_MAX);
		status = render_view(t, r, limits, &views[i], arena, to, err);
		size_t same = common_bytes(buf_slice(&first), buf_slice(to));
		n = i == 0 || same < n ? same : n;
	}
	if (status == OK)
		buf_append(out, (struct slice){buf_slice(&first).p, n});
	buf_fini(&first);
	buf_fini(&other);
	return status;
}

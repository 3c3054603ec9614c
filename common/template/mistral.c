#include "common/template/mistral.h"

#include "common/template/chat.h"
#include "common/template/from_json.h"
#include "common/template/json_text.h"

/* Where the conversation's users stand; -1: there is none. */
struct users {
	int64_t first, last;
};

static struct users find_users(const struct mistral *m)
{
	struct users u = {-1, -1};
	for (size_t i = 0; i < m->n; i++) {
		if (m->message[i].role != MISTRAL_USER)
			continue;
		u.last = (int64_t)i;
		if (u.first < 0)
			u.first = u.last;
	}
	return u;
}

static void put_json(struct segments *to, struct value v)
{
	json_text_value(to->text, v, &json_style_python);
	segments_close(to, false);
}

static void put_tools(const struct mistral *m, struct segments *to)
{
	if (m->tools.type == VALUE_LIST && m->tools.n > 0) {
		segments_token(to, "[AVAILABLE_TOOLS]");
		put_json(to, m->tools);
		segments_token(to, "[/AVAILABLE_TOOLS]");
	}
	if (m->model->version < 15 || !m->effort.p)
		return;
	segments_token(to, "[MODEL_SETTINGS]");
	buf_puts(to->text, "{\"reasoning_effort\": ");
	json_text_string(to->text, m->effort, false);
	buf_putc(to->text, '}');
	segments_close(to, false);
	segments_token(to, "[/MODEL_SETTINGS]");
}

static void put_system(const struct mistral *m, struct buf *to)
{
	if (m->system.n > 0) {
		buf_append(to, m->system);
		buf_puts(to, "\n\n");
	}
}

static void put_user(const struct mistral *m, const struct mistral_message *one,
		     bool first, bool last, struct segments *to)
{
	int version = m->model->version;
	if (version == 1) {
		buf_puts(to->text, "[INST] ");
		if (first)
			put_system(m, to->text);
		buf_append(to->text, mistral_text(one, m->arena));
		buf_puts(to->text, " [/INST]");
		segments_close(to, false);
		return;
	}
	if (version < 13 ? last : first)
		put_tools(m, to);
	segments_token(to, "[INST]");
	if (version < 7 && last)
		put_system(m, to->text);
	segments_put(to, mistral_text(one, m->arena), false);
	segments_token(to, "[/INST]");
}

static void put_chunks(const struct mistral_message *one, struct segments *to)
{
	for (size_t i = 0; i < one->n_chunks; i++) {
		const struct mistral_chunk *c = &one->chunk[i];
		if (c->think)
			segments_token(to, "[THINK]");
		segments_put(to, c->text, false);
		if (c->think && c->closed)
			segments_token(to, "[/THINK]");
	}
}

/* A call as the older versions list it. */
static struct value listed_call(const struct mistral *m,
				const struct mistral_call *call)
{
	struct value d = value_dict(m->arena);
	dict_set_text(d.dict, "name", value_string(call->name));
	dict_set_text(d.dict, "arguments", call->arguments);
	if (m->model->version >= 3)
		dict_set_text(d.dict, "id", call->id);
	return d;
}

static void put_listed_calls(const struct mistral *m,
			     const struct mistral_message *one,
			     struct segments *to)
{
	struct value *item = arena_array(m->arena, one->n_calls + 1,
					 sizeof(*item));
	for (size_t i = 0; i < one->n_calls; i++)
		item[i] = listed_call(m, &one->call[i]);
	segments_token(to, "[TOOL_CALLS]");
	put_json(to, value_items(VALUE_LIST, item, one->n_calls));
}

static void put_calls(const struct mistral *m,
		      const struct mistral_message *one, struct segments *to)
{
	if (m->model->version < 11) {
		put_listed_calls(m, one, to);
		return;
	}
	for (size_t i = 0; i < one->n_calls; i++) {
		segments_token(to, "[TOOL_CALLS]");
		segments_put(to, one->call[i].name, false);
		if (m->model->version < 13) {
			segments_token(to, "[CALL_ID]");
			segments_put(to, value_slice(one->call[i].id), false);
		}
		segments_token(to, "[ARGS]");
		put_json(to, one->call[i].arguments);
	}
}

static struct slice without_blanks(struct slice s)
{
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

static enum status put_assistant(const struct mistral *m,
				 const struct mistral_message *one,
				 bool before_user, struct segments *to)
{
	int version = m->model->version;
	if (!one->has_content && one->n_calls == 0)
		return mistral_wrong(m, "an assistant says nothing");
	if (version < 7 && one->has_content && one->n_calls > 0)
		return mistral_wrong(m, "an assistant has either content or "
					"calls");
	if (version == 1 && one->n_calls > 0)
		return mistral_wrong(m, "the tokenizer has no tools");
	if (version == 2 && one->n_calls > 0 && before_user)
		return OK;
	if (one->is_list)
		put_chunks(one, to);
	else
		segments_put(to,
			     version == 1 ? mistral_text(one, m->arena)
					  : without_blanks(mistral_text(
						    one, m->arena)),
			     false);
	if (one->n_calls > 0)
		put_calls(m, one, to);
	if (!one->prefix)
		segments_token(to, "</s>");
	return OK;
}

/* JSON, where the content is some, else a string. */
static enum status result_content(const struct mistral *m,
				  const struct mistral_message *one,
				  struct value *out)
{
	struct slice text = mistral_text(one, m->arena);
	*out = value_dict(m->arena);
	if (text.n == 0)
		return OK;
	enum status status = value_from_json(text, CHAT_MAX_DEPTH, m->arena,
					     out);
	if (status == ERR_LIMIT)
		return error_set(m->err, status,
				 "messages: a result is nested too deep");
	if (status != OK)
		*out = value_string(text);
	return OK;
}

/* Version 2 lists results that follow each other. */
static enum status put_listed_results(const struct mistral *m,
				      const struct mistral_message *one,
				      size_t n, struct segments *to)
{
	struct value *item = arena_array(m->arena, n, sizeof(*item));
	segments_token(to, "[TOOL_RESULTS]");
	for (size_t i = 0; i < n; i++) {
		struct value name = one[i].name.p ? value_string(one[i].name)
						  : value_none();
		struct value content;
		enum status status = result_content(m, &one[i], &content);
		if (status != OK)
			return status;
		item[i] = value_dict(m->arena);
		dict_set_text(item[i].dict, "name", name);
		dict_set_text(item[i].dict, "content", content);
	}
	put_json(to, value_items(VALUE_LIST, item, n));
	segments_token(to, "[/TOOL_RESULTS]");
	return OK;
}

static enum status put_json_result(const struct mistral *m,
				   const struct mistral_message *one,
				   struct segments *to)
{
	struct value d = value_dict(m->arena), content;
	enum status status = result_content(m, one, &content);
	if (status != OK)
		return status;
	dict_set_text(d.dict, "content", content);
	dict_set_text(d.dict, "call_id", one->id);
	segments_token(to, "[TOOL_RESULTS]");
	put_json(to, d);
	segments_token(to, "[/TOOL_RESULTS]");
	return OK;
}

static void put_result(const struct mistral *m,
		       const struct mistral_message *one, struct segments *to)
{
	segments_token(to, "[TOOL_RESULTS]");
	if (m->model->version < 13) {
		segments_put(to, value_slice(one->id), false);
		segments_token(to, "[TOOL_CONTENT]");
	}
	put_chunks(one, to);
	segments_token(to, "[/TOOL_RESULTS]");
}

static enum status put_results(const struct mistral *m,
			       const struct mistral_message *one, size_t n,
			       bool before_user, struct segments *to)
{
	int version = m->model->version;
	enum status status = OK;
	if (version == 1)
		return mistral_wrong(m, "the tokenizer has no tools");
	if (version == 2)
		return before_user ? OK : put_listed_results(m, one, n, to);
	for (size_t i = 0; i < n && status == OK; i++) {
		if (version < 7)
			status = put_json_result(m, &one[i], to);
		else
			put_result(m, &one[i], to);
	}
	return status;
}

static void put_system_message(const struct mistral_message *one,
			       struct segments *to)
{
	segments_token(to, "[SYSTEM_PROMPT]");
	put_chunks(one, to);
	segments_token(to, "[/SYSTEM_PROMPT]");
}

/* Those of its role in a row, if that is a tool's; else one. */
static size_t run_length(const struct mistral *m, size_t at)
{
	size_t n = 1;
	if (m->message[at].role != MISTRAL_TOOL)
		return n;
	while (at + n < m->n && m->message[at + n].role == MISTRAL_TOOL)
		n++;
	return n;
}

enum status mistral_put(const struct mistral *m, struct segments *to)
{
	struct users u = find_users(m);
	enum status status = OK;
	segments_token(to, "<s>");
	for (size_t i = 0, n; i < m->n && status == OK; i += n) {
		const struct mistral_message *one = &m->message[i];
		int64_t at = (int64_t)i;
		n = run_length(m, i);
		switch (one->role) {
		case MISTRAL_SYSTEM: put_system_message(one, to); break;
		case MISTRAL_USER:
			put_user(m, one, at == u.first, at == u.last, to);
			break;
		case MISTRAL_ASSISTANT:
			status = put_assistant(m, one, at < u.last, to);
			break;
		case MISTRAL_TOOL:
			status = put_results(m, one, n, at < u.last, to);
			break;
		}
	}
	return status;
}

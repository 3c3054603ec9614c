#include "router/api/request.h"

#include <stddef.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/json/string.h"
#include "router/api/forbidden.h"
#include "router/api/messages.h"
#include "router/api/prompt.h"

struct reading {
	enum api_kind kind;
	const struct api_limits *limits;
	const struct api_known *known;
	struct arena *arena;
	struct api_request *r;
	struct api_error *err;
	uint64_t seen; /* a bit for each row */
};

/* How a member is read. */
enum form { RAW, ARRAY, TEXT, WHOLE, BOOL, TRI, OPTIONS, PROMPT };

struct row {
	const char *name;
	size_t name_n;
	enum form form;
	size_t at; /* in struct api_request */
};

#define ROW(name, form)                                                        \
	{                                                                      \
#name, sizeof(#name) - 1, form,                                \
			offsetof(struct api_request, name)                     \
	}

/* By the length of their names, so that few are looked at. */
static const struct row rows[] = {
	ROW(n, WHOLE),
	ROW(user, TEXT),
	ROW(model, TEXT),
	ROW(tools, RAW),
	ROW(stream, BOOL),
	{"prompt", 6, PROMPT, 0},
	ROW(best_of, WHOLE),
	ROW(messages, ARRAY),
	ROW(priority, WHOLE),
	ROW(documents, RAW),
	ROW(max_tokens, WHOLE),
	{"session_id", 10, TEXT, offsetof(struct api_request, session)},
	ROW(tool_choice, RAW),
	ROW(chat_template, RAW),
	{"stream_options", 14, OPTIONS, 0},
	ROW(response_format, RAW),
	ROW(reasoning_effort, RAW),
	ROW(max_output_tokens, WHOLE),
	ROW(add_special_tokens, TRI),
	ROW(mm_processor_kwargs, RAW),
	ROW(chat_template_kwargs, RAW),
	ROW(add_generation_prompt, TRI),
	ROW(max_completion_tokens, WHOLE),
	ROW(continue_final_message, TRI),
	ROW(truncate_prompt_tokens, RAW),
};
_Static_assert(ARRAY_LEN(rows) <= 64, "a bit for each row");

static enum status wrong(struct reading *g, const char *name, const char *what)
{
	api_error_set(g->err, 400, name, NULL, "%s must be %s.", name, what);
	return ERR_INVALID;
}

static void *field(struct reading *g, const struct row *row)
{
	return (char *)g->r + row->at;
}

static enum status read_options(struct reading *g, const struct row *row,
				struct slice raw)
{
	struct json_value v;
	if (raw.p[0] != '{')
		return wrong(g, row->name, "an object");
	if (json_find(raw, "include_usage", &v) != OK ||
	    v.type == JSON_TYPE_NULL)
		return OK;
	if (v.type != JSON_TYPE_TRUE && v.type != JSON_TYPE_FALSE)
		return wrong(g, row->name, "an object of booleans");
	g->r->include_usage = v.type == JSON_TYPE_TRUE ? API_TRUE : API_FALSE;
	return OK;
}

static enum status read_text(struct reading *g, const struct row *row,
			     const struct json_value *v)
{
	if (v->type != JSON_TYPE_STRING ||
	    json_text(v->raw, g->arena, field(g, row)) != OK)
		return wrong(g, row->name, "a string");
	return OK;
}

static enum status read_whole(struct reading *g, const struct row *row,
			      const struct json_value *v)
{
	if (v->type != JSON_TYPE_NUMBER ||
	    json_int(v->raw, field(g, row)) != OK)
		return wrong(g, row->name, "a whole number");
	if (row->at == offsetof(struct api_request, priority))
		g->r->has_priority = true;
	return OK;
}

static enum status read_truth(struct reading *g, const struct row *row,
			      const struct json_value *v)
{
	if (v->type != JSON_TYPE_TRUE && v->type != JSON_TYPE_FALSE)
		return wrong(g, row->name, "true or false");
	if (row->form == BOOL)
		*(bool *)field(g, row) = v->type == JSON_TYPE_TRUE;
	else
		*(enum api_tri *)field(g, row) = v->type == JSON_TYPE_TRUE
							 ? API_TRUE
							 : API_FALSE;
	return OK;
}

static enum status read_member(struct reading *g, const struct row *row,
			       const struct json_value *v)
{
	if (v->type == JSON_TYPE_NULL)
		return OK;
	switch (row->form) {
	case TEXT: return read_text(g, row, v);
	case WHOLE: return read_whole(g, row, v);
	case BOOL:
	case TRI: return read_truth(g, row, v);
	case OPTIONS: return read_options(g, row, v->raw);
	case PROMPT:
		if (g->kind != API_COMPLETION)
			return OK;
		return api_prompt_read(v->raw, g->limits, g->arena, g->r,
				       g->err);
	default: break;
	}
	if (row->form == ARRAY && g->kind == API_CHAT &&
	    v->type != JSON_TYPE_ARRAY)
		return wrong(g, row->name, "a list");
	*(struct slice *)field(g, row) = v->raw;
	return OK;
}

static const struct row *find_row(struct slice name)
{
	const struct row *row = rows, *end = rows + ARRAY_LEN(rows);
	while (row < end && row->name_n < name.n)
		row++;
	for (; row < end && row->name_n == name.n; row++)
		if (memcmp(row->name, name.p, name.n) == 0)
			return row;
	return NULL;
}

static enum status take_known(struct reading *g, const struct row *row,
			      const struct json_value *v)
{
	uint64_t bit = 1ull << (row - rows);
	if (g->seen & bit) {
		api_error_set(g->err, 400, row->name, NULL,
			      "%s stands in the body more than once.",
			      row->name);
		return ERR_INVALID;
	}
	g->seen |= bit;
	return read_member(g, row, v);
}

static void take_forbidden(struct reading *g, struct slice name,
			   const struct json_value *v, size_t at)
{
	splice_remove(&g->r->body, at);
	g->r->n_removed++;
	if (v->type == JSON_TYPE_STRING &&
	    slice_equal(name, SLICE("cache_salt")) &&
	    json_text(v->raw, g->arena, &g->r->salt) != OK)
		g->r->salt = (struct slice){NULL, 0};
}

static enum status take_nesting(struct reading *g, const struct json_value *v,
				size_t at)
{
	struct slice cleaned;
	enum status st = api_clean_nested(v->raw, g->limits, g->arena, &cleaned,
					  &g->r->n_removed);
	if (st != OK) {
		api_error_set(g->err, 400, NULL, NULL,
			      "Extra arguments are nested too deeply, are too "
			      "many or ask for too much.");
		return st;
	}
	if (cleaned.p != v->raw.p)
		splice_replace(&g->r->body, at, cleaned);
	return OK;
}

static enum status take_member(struct reading *g, struct slice key,
			       const struct json_value *v)
{
	struct slice name;
	if (g->r->body.n == g->limits->max_members) {
		api_error_set(g->err, 400, NULL, NULL,
			      "The body has more than %zu members.",
			      g->limits->max_members);
		return ERR_LIMIT;
	}
	size_t at = splice_add(&g->r->body, key, v->raw);
	/* A name that is spelt with escapes is none of the rows' as it is. */
	const struct row *row = find_row((struct slice){key.p + 1, key.n - 2});
	if (row)
		return take_known(g, row, v);
	enum status st = json_text(key, g->arena, &name);
	if (st != OK)
		return st;
	row = name.p == key.p + 1 ? NULL : find_row(name);
	if (row)
		return take_known(g, row, v);
	if (api_member_forbidden(name)) {
		take_forbidden(g, name, v, at);
		return OK;
	}
	return api_member_nests(name) ? take_nesting(g, v, at) : OK;
}

/* A chat's messages, one by one, behind what is known of them. */
static bool take_messages(struct reading *g, struct json_scan *s,
			  struct json_value *out)
{
	struct api_messages m = {.arena = g->arena,
				 .max = g->limits->max_messages};
	enum json_type type;
	if (!json_peek(s, &type))
		return false;
	if (type != JSON_TYPE_ARRAY)
		return json_value(s, out);
	if (!api_messages_read(&m, g->known, s, out))
		return false;
	g->r->turn = m.turn;
	g->r->n_turns = m.n;
	g->r->known_bytes = m.known_bytes;
	return true;
}

static bool take_value(struct reading *g, struct json_scan *s, struct slice key,
		       struct json_value *out)
{
	if (g->kind == API_CHAT && json_string_equal(key, SLICE("messages")))
		return take_messages(g, s, out);
	return json_value(s, out);
}

static enum status not_json(struct reading *g, const struct json_scan *s)
{
	api_error_set(g->err, 400, NULL, NULL,
		      "The body must be one JSON object: at byte %zu: %s.",
		      json_offset(s), s->why);
	return s->status;
}

static enum status read_body(struct reading *g, struct slice body)
{
	struct json_scan s;
	struct json_value v;
	struct slice key;
	json_begin(&s, body, g->limits->max_depth);
	s.max_number_bytes = g->limits->max_number_bytes;
	if (!json_enter_object(&s))
		return not_json(g, &s);
	splice_begin(&g->r->body, g->arena, body, json_offset(&s));
	while (json_member(&s, &key) && take_value(g, &s, key, &v)) {
		enum status st = take_member(g, key, &v);
		if (st != OK)
			return st;
	}
	return json_end(&s) == OK ? OK : not_json(g, &s);
}

static enum status check_most(struct reading *g, const char *name, int64_t n,
			      size_t most)
{
	if (most == 0 || n < 0 || (uint64_t)n <= most)
		return OK;
	api_error_set(g->err, 400, name, NULL, "%s may be %zu at most.", name,
		      most);
	return ERR_LIMIT;
}

/* Many prompts with many answers each are more than either bound means. */
static enum status check_answers(struct reading *g)
{
	const struct api_request *r = g->r;
	const struct api_limits *l = g->limits;
	size_t most = l->max_n > l->max_prompts ? l->max_n : l->max_prompts;
	int64_t n = r->n > r->best_of ? r->n : r->best_of;
	enum status st = check_most(g, "n", r->n, l->max_n);
	if (st == OK)
		st = check_most(g, "best_of", r->best_of, l->max_n);
	if (st != OK || l->max_n == 0 || n <= 1 ||
	    (size_t)n * r->n_prompts <= most)
		return st;
	api_error_set(g->err, 400, "n", NULL,
		      "n answers to each of the prompts are more than %zu.",
		      most);
	return ERR_LIMIT;
}

static enum status check_bounds(struct reading *g)
{
	const struct api_request *r = g->r;
	const struct api_limits *l = g->limits;
	enum status st = check_answers(g);
	if (st == OK)
		st = check_most(g, "max_tokens", r->max_tokens, l->max_tokens);
	if (st == OK)
		st = check_most(g, "max_completion_tokens",
				r->max_completion_tokens, l->max_tokens);
	if (st == OK)
		st = check_most(g, "max_output_tokens", r->max_output_tokens,
				l->max_tokens);
	return st;
}

static enum status check_whole(struct reading *g)
{
	struct api_request *r = g->r;
	enum status st = check_bounds(g);
	if (st != OK)
		return st;
	if (r->max_completion_tokens >= 0)
		r->max_tokens = r->max_completion_tokens;
	if (g->kind != API_CHAT || r->messages.n > 0)
		return OK;
	api_error_set(g->err, 400, "messages", NULL, "messages is missing.");
	return ERR_INVALID;
}

enum status api_request_parse(enum api_kind kind, struct slice body,
			      const struct api_limits *limits,
			      const struct api_known *known,
			      struct arena *arena, struct api_request *out,
			      struct api_error *err)
{
	struct reading g = {
		.kind = kind,
		.limits = limits,
		.known = known,
		.arena = arena,
		.r = out,
		.err = err,
	};
	mem_zero(out, sizeof(*out));
	out->n = out->best_of = out->max_tokens = -1;
	out->max_completion_tokens = out->max_output_tokens = -1;
	enum status st = read_body(&g, body);
	return st == OK ? check_whole(&g) : st;
}

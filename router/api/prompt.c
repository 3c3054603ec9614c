#include "router/api/prompt.h"

#include <string.h>

#include "common/json/string.h"

#define MAX_TOKEN_ID INT32_MAX

struct prompts {
	const struct api_limits *limits;
	struct arena *arena;
	struct api_error *err;
	struct json_scan scan;
};

static enum status malformed(struct prompts *p)
{
	api_error_set(p->err, 400, "prompt", NULL,
		      "prompt must be a string, a list of strings, a list of "
		      "token ids or a list of such lists, and not empty.");
	return ERR_INVALID;
}

static enum status too_many(struct prompts *p)
{
	api_error_set(p->err, 400, "prompt", NULL,
		      "prompt holds more than %zu prompts.",
		      p->limits->max_prompts);
	return ERR_LIMIT;
}

static enum status too_long(struct prompts *p)
{
	api_error_set(p->err, 400, "prompt", "context_length_exceeded",
		      "prompt holds more than %zu token ids.",
		      p->limits->max_prompt_tokens);
	return ERR_LIMIT;
}

/* Room for one more, doubled when it is full. */
static void *grown(struct arena *arena, void *old, size_t n, size_t size)
{
	if (n > 0 && (n < 16 || (n & (n - 1)) != 0))
		return old;
	void *more = arena_array(arena, n == 0 ? 16 : 2 * n, size);
	if (n > 0)
		memcpy(more, old, n * size);
	return more;
}

/* The rest of an array of ids, of which nothing has been taken. */
static enum status take_ids(struct prompts *p, struct api_tokens *out)
{
	struct api_tokens t = {NULL, 0};
	struct json_value v;
	while (json_element(&p->scan) && json_value(&p->scan, &v)) {
		uint64_t id;
		if (t.n == p->limits->max_prompt_tokens)
			return too_long(p);
		if (v.type != JSON_TYPE_NUMBER ||
		    slice_to_u64(v.raw, MAX_TOKEN_ID, &id) != OK)
			return malformed(p);
		t.id = grown(p->arena, t.id, t.n, sizeof(*t.id));
		t.id[t.n++] = (uint32_t)id;
	}
	if (p->scan.status != OK || t.n == 0)
		return malformed(p);
	*out = t;
	return OK;
}

static enum status take_texts(struct prompts *p, struct api_request *r)
{
	struct json_value v;
	r->prompt_kind = API_PROMPT_TEXT;
	while (json_element(&p->scan) && json_value(&p->scan, &v)) {
		if (r->n_prompts == p->limits->max_prompts)
			return too_many(p);
		r->text = grown(p->arena, r->text, r->n_prompts,
				sizeof(*r->text));
		if (v.type != JSON_TYPE_STRING ||
		    json_text(v.raw, p->arena, &r->text[r->n_prompts]) != OK)
			return malformed(p);
		r->n_prompts++;
	}
	return p->scan.status == OK ? OK : malformed(p);
}

static enum status take_lists(struct prompts *p, struct api_request *r)
{
	r->prompt_kind = API_PROMPT_TOKENS;
	while (json_element(&p->scan)) {
		if (r->n_prompts == p->limits->max_prompts)
			return too_many(p);
		r->tokens = grown(p->arena, r->tokens, r->n_prompts,
				  sizeof(*r->tokens));
		if (!json_enter_array(&p->scan))
			return malformed(p);
		enum status st = take_ids(p, &r->tokens[r->n_prompts]);
		if (st != OK)
			return st;
		r->n_prompts++;
	}
	return p->scan.status == OK ? OK : malformed(p);
}

static enum status take_one_text(struct prompts *p, struct slice raw,
				 struct api_request *r)
{
	r->prompt_kind = API_PROMPT_TEXT;
	r->n_prompts = 1;
	r->text = arena_alloc(p->arena, sizeof(*r->text));
	if (json_text(raw, p->arena, r->text) != OK)
		return malformed(p);
	return OK;
}

/* What the array's first element is decides what all must be. */
static enum status take_array(struct prompts *p, struct slice raw,
			      struct api_request *r)
{
	enum json_type type;
	json_begin(&p->scan, raw, p->limits->max_depth);
	if (!json_enter_array(&p->scan) || !json_element(&p->scan) ||
	    !json_peek(&p->scan, &type))
		return malformed(p);
	json_begin(&p->scan, raw, p->limits->max_depth);
	if (!json_enter_array(&p->scan))
		return malformed(p);
	if (type == JSON_TYPE_STRING)
		return take_texts(p, r);
	if (type == JSON_TYPE_ARRAY)
		return take_lists(p, r);
	r->prompt_kind = API_PROMPT_TOKENS;
	r->n_prompts = 1;
	r->tokens = arena_alloc(p->arena, sizeof(*r->tokens));
	return take_ids(p, r->tokens);
}

enum status api_prompt_read(struct slice raw, const struct api_limits *limits,
			    struct arena *arena, struct api_request *r,
			    struct api_error *err)
{
	struct prompts p = {.limits = limits, .arena = arena, .err = err};
	if (raw.p[0] == '"')
		return take_one_text(&p, raw, r);
	if (raw.p[0] == '[')
		return take_array(&p, raw, r);
	return malformed(&p);
}

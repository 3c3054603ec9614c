#include "tools/sim/ask.h"

#include "common/base/mem.h"
#include "common/hash/scheme.h"
#include "tools/sim/prompt.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct slice text_of(const json_t *j)
{
	if (!json_is_string(j))
		return (struct slice){0};
	return (struct slice){json_string_value(j), json_string_length(j)};
}

bool refuse(struct refusal *no, int status, const char *param, const char *fmt,
	    ...)
{
	va_list args;

	no->status = status;
	no->param = param;
	no->type = status == 404 ? "NotFoundError" : "BadRequestError";
	va_start(args, fmt);
	vsnprintf(no->text, sizeof(no->text), fmt, args);
	va_end(args);
	return false;
}

json_t *ask_json(struct slice body, struct refusal *no)
{
	json_error_t error;
	json_t *j = json_loadb(body.p ? body.p : "", body.n, JSON_ALLOW_NUL,
			       &error);

	if (json_is_object(j))
		return j;
	refuse(no, 400, NULL, "The body is not a JSON object: %s",
	       j ? "another value" : error.text);
	json_decref(j);
	return NULL;
}

bool ask_bool(json_t *body, const char *key, bool otherwise)
{
	json_t *j = json_object_get(body, key);

	return json_is_boolean(j) ? json_is_true(j) : otherwise;
}

static bool is_lora(const char *loras, struct slice name)
{
	struct slice rest = slice_of(loras);

	while (rest.n > 0) {
		struct slice one = slice_trim(slice_split(&rest, ','));

		if (one.n > 0 && slice_equal(one, name))
			return true;
	}
	return false;
}

bool ask_model(const struct ask_limits *limits, json_t *body,
	       struct slice *model, struct slice *lora, struct refusal *no)
{
	struct slice asked = text_of(json_object_get(body, "model"));

	*model = slice_of(limits->model);
	*lora = (struct slice){0};
	if (asked.n == 0 || slice_equal(asked, *model))
		return true;
	if (!is_lora(limits->loras, asked))
		return refuse(no, 404, "model",
			      "The model `%.*s` does not exist.",
			      SLICE_ARG(asked));
	*model = *lora = asked;
	return true;
}

/* A positive count, or `otherwise` where absent or null. */
static bool count_of(json_t *body, const char *key, size_t otherwise,
		     size_t max, size_t *out, struct refusal *no)
{
	json_t *j = json_object_get(body, key);

	*out = otherwise;
	if (!j || json_is_null(j))
		return true;
	if (!json_is_integer(j) || json_integer_value(j) < 1)
		return refuse(no, 400, key, "%s must be at least 1.", key);
	if ((uint64_t)json_integer_value(j) > max)
		return refuse(no, 400, key, "%s must be at most %zu.", key,
			      max);
	*out = (size_t)json_integer_value(j);
	return true;
}

/* How long each answer gets, by the request and by the context. */
static bool set_lengths(const struct ask_limits *limits, struct ask *a,
			size_t max_tokens, struct refusal *no)
{
	bool endless = ask_bool(a->body, "ignore_eos", false);
	size_t max = limits->max_model_len, natural = limits->output_tokens;

	for (size_t i = 0; i < a->n_prompts; i++) {
		size_t n = a->prompt[i].n, left = max - n, limit;

		if (n == 0)
			return refuse(no, 400, "prompt",
				      "The decoder prompt cannot be empty");
		if (n >= max)
			return refuse(no, 400, NULL,
				      "This model's maximum context length is "
				      "%zu tokens. However, your request has "
				      "%zu input tokens. Please reduce the "
				      "length of the input messages.",
				      max, n);
		if (max_tokens > left)
			return refuse(no, 400, "max_tokens",
				      "'max_tokens' or "
				      "'max_completion_tokens' is too large: "
				      "%zu. This model's maximum context "
				      "length is %zu tokens and your request "
				      "has %zu input tokens (%zu > %zu - "
				      "%zu).",
				      max_tokens, max, n, max_tokens, max, n);
		limit = max_tokens ? max_tokens : left;
		a->at_limit[i] = endless || limit <= natural;
		a->n_output[i] = a->at_limit[i] ? limit : natural;
	}
	return true;
}

static bool parse_texts(struct ask *a, struct refusal *no)
{
	json_t *salt = json_object_get(a->body, "cache_salt");
	json_t *options = json_object_get(a->body, "stream_options");

	a->salt = text_of(salt);
	if (salt && !json_is_null(salt) && a->salt.n == 0)
		return refuse(no, 400, "cache_salt",
			      "Parameter 'cache_salt' must be a non-empty "
			      "string if provided.");
	if (a->salt.n > HASH_MAX_TEXT_BYTES || a->lora.n > HASH_MAX_TEXT_BYTES)
		return refuse(no, 400, "cache_salt",
			      "a name or salt of over %d bytes",
			      HASH_MAX_TEXT_BYTES);
	a->stream = ask_bool(a->body, "stream", false);
	a->include_usage = ask_bool(options, "include_usage", false);
	a->return_token_ids = ask_bool(a->body, "return_token_ids", false);
	return true;
}

static bool parse_all(const struct ask_limits *limits, struct ask *a,
		      struct refusal *no)
{
	bool completion = a->kind == ASK_COMPLETION;
	const char *member = a->kind == ASK_RESPONSES ? "max_output_tokens"
						      : "max_tokens";
	size_t max_tokens, usual = completion ? 16 : 0;
	bool ok;

	if (!ask_model(limits, a->body, &a->model, &a->lora, no) ||
	    !parse_texts(a, no) ||
	    !count_of(a->body, "n", 1, ASK_MAX_CHOICES, &a->n, no) ||
	    !count_of(a->body, member, usual, SIZE_MAX, &max_tokens, no) ||
	    !count_of(a->body, "max_completion_tokens", max_tokens, SIZE_MAX,
		      &max_tokens, no))
		return false;
	ok = completion ? prompt_of_completion(limits, a, no)
			: prompt_of_chat(limits, a, no);
	return ok && set_lengths(limits, a, max_tokens, no);
}

bool ask_parse(const struct ask_limits *limits, enum ask_kind kind,
	       struct slice body, struct ask *out, struct refusal *no)
{
	struct ask a = {.kind = kind, .raw = body};

	a.body = ask_json(body, no);
	if (!a.body)
		return false;
	if (!parse_all(limits, &a, no)) {
		ask_fini(&a);
		return false;
	}
	a.raw = (struct slice){NULL, 0};
	*out = a;
	return true;
}

void ask_one_token(struct ask *a)
{
	for (size_t i = 0; i < a->n_prompts; i++) {
		a->n_output[i] = 1;
		a->at_limit[i] = true;
	}
}

void ask_stop_early(struct ask *a)
{
	json_t *least = json_object_get(a->body, "min_tokens");

	if (ask_bool(a->body, "ignore_eos", false) ||
	    (json_is_integer(least) && json_integer_value(least) > 0))
		return;
	for (size_t i = 0; i < a->n_prompts; i++) {
		a->n_output[i] = 1;
		a->at_limit[i] = false;
	}
}

void ask_fini(struct ask *a)
{
	for (size_t i = 0; i < a->n_prompts; i++)
		token_list_fini(&a->prompt[i]);
	mem_free(a->prompt);
	mem_free(a->n_output);
	mem_free(a->at_limit);
	json_decref(a->body);
	*a = (struct ask){0};
}

#include "tools/sim/prompt.h"

#include "common/base/mem.h"

static struct slice text_of(const json_t *j)
{
	if (!json_is_string(j))
		return (struct slice){0};
	return (struct slice){json_string_value(j), json_string_length(j)};
}

static bool ids_of(const struct ask_limits *limits, json_t *list,
		   struct token_list *out, struct refusal *no)
{
	size_t i;
	json_t *id;

	json_array_foreach(list, i, id)
	{
		if (!json_is_integer(id) || json_integer_value(id) < 0 ||
		    (uint64_t)json_integer_value(id) >=
			    text_vocab_size(limits->text))
			return refuse(no, 400, "prompt",
				      "Token id %zu of the prompt is out of "
				      "vocabulary",
				      i);
		token_list_push(out, (uint32_t)json_integer_value(id));
	}
	return true;
}

static bool encode(const struct ask_limits *limits, struct slice s,
		   bool add_special, struct token_list *out, struct refusal *no)
{
	size_t max = limits->max_model_len;

	switch (text_encode(limits->text, s, add_special, max, out)) {
	case OK: return true;
	case ERR_LIMIT:
		return refuse(no, 400, NULL,
			      "This model's maximum context length is %zu "
			      "tokens. However, your request has more input "
			      "tokens. Please reduce the length of the input "
			      "messages.",
			      max);
	default: return refuse(no, 400, NULL, "The prompt is not valid UTF-8");
	}
}

static void prompts_alloc(struct ask *a, size_t n)
{
	a->prompt = mem_array(n, sizeof(*a->prompt));
	a->n_output = mem_array(n, sizeof(*a->n_output));
	a->at_limit = mem_array(n, sizeof(*a->at_limit));
	a->n_prompts = n;
	for (size_t i = 0; i < n; i++)
		token_list_init(&a->prompt[i]);
}

/* The ids that somebody has made already from the messages. */
static json_t *ready_ids(const struct ask_limits *limits, json_t *body)
{
	json_t *params = json_object_get(body, "kv_transfer_params");
	json_t *ids = json_object_get(params, "prompt_token_ids");

	return limits->takes_ids && json_is_array(ids) ? ids : NULL;
}

bool prompt_of_chat(const struct ask_limits *limits, struct ask *a,
		    struct refusal *no)
{
	bool special = ask_bool(a->body, "add_special_tokens", false);
	json_t *ids = ready_ids(limits, a->body);
	struct buf text;
	bool ok;

	prompts_alloc(a, 1);
	if (ids)
		return ids_of(limits, ids, &a->prompt[0], no);
	a->n_encoded++;
	buf_init(&text);
	ok = ask_render(limits->text, a->kind, a->body, a->raw, &text, no) &&
	     encode(limits, buf_slice(&text), special, &a->prompt[0], no);
	buf_fini(&text);
	return ok;
}

static bool one_prompt(const struct ask_limits *limits, struct ask *a,
		       json_t *j, size_t i, struct refusal *no)
{
	bool special = ask_bool(a->body, "add_special_tokens", true);

	if (json_is_string(j)) {
		a->n_encoded++;
		return encode(limits, text_of(j), special, &a->prompt[i], no);
	}
	if (json_is_array(j))
		return ids_of(limits, j, &a->prompt[i], no);
	return refuse(no, 400, "prompt",
		      "prompt must be a string, a list of strings, a list of "
		      "token ids, or a list of such lists");
}

bool prompt_of_completion(const struct ask_limits *limits, struct ask *a,
			  struct refusal *no)
{
	json_t *prompt = json_object_get(a->body, "prompt"), *one;
	size_t i, n = json_array_size(prompt);

	if (!json_is_array(prompt) ||
	    json_is_integer(json_array_get(prompt, 0))) {
		prompts_alloc(a, 1);
		return one_prompt(limits, a, prompt, 0, no);
	}
	if (n == 0 || n > ASK_MAX_PROMPTS)
		return refuse(no, 400, "prompt", "%zu prompts: 1 to %d are", n,
			      ASK_MAX_PROMPTS);
	prompts_alloc(a, n);
	json_array_foreach(prompt, i, one) if (!one_prompt(limits, a, one, i,
							   no)) return false;
	return true;
}

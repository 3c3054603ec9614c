/* TOKENIZE: the prompt as the worker's token ids. Given ids are taken as
 * they are, text is tokenized here and chats are rendered here; those that
 * cannot be are put to a worker, and what it told is remembered. So are all
 * chats of a model whose workers make other ids of them than we do; its
 * texts are then matched as texts. */
#include "router/proxy/tokenize.h"

#include <string.h>

#include "router/proxy/ask.h"
#include "router/proxy/foreign.h"
#include "router/proxy/prompt_key.h"
#include "router/proxy/prompt_work.h"

static void count(struct request *r, const char *how)
{
	r->prompt.how = how;
	metric_inc(
		cells_get(&r->proxy->cells, METRICS_TOKENIZE, how, NULL, NULL));
}

enum flow tokenize_known(struct request *r, const uint32_t *token, size_t n,
			 uint64_t ids, const char *how)
{
	r->draft->token = token;
	r->draft->ids = ids;
	r->prompt.n_tokens = (uint32_t)n;
	r->prompt.known = true;
	count(r, how);
	request_step(r, STEP_CHOOSE);
	return FLOW_GO;
}

enum flow tokenize_unknown(struct request *r, const char *how)
{
	count(r, how);
	request_step(r, STEP_CHOOSE);
	return FLOW_GO;
}

void tokenize_remember(struct request *r, struct fingerprint_value key,
		       const uint32_t *token, size_t n)
{
	struct token_memo *m = r->proxy->token_memo;
	size_t before = token_memo_bytes(m);

	token_memo_put(m, key, token, n);
	metric_add(r->proxy->o.metrics->cell[METRICS_MEMO_BYTES],
		   (double)token_memo_bytes(m) - (double)before);
}

/* The memo may forget; the request may not. */
static const uint32_t *keep(struct request *r, const uint32_t *token, size_t n)
{
	uint32_t *copy = arena_array(&r->draft->arena, n ? n : 1,
				     sizeof(*copy));

	memcpy(copy, token, n * sizeof(*copy));
	return copy;
}

static bool recall(struct request *r, struct fingerprint_value key)
{
	uint64_t ids = tokenize_chats_differ(r->model)
			       ? atomic_load(&r->model->chat_ids)
			       : PARITY_NO_PRINT;
	size_t n;
	const uint32_t *token = token_memo_get(r->proxy->token_memo, key, &n);

	if (token == NULL)
		return false;
	tokenize_known(r, keep(r, token, n), n, ids, "memo");
	return true;
}

enum flow tokenize_elsewhere(struct request *r)
{
	const struct api_request *a = &r->draft->api;
	struct fingerprint_value *key;
	size_t n;

	/* What /tokenize does not render would give other ids. */
	if (a->documents.n > 0 || a->reasoning_effort.n > 0 ||
	    a->chat_template.n > 0 || a->messages.n == 0)
		return tokenize_unknown(r, "none");
	key = prompt_keys_of_chat(r, &n);
	if (n == 0)
		return tokenize_unknown(r, "none");
	if (recall(r, key[n - 1]))
		return FLOW_GO;
	return ask_worker(r, key, n);
}

/* What was recalled and not gone on with is there for others. */
static void give_up_rest(struct request *r)
{
	recall_give_up(r->proxy->o.recall, &r->draft->recalled);
}

enum flow tokenize_chat(struct request *r)
{
	enum flow flow = prompt_is_rendered_here(r) ? prompt_of_chat(r)
						    : tokenize_elsewhere(r);

	give_up_rest(r);
	return flow;
}

static enum flow tokenize_text(struct request *r, struct slice text)
{
	if (r->model->tokenizer == NULL)
		return tokenize_unknown(r, "none");
	if (tokenize_texts_differ(r->model))
		return tokenize_unknown(r, "parity_text");
	return prompt_of_text(r, text);
}

/* Ids are worth their price where events name blocks by them. What was
 * routed before is known by the text as well. */
static bool ids_are_of_use(const struct request *r)
{
	if (!r->model->conf->policy->exact)
		return false;
	for (size_t i = 0; i < r->model->n_workers; i++)
		if (r->model->worker[i]->events != NULL)
			return true;
	return false;
}

static enum flow tokenize(struct request *r)
{
	const struct api_request *a = &r->draft->api;

	if (!ids_are_of_use(r))
		return tokenize_unknown(r, "text");

	/* Ids are cut at the engine: what is cut there is not known here. */
	if (a->truncate_prompt_tokens.n > 0)
		return tokenize_unknown(r, "none");
	if (foreign_is_to_map(r))
		return foreign_map(r);
	if (api_kind_is_chat(r->endpoint->kind))
		return tokenize_chat(r);
	/* Several prompts go to one worker; the first decides which. */
	if (a->prompt_kind == API_PROMPT_TOKENS && a->n_prompts > 0)
		return tokenize_known(r, a->tokens[0].id, a->tokens[0].n,
				      PARITY_NO_PRINT, "ids");
	if (a->prompt_kind == API_PROMPT_TEXT && a->n_prompts > 0)
		return tokenize_text(r, a->text[0]);
	return tokenize_unknown(r, "none");
}

enum flow step_tokenize(struct request *r)
{
	enum flow flow = tokenize(r);

	give_up_rest(r);
	return flow;
}

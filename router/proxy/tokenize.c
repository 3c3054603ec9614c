/* TOKENIZE: the prompt as the worker's token ids. Given ids are taken as
 * they are, text is tokenized here, and chats are put to a worker, which
 * renders them by its own template. What was known before is remembered. */
#include "router/proxy/tokenize.h"

#include <poll.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/proxy/ask.h"
#include "router/proxy/prompt_key.h"

/* Text over this is a helper's work: it would hold up the loop. */
#define INLINE_BYTES (16 * 1024)

struct tokenize_job {
	struct job job;
	struct request *request; /* NULL: it has ended meanwhile */
	struct proxy *proxy;
	struct tokenizer *tokenizer;
	struct buf text;
	bool add_special;
	size_t max_tokens;
	struct token_list list;
	enum status status;
};

static void count(struct request *r, const char *how)
{
	r->prompt.how = how;
	metric_inc(
		cells_get(&r->proxy->cells, METRICS_TOKENIZE, how, NULL, NULL));
}

enum flow tokenize_known(struct request *r, const uint32_t *token, size_t n,
			 const char *how)
{
	r->prompt.token = token;
	r->prompt.n_tokens = n;
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
	uint32_t *copy = arena_array(&r->arena, n ? n : 1, sizeof(*copy));

	memcpy(copy, token, n * sizeof(*copy));
	return copy;
}

static bool recall(struct request *r, struct fingerprint_value key)
{
	size_t n;
	const uint32_t *token = token_memo_get(r->proxy->token_memo, key, &n);

	if (token == NULL)
		return false;
	tokenize_known(r, keep(r, token, n), n, "memo");
	return true;
}

static void job_run(struct job *job)
{
	struct tokenize_job *j = CONTAINER_OF(job, struct tokenize_job, job);

	j->status = tokenizer_encode(j->tokenizer, buf_slice(&j->text),
				     j->add_special, j->max_tokens, &j->list);
}

static void job_back(struct mail *m, void *receiver)
{
	struct tokenize_job *j = CONTAINER_OF(m, struct tokenize_job, job.mail);
	struct request *r = j->request;

	(void)receiver;
	j->proxy->n_jobs--;
	if (r != NULL) {
		r->job = NULL;
		tokenize_text_done(r, buf_slice(&j->text), &j->list, j->status);
		request_run(r);
	}
	token_list_fini(&j->list);
	tokenizer_unref(&j->tokenizer);
	buf_fini(&j->text);
	mem_free(j);
}

/* The job has a copy of the text: the request may end before it does. */
static enum flow post_job(struct request *r, struct slice text,
			  bool add_special)
{
	struct tokenize_job *j = mem_zalloc(sizeof(*j));

	j->request = r;
	j->proxy = r->proxy;
	j->tokenizer = r->model->tokenizer;
	tokenizer_ref(j->tokenizer);
	buf_append(&j->text, text);
	j->add_special = add_special;
	j->max_tokens = r->fleet->conf->limits.max_prompt_tokens;
	token_list_init(&j->list);
	j->job.run = job_run;
	j->job.back_to = r->proxy->o.mailbox;
	j->job.mail.deliver = job_back;
	r->job = j;
	r->proxy->n_jobs++;
	workq_post(r->proxy->o.helpers, &j->job);
	return FLOW_WAIT;
}

void tokenize_forget_job(struct request *r)
{
	if (r->job != NULL)
		r->job->request = NULL;
	r->job = NULL;
}

void request_wait_for_jobs(struct proxy *p)
{
	struct pollfd fd = {.events = POLLIN};

	while (p->n_jobs > 0) {
		fd.fd = mailbox_fd(p->o.mailbox);
		if (poll(&fd, 1, 1000) > 0)
			mailbox_drain(p->o.mailbox);
	}
}

enum flow tokenize_text_done(struct request *r, struct slice text,
			     const struct token_list *list, enum status status)
{
	if (status != OK)
		return tokenize_unknown(r, "refused");
	tokenize_remember(r, prompt_key_of_text(r, text), list->id, list->n);
	return tokenize_known(r, keep(r, list->id, list->n), list->n, "local");
}

static enum flow tokenize_text(struct request *r, struct slice text)
{
	/* vLLM adds special tokens to a completion's prompt by default. */
	bool add_special = r->api.add_special_tokens != API_FALSE;
	struct token_list list;
	enum flow flow;
	enum status status;

	if (r->model->tokenizer == NULL)
		return tokenize_unknown(r, "none");
	if (recall(r, prompt_key_of_text(r, text)))
		return FLOW_GO;
	if (text.n > INLINE_BYTES)
		return post_job(r, text, add_special);
	token_list_init(&list);
	status = tokenizer_encode(r->model->tokenizer, text, add_special,
				  r->fleet->conf->limits.max_prompt_tokens,
				  &list);
	flow = tokenize_text_done(r, text, &list, status);
	token_list_fini(&list);
	return flow;
}

static enum flow tokenize_chat(struct request *r)
{
	const struct api_request *a = &r->api;
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

enum flow step_tokenize(struct request *r)
{
	const struct api_request *a = &r->api;

	if (!ids_are_of_use(r))
		return tokenize_unknown(r, "text");

	/* Ids are cut at the engine: what is cut there is not known here. */
	if (a->truncate_prompt_tokens.n > 0)
		return tokenize_unknown(r, "none");
	if (r->endpoint->kind == API_CHAT)
		return tokenize_chat(r);
	/* Several prompts go to one worker; the first decides which. */
	if (a->prompt_kind == API_PROMPT_TOKENS && a->n_prompts > 0)
		return tokenize_known(r, a->tokens[0].id, a->tokens[0].n,
				      "ids");
	if (a->prompt_kind == API_PROMPT_TEXT && a->n_prompts > 0)
		return tokenize_text(r, a->text[0]);
	return tokenize_unknown(r, "none");
}

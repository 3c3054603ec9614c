/* Embeddings, scores and ranks of the right shape and no meaning. */
#include "tools/sim/reply.h"
#include "tools/sim/serve.h"

#include <stdio.h>
#include <string.h>

#define DIMENSIONS 8

/* A number in [0, 1) that follows from the value alone. */
static double canned(const json_t *j, unsigned salt)
{
	char *text = json_dumps(j, JSON_ENCODE_ANY | JSON_SORT_KEYS);
	uint32_t h = 2166136261u ^ salt;

	for (const char *p = text ? text : ""; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	free(text);
	return (double)(h >> 8) / (1u << 24);
}

/* An entry of a list, or the value itself as the only entry. */
static json_t *entry(json_t *j, size_t i)
{
	return json_is_array(j) ? json_array_get(j, i) : j;
}

static size_t entries(const json_t *j)
{
	if (json_is_array(j))
		return json_array_size(j);
	return j && !json_is_null(j);
}

static void put_embedding(struct buf *b, const json_t *input, size_t i)
{
	buf_printf(b,
		   "%s{\"object\":\"embedding\",\"index\":%zu,"
		   "\"embedding\":[",
		   i ? "," : "", i);
	for (unsigned d = 0; d < DIMENSIONS; d++)
		buf_printf(b, "%s%.6f", d ? "," : "", canned(input, d) * 2 - 1);
	buf_puts(b, "]}");
}

static void put_score(struct buf *b, const json_t *document, size_t i)
{
	buf_printf(b, "%s{\"index\":%zu,\"object\":\"score\",\"score\":%.6f}",
		   i ? "," : "", i, canned(document, 0));
}

static void put_rank(struct buf *b, const json_t *document, size_t i)
{
	char *text = json_dumps(document, JSON_ENCODE_ANY);

	buf_printf(b,
		   "%s{\"index\":%zu,\"document\":{\"text\":%s},"
		   "\"relevance_score\":%.6f}",
		   i ? "," : "", i, text ? text : "null", canned(document, 0));
	free(text);
}

struct pooling {
	const char *key; /* whose entries are answered one by one */
	const char *id, *list, *object;
	void (*put)(struct buf *b, const json_t *entry, size_t i);
};

static bool fill(struct worker *w, json_t *body, const struct pooling *p,
		 struct buf *b, struct refusal *no)
{
	json_t *list = json_object_get(body, p->key);
	size_t n = entries(list);
	struct slice model, lora;

	if (!ask_model(&w->limits, body, &model, &lora, no))
		return false;
	if (n == 0)
		return refuse(no, 400, p->key, "%s must not be empty", p->key);
	buf_printf(b,
		   "{\"id\":\"%s-%llu\",%s\"created\":%lld,\"model\":", p->id,
		   (unsigned long long)++w->sim->next_id, p->object,
		   (long long)w->started_at);
	buf_json_string(b, model);
	buf_printf(b, ",\"%s\":[", p->list);
	for (size_t i = 0; i < n; i++)
		p->put(b, entry(list, i), i);
	buf_printf(b,
		   "],\"usage\":{\"prompt_tokens\":%zu,\"total_tokens\":%zu,"
		   "\"completion_tokens\":0,\"prompt_tokens_details\":null}}",
		   n, n);
	return true;
}

static void answer(struct worker *w, struct evhttp_request *req,
		   const struct pooling *p)
{
	struct refusal no = {0};
	json_t *body = ask_json(request_body(req), &no);
	struct buf b;

	buf_init(&b);
	if (body && fill(w, body, p, &b, &no))
		reply_json(req, 200, buf_slice(&b));
	else
		reply_refusal(req, &no);
	json_decref(body);
	buf_fini(&b);
}

void serve_embeddings(struct worker *w, struct evhttp_request *req)
{
	static const struct pooling p = {"input", "embd", "data",
					 "\"object\":\"list\",", put_embedding};

	answer(w, req, &p);
}

void serve_score(struct worker *w, struct evhttp_request *req)
{
	static const struct pooling p = {"text_2", "score", "data",
					 "\"object\":\"list\",", put_score};

	answer(w, req, &p);
}

void serve_rerank(struct worker *w, struct evhttp_request *req)
{
	static const struct pooling p = {"documents", "rerank", "results", "",
					 put_rank};

	answer(w, req, &p);
}

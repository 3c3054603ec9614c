/* FINISH: what the request taught is told on, its outcome is recorded, and
 * everything it held is given back. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/http/find.h"
#include "router/proxy/request.h"

/* "usage": is never inside a string: there its quotes are escaped. */
static void read_tail_usage(struct request *r)
{
	static const struct slice name = SLICE("\"usage\"");
	struct slice rest = buf_slice(&r->tail), object = {NULL, 0};
	size_t at;

	while ((at = http_find_quoted(rest, name)) < rest.n) {
		rest = slice_from(rest, at + name.n);
		if (rest.n > 0 && rest.p[0] == ':')
			object = slice_from(rest, 1);
	}
	if (object.n > 0)
		api_usage_read_object(object, &r->usage);
}

static void judge(struct request *r)
{
	if (r->outcome != OUTCOME_OK || r->status == 0)
		return;
	if (r->streaming_sse && r->sse.failed) {
		r->outcome = OUTCOME_UPSTREAM_ERROR;
		r->why = "the worker's stream ended with an error";
	} else if (r->status >= 500) {
		r->outcome = OUTCOME_UPSTREAM_ERROR;
		r->why = "the worker answered with an error";
	} else if (r->status >= 400) {
		r->outcome = OUTCOME_CLIENT_ERROR;
		r->why = "the worker refused it";
	}
}

static uint64_t predicted_tokens(const struct request *r)
{
	return (uint64_t)r->choice.held_blocks * r->choice.block_size;
}

static void count_tokens(struct request *r)
{
	struct cells *c = &r->proxy->cells;
	const char *model = r->model->conf->name;

	if (r->usage.prompt_tokens >= 0)
		metric_add(cells_get(c, METRICS_PROMPT_TOKENS, model, "worker",
				     NULL),
			   (double)r->usage.prompt_tokens);
	else if (r->prompt.known)
		metric_add(cells_get(c, METRICS_PROMPT_TOKENS, model, "gateway",
				     NULL),
			   (double)r->prompt.n_tokens);
	if (r->usage.cached_tokens >= 0)
		metric_add(cells_get(c, METRICS_REPORTED_CACHED, model, NULL,
				     NULL),
			   (double)r->usage.cached_tokens);
	metric_add(cells_get(c, METRICS_PREDICTED_CACHED, model, NULL, NULL),
		   (double)predicted_tokens(r));
	metric_add(cells_get(c, METRICS_BEST_CACHED, model, NULL, NULL),
		   (double)r->choice.best_blocks *
			   (double)r->choice.block_size);
}

/* The prediction is of the first prompt; several would be summed. */
static bool is_comparable(const struct request *r)
{
	return r->choice.exact && r->prompt.known &&
	       r->usage.cached_tokens >= 0 && r->api.n_prompts <= 1 &&
	       r->usage.prompt_tokens == (int64_t)r->prompt.n_tokens;
}

static void report_prediction(struct request *r)
{
	enum ingest_verdict v = INGEST_UNKNOWN;
	struct ingest_outcome o = {
		.worker = r->worker,
		.predicted_tokens = (uint32_t)predicted_tokens(r),
		.version = r->choice.index_version,
	};

	if (r->outcome != OUTCOME_OK || !r->prompt.known)
		return;
	if (is_comparable(r)) {
		o.reported_tokens = (uint32_t)r->usage.cached_tokens;
		v = ingest_report(r->proxy->o.ingest, &o);
	}
	r->verdict = ingest_verdict_name(v);
	metric_inc(cells_get(&r->proxy->cells, METRICS_PREDICTION,
			     r->worker->name, r->verdict, NULL));
}

/* What the worker has seen, for the approximate index. */
static void teach(struct request *r)
{
	const struct chain *c = r->prompt.known ? &r->prompt.tokens
						: &r->prompt.text;

	if (r->first_ns != 0 && c->key != NULL && c->n > 0)
		ingest_learn(r->proxy->o.ingest, r->worker, c->key, c->n);
}

static void learn(struct request *r)
{
	if (r->streaming_sse)
		api_usage_read_stream(&r->sse, &r->usage);
	else
		read_tail_usage(r);
	judge(r);
	count_tokens(r);
	report_prediction(r);
	teach(r);
}

static void count(struct request *r)
{
	struct cells *c = &r->proxy->cells;
	const char *model = r->model ? r->model->conf->name : "none";
	const char *outcome = outcome_name(r->outcome);
	struct metric_cell *cell;
	char code[8];

	if (r->status == 200) {
		cell = cells_get(c, METRICS_REQUESTS, model, "200", outcome);
	} else {
		snprintf(code, sizeof(code), "%u", r->status);
		cell = metrics_cell(c->metrics, METRICS_REQUESTS, model, code,
				    outcome);
	}
	metric_inc(cell);
	metric_observe(cells_get(c, METRICS_DURATION, model, NULL, NULL),
		       (double)(r->end_ns - r->start_ns) / 1e9);
	if (r->queue_since_ms != 0)
		metric_observe(
			cells_get(c, METRICS_QUEUE_WAIT, model, NULL, NULL),
			(double)r->queue_ms / 1e3);
	if (r->first_ns != 0)
		metric_observe(
			cells_get(c, METRICS_FIRST_BYTE, model, NULL, NULL),
			(double)(r->first_ns - r->start_ns) / 1e9);
}

enum flow step_finish(struct request *r)
{
	struct client *c = r->client;
	bool keep = r->keep, explained = !list_empty(&r->explaining);

	r->end_ns = clock_ns();
	if (r->worker != NULL && !explained)
		learn(r);
	if (!explained) {
		count(r);
		access_write(r);
	}
	request_release(r);
	r->client = NULL;
	request_destroy(r);
	if (c != NULL)
		client_answered(c, keep);
	return FLOW_STOP;
}

/* FINISH: what the request taught is told on, its outcome is recorded, and
 * everything it held is given back. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/http/find.h"
#include "router/api/finish.h"
#include "router/proxy/funnel.h"
#include "router/proxy/kv_room.h"
#include "router/proxy/outlook.h"
#include "router/proxy/request.h"
#include "router/proxy/traced.h"

/* "usage": is never inside a string: there its quotes are escaped. */
static void read_tail_usage(const struct request *r, struct api_usage *out)
{
	static const struct slice name = SLICE("\"usage\"");
	struct slice tail = buf_slice(&r->tail), left = tail;
	size_t at;

	while ((at = http_find_last_quoted(left, name)) < left.n) {
		struct slice behind = slice_from(tail, at + name.n);

		if (behind.n > 1 && behind.p[0] == ':') {
			api_usage_read_object(slice_from(behind, 1), out);
			return;
		}
		left.n = at;
	}
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

/* The prediction is of the first prompt; several would be summed. */
static bool is_comparable(const struct request *r, const struct ending *e)
{
	/* A peer gives what it has by then. */
	return r->choice.exact && r->choice.fetch_blocks == 0 &&
	       r->prompt.known && r->one_prompt &&
	       e->usage.cached_tokens >= 0 &&
	       e->usage.prompt_tokens == (int64_t)r->prompt.n_tokens;
}

static enum cells_column verdict_of(enum ingest_verdict v)
{
	static const enum cells_column column[] = {
		[INGEST_EXACT] = CELLS_EXACT,
		[INGEST_INDEX_CHANGED] = CELLS_INDEX_CHANGED,
		[INGEST_WRONG] = CELLS_WRONG,
		[INGEST_UNKNOWN] = CELLS_UNKNOWN,
	};

	return column[v];
}

static void report_prediction(struct request *r, struct ending *e)
{
	struct cells *c = &r->proxy->cells;
	enum ingest_verdict v = INGEST_UNKNOWN;
	struct ingest_outcome o = {
		.worker = r->worker,
		.predicted_tokens = (uint32_t)predicted_tokens(r),
		.version = r->choice.index_version,
	};

	if (r->load != NULL && r->load->worker == r->worker->id) {
		o.store = r->model->store;
		o.own_tokens = o.predicted_tokens -
			       r->load->n * r->choice.block_size;
		o.key = r->load->key;
		o.n_keys = r->load->n;
		o.store_puts = r->load->puts;
	}
	/* Blocks that came from another worker count as cached. */
	if (r->outcome != OUTCOME_OK || !r->prompt.known ||
	    (r->handed != NULL && r->handed->over))
		return;
	if (is_comparable(r, e)) {
		o.reported_tokens = (uint32_t)e->usage.cached_tokens;
		v = ingest_report(r->proxy->o.ingest, &o);
	}
	e->verdict = ingest_verdict_name(v);
	e->index_changed = v == INGEST_INDEX_CHANGED;
	metric_inc(cells_of(c, cells_sheet(c, r->worker->name), verdict_of(v)));
}

/* What is known to be there is told again one time in so many: it stays
 * young for that. */
#define TELL_ALL_EACH 8

static size_t first_to_tell(struct request *r, size_t n)
{
	const struct draft *d = r->draft;
	size_t known = d->candidate[d->decision.chosen].approx_blocks;

	if (r->proxy->n_taught++ % TELL_ALL_EACH == 0)
		return 0;
	return known < n ? known : n;
}

/* What the worker has seen, for the approximate index. */
void request_teach(struct request *r)
{
	const struct draft *d = r->draft;
	const struct chain *c = r->prompt.known ? &d->tokens : &d->text;
	size_t from;

	if (r->first_ns == 0 || c->key == NULL || c->n == 0)
		return;
	from = first_to_tell(r, c->n);
	ingest_learn(r->proxy->o.ingest, r->worker, c->key + from, c->n - from);
}

/* Whether the worker's answers tell cached_tokens. Older engines tell none
 * where there are none, so that one answer that tells is proof. */
static void note_usage(const struct request *r, const struct ending *e)
{
	_Atomic(enum worker_usage) *known = &r->worker->usage;
	enum worker_usage now = e->usage.cached_tokens >= 0 ? WORKER_TELLS
							    : WORKER_TELLS_NOT;
	enum worker_usage was = atomic_load_explicit(known,
						     memory_order_relaxed);

	if (was != now && was != WORKER_TELLS)
		atomic_store_explicit(known, now, memory_order_relaxed);
}

/* Each answer says how many tokens its prompt had: where that is not what
 * we made of it, the worker is asked again what it makes of the probes. */
static void note_count(const struct request *r, const struct ending *e)
{
	struct cells *c = &r->proxy->cells;
	struct cells_sheet *worker;
	bool same = e->usage.prompt_tokens == (int64_t)r->prompt.n_tokens;

	if (!r->prompt.whole || !r->one_prompt)
		return;
	worker = cells_sheet(c, r->worker->name);
	metric_inc(cells_of(c, worker,
			    same ? CELLS_SAME_COUNT : CELLS_OTHER_COUNT));
	if (!same)
		atomic_fetch_add_explicit(&r->worker->miscounts, 1,
					  memory_order_relaxed);
}

static void note_answer(const struct request *r, const struct ending *e)
{
	enum api_kind kind = r->endpoint->kind;

	if (r->outcome != OUTCOME_OK || e->usage.prompt_tokens < 0)
		return;
	/* Other APIs were slower to tell of the cache. */
	if (kind == API_CHAT || kind == API_COMPLETION)
		note_usage(r, e);
	note_count(r, e);
}

static void learn(struct request *r, struct ending *e)
{
	if (r->streaming_sse)
		api_usage_read_stream(&r->sse, &e->usage);
	else
		read_tail_usage(r, &e->usage);
	judge(r);
	report_prediction(r, e);
	funnel_count(r, e);
	note_answer(r, e);
	outlook_learn_output(r, e);
	if (r->draft != NULL)
		request_teach(r);
}

static struct metric_cell *end_cell(struct request *r,
				    struct cells_sheet *model)
{
	struct cells *c = &r->proxy->cells;
	char code[8];

	if (r->status == 200 && r->outcome == OUTCOME_OK)
		return cells_of(c, model, CELLS_OK);
	snprintf(code, sizeof(code), "%u", r->status);
	return metrics_cell(c->metrics, METRICS_REQUESTS, model->name, code,
			    outcome_name(r->outcome));
}

static double seconds(uint64_t from_ns, uint64_t to_ns)
{
	return (double)(to_ns - from_ns) / 1e9;
}

/* Several answers to one request come side by side, and count as one. */
static void count_pace(struct request *r, const struct ending *e,
		       struct cells_sheet *model)
{
	int64_t tokens = e->usage.completion_tokens;

	if (r->outcome == OUTCOME_OK && r->streaming_sse && tokens > 1)
		metric_observe(
			cells_of(&r->proxy->cells, model, CELLS_TOKEN_TIME),
			seconds(r->first_ns, e->end_ns) / (double)(tokens - 1));
}

static void count_finish(struct request *r, struct cells_sheet *model)
{
	static const enum cells_column column[API_FINISHES] = {
		[API_FINISH_STOP] = CELLS_FINISH_STOP,
		[API_FINISH_LENGTH] = CELLS_FINISH_LENGTH,
		[API_FINISH_TOOL_CALLS] = CELLS_FINISH_TOOL_CALLS,
		[API_FINISH_CONTENT_FILTER] = CELLS_FINISH_CONTENT_FILTER,
		[API_FINISH_OTHER] = CELLS_FINISH_OTHER,
	};
	enum api_kind kind;
	enum api_finish f;

	if (r->outcome != OUTCOME_OK || r->worker == NULL)
		return;
	kind = r->endpoint->kind;
	f = r->streaming_sse ? api_finish_read_stream(&r->sse, kind)
			     : api_finish_read(buf_slice(&r->tail), kind);
	if (f != API_FINISH_UNTOLD)
		metric_inc(cells_of(&r->proxy->cells, model, column[f]));
}

static void count(struct request *r, const struct ending *e)
{
	struct cells *c = &r->proxy->cells;
	const char *name = r->model ? r->model->conf->name : "none";
	struct cells_sheet *model = cells_sheet(c, name);

	metric_inc(end_cell(r, model));
	metric_observe(cells_of(c, model, CELLS_DURATION),
		       seconds(r->start_ns, e->end_ns));
	if (r->was_queued)
		metric_observe(cells_get(c, METRICS_QUEUE_WAIT, name,
					 kv_room_class_name(kv_room_class(r)),
					 NULL),
			       (double)r->queue_ms / 1e3);
	if (r->first_ns != 0)
		metric_observe(cells_of(c, model, CELLS_FIRST_BYTE),
			       seconds(r->start_ns, r->first_ns));
	count_pace(r, e, model);
	count_finish(r, model);
	metric_observe(cells_of(c, model, CELLS_BODY_SIZE),
		       (double)request_body_bytes(r));
	metric_observe(cells_of(c, model, CELLS_ANSWER_SIZE),
		       (double)r->sent_bytes);
}

static bool is_explanation(const struct request *r)
{
	return r->draft != NULL && !list_empty(&r->draft->explaining);
}

enum flow step_finish(struct request *r)
{
	struct responder *to = r->responder;
	bool explained = is_explanation(r);
	struct ending e = {.end_ns = r->last_ns ? r->last_ns : clock_ns()};

	api_usage_init(&e.usage);
	if (r->worker != NULL && !explained)
		learn(r, &e);
	if (!explained) {
		decided_end(r, &e);
		if (r->admission != NULL)
			admit_settle(r, &e);
		count(r, &e);
		access_write(r, &e);
		traced_end(r, &e);
	}
	kv_room_end(r, &e);
	request_release(r);
	r->responder = NULL;
	request_destroy(r);
	if (to != NULL)
		to->ops->answered(to);
	return FLOW_STOP;
}

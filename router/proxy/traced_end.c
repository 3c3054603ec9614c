/* What is known of a traced request when it is over. */
#include "router/proxy/traced.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/tracing/tracer.h"

static bool is_error(const struct request *r)
{
	switch (r->outcome) {
	case OUTCOME_OK:
	case OUTCOME_CLIENT_ERROR:
	case OUTCOME_CLIENT_GONE: return false;
	default: return true;
	}
}

static void tell_usage(struct traced *t, const struct trace_span *s,
		       const struct api_usage *u)
{
	trace_put(t->trace, s, TRACE_INPUT_TOKENS, u->prompt_tokens);
	trace_put(t->trace, s, TRACE_OUTPUT_TOKENS, u->completion_tokens);
	trace_put(t->trace, s, TRACE_CACHED_TOKENS, u->cached_tokens);
}

static void tell_answer(struct request *r, const struct ending *e)
{
	struct traced *t = r->traced;
	struct trace_span *s = t->decode;

	if (s == NULL)
		return;
	s->error = is_error(r) ? r->why : NULL;
	s->first_ns = r->first_ns;
	if (r->status != 0)
		trace_put(t->trace, s, TRACE_STATUS, r->status);
	trace_put(t->trace, s, TRACE_STREAM, r->streaming_sse);
	if (r->first_ns > s->start_ns)
		trace_put(t->trace, s, TRACE_FIRST_CHUNK,
			  (int64_t)(r->first_ns - s->start_ns));
	tell_usage(t, s, &e->usage);
	if (t->fetch != NULL)
		t->fetch->end_ns = r->first_ns;
}

static void tell_route(struct request *r, const struct ending *e)
{
	struct traced *t = r->traced;
	const struct trace_span *s = t->trace->span;

	if (r->model == NULL)
		return;
	traced_put(t, s, TRACE_OPERATION, traced_operation(r));
	traced_put(t, s, TRACE_MODEL, r->model->conf->name);
	trace_put_text(t->trace, s, TRACE_LORA, request_lora(r));
	traced_put(t, s, TRACE_TOKENIZED, r->prompt.how);
	traced_put(t, s, TRACE_PREDICTION, e->verdict);
	if (r->worker != NULL)
		traced_put(t, s, TRACE_WORKER, r->worker->name);
	trace_put(t->trace, s, TRACE_TRIES, r->n_tried);
	tell_usage(t, s, &e->usage);
}

static void tell_request(struct request *r)
{
	struct traced *t = r->traced;
	struct trace_span *s = t->trace->span;
	const char *route = r->endpoint != NULL ? r->endpoint->path : "";
	struct slice method = http_method_name(r->method);

	trace_name(t->trace, s, method, slice_of(route));
	trace_put_text(t->trace, s, TRACE_METHOD, method);
	traced_put(t, s, TRACE_ROUTE, route);
	traced_put(t, s, TRACE_PROTOCOL, r->over_http2 ? "2" : "1.1");
	if (r->status != 0)
		trace_put(t->trace, s, TRACE_STATUS, r->status);
	traced_put(t, s, TRACE_OUTCOME, outcome_name(r->outcome));
	traced_put(t, s, TRACE_REQUEST_ID, r->id);
	traced_put(t, s, TRACE_CLIENT_ID, r->client_id);
	traced_put(t, s, TRACE_TENANT, admit_name(r));
	if (!is_error(r))
		return;
	traced_put(t, s, TRACE_ERROR, outcome_name(r->outcome));
	s->error = r->why;
}

/* Whoever asks every second whether we live wants no traces of that, unless
 * it says so. */
static bool is_idle_question(const struct request *r)
{
	return r->endpoint != NULL && r->traced->trace->of.span_id == 0 &&
	       (r->endpoint->kind == API_HEALTH ||
		r->endpoint->kind == API_VERSION);
}

void traced_finish(struct request *r, const struct ending *e)
{
	struct traced *t = r->traced;

	if (!is_idle_question(r)) {
		tell_request(r);
		tell_route(r, e);
		tell_answer(r, e);
		trace_end(t->trace, e->end_ns);
		t->trace->to_unix_ns = (int64_t)(clock_wall_us() * 1000 -
						 clock_ns());
		tracer_put(r->proxy->o.tracer, &t->trace);
	}
	trace_destroy(&t->trace);
	mem_free(t);
	r->traced = NULL;
}

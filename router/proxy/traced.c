#include "router/proxy/traced.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/http/writer.h"
#include "router/proxy/fetch.h"
#include "router/tracing/tracer.h"

struct traced {
	struct trace *trace;
	/* Of the last try; NULL: there was none, or no room for it. */
	struct trace_span *prefill, *decode, *fetch;
	uint64_t decided_ns; /* of the last decision that is told */
	uint64_t failed_ns;  /* of the last try that failed; 0: none did */
};

/* --- its beginning ---------------------------------------------------------
 */

static bool is_parent(const struct http_header *h)
{
	return h->name.n == 11 &&
	       slice_equal_nocase(h->name, SLICE("traceparent"));
}

static bool is_state(const struct http_header *h)
{
	return h->name.n == 10 &&
	       slice_equal_nocase(h->name, SLICE("tracestate"));
}

/* Of several nobody knows which is meant (W3C Trace Context 3.2). */
static enum status read_parent(const struct http_head *h,
			       struct trace_context *out)
{
	const struct http_header *found = NULL;

	for (size_t i = 0; i < h->n_headers; i++) {
		if (!is_parent(&h->header[i]))
			continue;
		if (found != NULL)
			return ERR_INVALID;
		found = &h->header[i];
	}
	return found != NULL ? trace_context_parse(found->value, out)
			     : ERR_INVALID;
}

static uint64_t new_id(struct request *r)
{
	uint64_t id = rng_next(&r->proxy->rng);

	return id != 0 ? id : 1;
}

static struct trace_context new_context(struct request *r)
{
	struct trace_context c = {.flags = TRACE_SAMPLED | TRACE_RANDOM};
	uint64_t id[2] = {new_id(r), new_id(r)};

	memcpy(c.trace_id, id, sizeof(id));
	return c;
}

/* Without what is written anew for each worker; the state of a trace that
 * nobody goes on with goes, too. */
static void cut_head(struct draft *d, bool goes_on)
{
	const struct http_head *h = d->head;
	struct http_head *ours = arena_alloc(&d->arena, sizeof(*ours));

	*ours = *h;
	ours->header = arena_array(&d->arena, h->n_headers + 1,
				   sizeof(*ours->header));
	ours->n_headers = 0;
	for (size_t i = 0; i < h->n_headers; i++) {
		const struct http_header *it = &h->header[i];

		if (!is_parent(it) && (goes_on || !is_state(it)))
			ours->header[ours->n_headers++] = *it;
	}
	d->head = ours;
}

void traced_begin(struct request *r)
{
	struct trace_context c;
	bool goes_on = read_parent(r->draft->head, &c) == OK;
	struct traced *t;

	if (goes_on && (c.flags & TRACE_SAMPLED) == 0)
		return;
	if (!goes_on &&
	    rng_unit(&r->proxy->rng) >= r->fleet->conf->tracing.sample)
		return;
	if (!goes_on)
		c = new_context(r);
	r->traced = t = mem_zalloc(sizeof(*t));
	t->trace = trace_create(&c);
	trace_add(t->trace, TRACE_SERVER, NULL, new_id(r), r->start_ns);
	cut_head(r->draft, goes_on);
}

struct slice traced_id(const struct request *r, char out[2 * TRACE_ID_BYTES])
{
	if (r->traced == NULL)
		return (struct slice){NULL, 0};
	return trace_id_hex(r->traced->trace->of.trace_id, out);
}

/* --- its legs --------------------------------------------------------------
 */

static void put(struct traced *t, const struct trace_span *s,
		enum trace_attribute a, const char *text)
{
	if (text != NULL)
		trace_put_text(t->trace, s, a, slice_of(text));
}

/* "host:port" without the port, and without brackets. */
static struct slice host_of(const char *place)
{
	struct slice s = slice_of(place);
	size_t n = s.n;

	while (n > 0 && s.p[n - 1] != ':' && s.p[n - 1] != ']')
		n--;
	if (n > 0 && s.p[n - 1] == ':')
		s.n = n - 1;
	if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = (struct slice){s.p + 1, s.n - 2};
	return s;
}

static const char *operation_of(const struct request *r)
{
	if (api_kind_is_chat(r->endpoint->kind))
		return "chat";
	return r->endpoint->kind == API_COMPLETION ? "text_completion" : NULL;
}

/* From when it was here, or the last try had failed. */
static void tell_decision(struct request *r)
{
	struct traced *t = r->traced;
	const struct draft *d = r->draft;
	const struct choice *c = &r->choice;
	struct trace_span *s;

	if (t->decided_ns == d->decided_ns)
		return;
	t->decided_ns = d->decided_ns;
	s = trace_add(t->trace, TRACE_INTERNAL, t->trace->span, new_id(r),
		      t->failed_ns > d->ready_ns ? t->failed_ns : d->ready_ns);
	if (s == NULL)
		return;
	s->end_ns = d->decided_ns;
	trace_name(t->trace, s, SLICE("decide"), (struct slice){NULL, 0});
	put(t, s, TRACE_POLICY, r->model->conf->policy->name);
	put(t, s, TRACE_REASON, c->reason);
	put(t, s, TRACE_WORKER, r->worker->name);
	trace_put(t->trace, s, TRACE_CANDIDATES, (int64_t)d->n_candidates);
	trace_put(t->trace, s, TRACE_PROMPT_BLOCKS, c->prompt_blocks);
	trace_put(t->trace, s, TRACE_HELD_BLOCKS, c->held_blocks);
	trace_put(t->trace, s, TRACE_BEST_BLOCKS, c->best_blocks);
	trace_put(t->trace, s, TRACE_EXACT, c->exact);
	if (r->was_queued)
		trace_put(t->trace, s, TRACE_QUEUE,
			  (int64_t)r->queue_ms * 1000000);
}

static struct trace_span *add_leg(struct request *r, const struct worker *w,
				  const char *name)
{
	struct traced *t = r->traced;
	struct slice model = slice_of(r->model->conf->name);
	struct trace_span *s = trace_add(t->trace, TRACE_CLIENT, t->trace->span,
					 new_id(r), clock_ns());

	trace_name(t->trace, s, slice_of(name), model);
	put(t, s, TRACE_OPERATION, operation_of(r));
	trace_put_text(t->trace, s, TRACE_MODEL, model);
	put(t, s, TRACE_WORKER, w->name);
	trace_put_text(t->trace, s, TRACE_HOST, host_of(w->host));
	trace_put(t->trace, s, TRACE_PORT, addr_port(&w->addr));
	return s;
}

/* What its worker does itself: of its times no more is known than that it
 * is over before the first byte. */
static struct trace_span *add_fetch(struct request *r)
{
	struct traced *t = r->traced;
	const struct worker *from;
	struct trace_span *s;

	if (r->choice.fetch_blocks == 0 || t->decode == NULL)
		return NULL;
	from = r->model->worker[r->choice.source];
	s = trace_add(t->trace, TRACE_INTERNAL, t->decode, new_id(r),
		      t->decode->start_ns);
	trace_name(t->trace, s, SLICE("fetch"), (struct slice){NULL, 0});
	put(t, s, TRACE_WORKER, from->name);
	put(t, s, TRACE_HOST, from->peer_host);
	trace_put(t->trace, s, TRACE_PORT, from->peer_port);
	trace_put(t->trace, s, TRACE_FETCH_BLOCKS, r->choice.fetch_blocks);
	return s;
}

static struct trace_span *add_prefill(struct request *r, const struct worker *w)
{
	struct trace_span *s = add_leg(r, w, "prefill");

	put(r->traced, s, TRACE_CONNECTOR, connector_get(w->connector)->name);
	return s;
}

static struct trace_span *add_decode(struct request *r)
{
	const char *name = operation_of(r);
	struct trace_span *s = add_leg(r, r->worker,
				       name != NULL ? name : "ask");

	if (r->prompt.sent)
		trace_put(r->traced->trace, s, TRACE_SENT_IDS, true);
	return s;
}

void traced_write_leg(struct request *r, const struct send_to *to,
		      struct buf *out)
{
	struct traced *t = r->traced;
	struct trace_context c = t->trace->of;
	char text[TRACE_CONTEXT_CHARS];
	struct trace_span *leg;

	tell_decision(r);
	if (to->prefills) {
		leg = t->prefill = add_prefill(r, to->worker);
	} else {
		leg = t->decode = add_decode(r);
		t->fetch = add_fetch(r);
	}
	c.span_id = leg != NULL ? leg->id : t->trace->span[0].id;
	http_write_line(out, SLICE("traceparent"),
			trace_context_write(&c, text));
}

static void end_span(struct trace_span **s, uint64_t at_ns, const char *error)
{
	if (*s != NULL) {
		(*s)->end_ns = at_ns;
		(*s)->error = error;
	}
	*s = NULL;
}

static bool is_fault(const char *outcome)
{
	return strcmp(outcome, "failed") == 0 ||
	       strcmp(outcome, "refused") == 0;
}

void traced_end_prefill(struct request *r, const char *outcome, unsigned status,
			uint64_t at_ns)
{
	struct traced *t = r->traced;

	put(t, t->prefill, TRACE_HAND_OVER, outcome);
	if (status != 0)
		trace_put(t->trace, t->prefill, TRACE_STATUS, status);
	end_span(&t->prefill, at_ns != 0 ? at_ns : clock_ns(),
		 is_fault(outcome) ? outcome : NULL);
}

void traced_end_try(struct request *r, const char *why)
{
	struct traced *t = r->traced;

	t->failed_ns = clock_ns();
	put(t, t->decode, TRACE_ERROR, why);
	if (r->status != 0)
		trace_put(t->trace, t->decode, TRACE_STATUS, r->status);
	end_span(&t->prefill, t->failed_ns, why);
	end_span(&t->fetch, t->failed_ns, why);
	end_span(&t->decode, t->failed_ns, why);
}

/* --- its end ---------------------------------------------------------------
 */

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
	put(t, s, TRACE_OPERATION, operation_of(r));
	put(t, s, TRACE_MODEL, r->model->conf->name);
	trace_put_text(t->trace, s, TRACE_LORA, request_lora(r));
	put(t, s, TRACE_TOKENIZED, r->prompt.how);
	put(t, s, TRACE_PREDICTION, e->verdict);
	if (r->worker != NULL)
		put(t, s, TRACE_WORKER, r->worker->name);
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
	put(t, s, TRACE_ROUTE, route);
	put(t, s, TRACE_PROTOCOL, r->over_http2 ? "2" : "1.1");
	if (r->status != 0)
		trace_put(t->trace, s, TRACE_STATUS, r->status);
	put(t, s, TRACE_OUTCOME, outcome_name(r->outcome));
	put(t, s, TRACE_REQUEST_ID, r->id);
	put(t, s, TRACE_CLIENT_ID, r->client_id);
	put(t, s, TRACE_TENANT, admit_name(r));
	if (!is_error(r))
		return;
	put(t, s, TRACE_ERROR, outcome_name(r->outcome));
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

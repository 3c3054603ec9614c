#include "router/proxy/traced.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/http/writer.h"
#include "router/proxy/fetch.h"
#include "router/tracing/head.h"

/* --- its beginning ------------------------------------------------------- */

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

void traced_begin(struct request *r)
{
	struct trace_context c;
	bool goes_on = trace_head_parent(r->draft->head, &c) == OK;
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
	r->draft->head = trace_head_cut(r->draft->head, goes_on,
					&r->draft->arena);
}

struct slice traced_id(const struct request *r, char out[2 * TRACE_ID_BYTES])
{
	if (r->traced == NULL)
		return (struct slice){NULL, 0};
	return trace_id_hex(r->traced->trace->of.trace_id, out);
}

/* --- its legs ------------------------------------------------------------ */

void traced_put(struct traced *t, const struct trace_span *s,
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

const char *traced_operation(const struct request *r)
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
	traced_put(t, s, TRACE_POLICY, r->model->conf->policy->name);
	traced_put(t, s, TRACE_REASON, c->reason);
	traced_put(t, s, TRACE_WORKER, r->worker->name);
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
	traced_put(t, s, TRACE_OPERATION, traced_operation(r));
	trace_put_text(t->trace, s, TRACE_MODEL, model);
	traced_put(t, s, TRACE_WORKER, w->name);
	trace_put_text(t->trace, s, TRACE_HOST, host_of(w->host));
	trace_put(t->trace, s, TRACE_PORT, addr_port(&w->addr));
	return s;
}

/* What its worker does itself: of its times no more is known than that it
 * is over before the first byte. */
static struct trace_span *add_fetch(struct request *r,
				    const struct trace_span *leg)
{
	struct traced *t = r->traced;
	const struct worker *from;
	struct trace_span *s;

	if (r->choice.fetch_blocks == 0 || leg == NULL)
		return NULL;
	from = r->model->worker[r->choice.source];
	s = trace_add(t->trace, TRACE_INTERNAL, leg, new_id(r), leg->start_ns);
	trace_name(t->trace, s, SLICE("fetch"), (struct slice){NULL, 0});
	traced_put(t, s, TRACE_WORKER, from->name);
	traced_put(t, s, TRACE_HOST, from->peer_host);
	trace_put(t->trace, s, TRACE_PORT, from->peer_port);
	trace_put(t->trace, s, TRACE_FETCH_BLOCKS, r->choice.fetch_blocks);
	return s;
}

static struct trace_span *add_prefill(struct request *r, const struct worker *w)
{
	struct trace_span *s = add_leg(r, w, "prefill");

	traced_put(r->traced, s, TRACE_CONNECTOR,
		   connector_get(w->connector)->name);
	return s;
}

static struct trace_span *add_decode(struct request *r)
{
	const char *name = traced_operation(r);
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
	if (to->prefills)
		leg = t->prefill = add_prefill(r, to->worker);
	else
		leg = t->decode = add_decode(r);
	if (to->prefills || r->draft->legs == NULL)
		t->fetch = add_fetch(r, leg);
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

	traced_put(t, t->prefill, TRACE_HAND_OVER, outcome);
	if (status != 0)
		trace_put(t->trace, t->prefill, TRACE_STATUS, status);
	at_ns = at_ns != 0 ? at_ns : clock_ns();
	outcome = is_fault(outcome) ? outcome : NULL;
	end_span(&t->fetch, at_ns, outcome);
	end_span(&t->prefill, at_ns, outcome);
}

void traced_end_try(struct request *r, const char *why)
{
	struct traced *t = r->traced;

	t->failed_ns = clock_ns();
	traced_put(t, t->decode, TRACE_ERROR, why);
	if (r->status != 0)
		trace_put(t->trace, t->decode, TRACE_STATUS, r->status);
	end_span(&t->prefill, t->failed_ns, why);
	end_span(&t->fetch, t->failed_ns, why);
	end_span(&t->decode, t->failed_ns, why);
}

#include "router/proxy/h2_request.h"

#include "common/base/clock.h"
#include "router/proxy/patience.h"

/* Room that a stated length gets before its bytes are there: there may be
 * many of them on one connection. */
#define MAX_TRUSTED ((size_t)64 * 1024)
/* What the bodies on one connection may hold, in bodies of the most bytes. */
#define MAX_BODIES 4
/* Some clients that are still sending when a reset comes do not look at the
 * answer before it. */
#define EARLY_MS 500
/* Timers run on a clock that is a little behind. */
#define CLOCK_SLACK_MS 10

static struct proxy *proxy_of(const struct h2_request *q)
{
	return q->owner->client->proxy;
}

static const struct conf_timeouts *timeouts(const struct h2_request *q)
{
	return &proxy_of(q)->fleet->conf->timeouts;
}

static struct h2_request *of_responder(const struct responder *to)
{
	return CONTAINER_OF(to, struct h2_request, responder);
}

static void release_body(struct h2_request *q)
{
	q->owner->body_bytes -= q->body_bytes;
	q->body_bytes = 0;
}

/* --- the answer ------------------------------------------------------ */

/* Frames say where a body ends. */
static void frame(struct request *r, bool open)
{
	(void)r;
	(void)open;
}

static void send_head(struct h2_request *q, const struct request *r, bool ends)
{
	struct slice lines = buf_slice(&r->draft->reply_head);

	/* The status line is HTTP/1's. */
	slice_split(&lines, '\n');
	h2_stream_answer(&q->stream, r->status, lines, ends);
}

/* Once its time is over, its end has all the time that a client takes. */
static uint64_t request_left(const struct h2_request *q)
{
	if (q->request == NULL || q->late)
		return PATIENCE_ENDLESS;
	return patience_request(proxy_of(q), q->first_byte_ns, clock_ns());
}

/* It waits for nothing but its whole request's end, if that has a time. */
static void rest(struct h2_request *q)
{
	uint64_t ms = request_left(q);

	q->stalled = false;
	if (ms == PATIENCE_ENDLESS)
		timer_clear(&q->timer);
	else
		timer_set(&q->timer, ms);
}

/* The earlier of the two times is set already, or it is this one. */
static void expect_progress(struct h2_request *q)
{
	uint64_t stall_ms = timeouts(q)->write_stall, ms;

	if (buf_len(&q->stream.out) == 0 || q->stalled)
		return;
	q->stalled = true;
	ms = request_left(q);
	timer_set(&q->timer, ms < stall_ms ? ms : stall_ms);
}

static void send_part(struct request *r, const struct answer_part *part)
{
	struct h2_request *q = of_responder(r->responder);
	bool empty = part->first && part->last && part->bytes == 0;

	if (part->first) {
		rest(q);
		send_head(q, r, empty);
	}
	if (!empty) {
		h2_stream_send(&q->stream, part->piece, part->n);
		if (part->last)
			h2_stream_end(&q->stream);
	}
	/* Where HTTP/1 says "connection: close". */
	if (part->last && r->proxy->draining)
		h2_session_warn(&q->owner->session, "drain");
	expect_progress(q);
	h2_client_flush_later(q->owner);
}

static size_t queued(const struct responder *to)
{
	return buf_len(&of_responder(to)->stream.out);
}

static void forget_head(struct responder *to)
{
	struct h2_request *q = of_responder(to);

	release_body(q);
	http_parser_forget_head(&q->stream.head);
}

/* The stream goes on until all of it is sent. */
static void answered(struct responder *to)
{
	struct h2_request *q = of_responder(to);

	forget_head(to);
	q->request = NULL;
	/* The request's time does not hold for what is left to be read. */
	rest(q);
	expect_progress(q);
}

static void cut(struct responder *to)
{
	struct h2_request *q = of_responder(to);

	answered(to);
	h2_stream_cut(&q->stream);
	h2_client_flush_later(q->owner);
}

static const struct responder_ops h2_responder = {
	.frame = frame,
	.send = send_part,
	.queued = queued,
	.forget_head = forget_head,
	.answered = answered,
	.cut = cut,
};

/* --- the request ----------------------------------------------------- */

static void begin_request(struct h2_request *q)
{
	q->request = request_create(proxy_of(q), &q->responder,
				    q->first_byte_ns);
	q->request->over_http2 = true;
}

static void refuse(struct h2_request *q, enum outcome outcome, unsigned status,
		   const char *why)
{
	struct api_error e;

	timer_clear(&q->timer);
	q->stream.deaf = true;
	if (q->request == NULL)
		begin_request(q);
	api_error_set(&e, status, NULL, NULL, "%s", why);
	request_fail(q->request, outcome, why, &e);
	request_run(q->request);
}

/* Its request's end is the last that the request hears. */
static void give_up(struct h2_request *q)
{
	struct request *r = q->request;

	q->request = NULL;
	release_body(q);
	if (r != NULL)
		request_client_gone(r);
}

static void expect_body(struct h2_request *q)
{
	uint64_t ms = patience_body(q->request, clock_ns());

	if (ms > 0)
		timer_set(&q->timer, ms);
	else
		refuse(q, OUTCOME_CLIENT_ERROR, 408,
		       "The request did not arrive in time");
}

static void on_timer(void *arg)
{
	struct h2_request *q = arg;

	if (q->early) {
		h2_stream_stop(&q->stream);
		h2_client_flush_later(q->owner);
		return;
	}
	if (q->request != NULL && !q->request->complete) {
		expect_body(q);
		return;
	}
	if (request_left(q) <= CLOCK_SLACK_MS) {
		q->late = true;
		request_took_too_long(q->request);
		return;
	}
	if (!q->stalled) { /* the clock is a moment behind */
		rest(q);
		return;
	}
	/* The client opens no window for it. */
	give_up(q);
	h2_stream_reset(&q->stream);
	h2_client_flush_later(q->owner);
}

static struct h2_stream *on_open(void *arg)
{
	struct h2_client *h = arg;
	struct proxy *p = h->client->proxy;
	struct h2_request *q = slab_zalloc(&p->h2_slab);

	q->responder.ops = &h2_responder;
	q->owner = h;
	q->first_byte_ns = clock_ns();
	timer_init(&q->timer, p->o.loop, on_timer, q);
	metric_add(p->h2_streams, 1);
	return &q->stream;
}

/* So short that it is on its way already. An answer before its end would be
 * followed by a reset, behind which some clients do not see the answer. */
static bool is_short(const struct http_head *h)
{
	return h->framing == HTTP_LENGTH &&
	       h->content_length <= (int64_t)MAX_TRUSTED;
}

static void on_head(void *arg, struct h2_stream *s, const struct http_head *h)
{
	struct h2_request *q = h2_request_of(s);
	struct draft *d;

	(void)arg;
	begin_request(q);
	request_take_head(q->request, h);
	if (!is_short(h) && admit_denies(q->request)) {
		/* Strangers' bodies are not waited for. */
		s->deaf = true;
		request_run(q->request);
		return;
	}
	if (proxy_must_shed(proxy_of(q), h)) {
		s->deaf = true;
		request_shed(q->request, "memory");
		request_run(q->request);
		return;
	}
	d = q->request->draft;
	if (h->framing == HTTP_LENGTH)
		draft_make_room(d, &d->body,
				h->content_length < (int64_t)MAX_TRUSTED
					? (size_t)h->content_length
					: MAX_TRUSTED);
	if (h->expect_continue)
		h2_stream_go_on(s);
	d->body_since_ms = clock_ms();
	expect_body(q);
}

static void on_body(void *arg, struct h2_stream *s, struct slice bytes)
{
	struct h2_request *q = h2_request_of(s);
	struct h2_client *h = arg;
	uint64_t most = MAX_BODIES * h->session.limits->http.max_body_bytes;

	if (h->body_bytes + bytes.n > most) {
		refuse(q, OUTCOME_SHED, 503,
		       "The bodies of this connection's requests are too "
		       "large together");
		return;
	}
	h->body_bytes += bytes.n;
	q->body_bytes += bytes.n;
	buf_append(&q->request->draft->body, bytes);
}

static void on_end(void *arg, struct h2_stream *s)
{
	struct h2_request *q = h2_request_of(s);

	(void)arg;
	q->request->complete = true;
	rest(q);
	q->request->draft->ready_ns = clock_ns();
	request_run(q->request);
}

static void on_refused(void *arg, struct h2_stream *s,
		       const struct http_fault *f)
{
	(void)arg;
	refuse(h2_request_of(s), OUTCOME_CLIENT_ERROR, f->status, f->why);
}

static void on_sent(void *arg, struct h2_stream *s)
{
	struct h2_request *q = h2_request_of(s);

	(void)arg;
	rest(q);
	expect_progress(q);
	if (buf_len(&s->out) == 0 && q->request != NULL)
		request_client_drained(q->request);
}

/* What still comes is dropped meanwhile. */
static void on_early(void *arg, struct h2_stream *s)
{
	struct h2_request *q = h2_request_of(s);

	(void)arg;
	q->early = true;
	timer_set(&q->timer, EARLY_MS);
}

static void on_closed(void *arg, struct h2_stream *s)
{
	struct h2_request *q = h2_request_of(s);
	struct h2_client *h = arg;
	struct proxy *p = proxy_of(q);

	give_up(q);
	timer_fini(&q->timer);
	h2_stream_fini(s);
	slab_free(&p->h2_slab, q);
	metric_add(p->h2_streams, -1);
	h2_client_flush_later(h);
	request_trim_later(p);
}

static void on_noted(void *arg, enum h2_note note, const char *reason)
{
	struct h2_client *h = arg;
	struct cells *c = &h->client->proxy->cells;

	switch (note) {
	case H2_RESET_BY_CLIENT:
		metric_inc(
			cells_get(c, METRICS_H2_RESETS, "client", NULL, NULL));
		break;
	case H2_RESET_BY_US:
		metric_inc(
			cells_get(c, METRICS_H2_RESETS, "gateway", NULL, NULL));
		break;
	case H2_GOAWAY:
		metric_inc(
			cells_get(c, METRICS_H2_GOAWAYS, reason, NULL, NULL));
		break;
	}
}

const struct h2_events h2_request_events = {
	.open = on_open,
	.head = on_head,
	.body = on_body,
	.end = on_end,
	.refused = on_refused,
	.sent = on_sent,
	.early = on_early,
	.closed = on_closed,
	.noted = on_noted,
};

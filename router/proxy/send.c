/* SEND and AWAIT: the request goes to the worker; until a byte of the
 * answer has reached the client another worker may still be tried. */
#include "router/proxy/send.h"

#include "common/base/assert.h"
#include "common/base/log.h"
#include "common/http/writer.h"
#include "router/api/headers.h"
#include "router/proxy/candidacy.h"
#include "router/proxy/legs.h"
#include "router/proxy/relay.h"
#include "router/proxy/retry.h"
#include "router/proxy/traced.h"

/* What a head of ours has beside the client's. */
#define OWN_BYTES 192

static bool passes_but_key(const struct http_head *head,
			   const struct http_header *h)
{
	return h->id != HTTP_NAME_AUTHORIZATION &&
	       api_header_forwarded(head, h);
}

static void forward_headers(struct request *r, const struct worker *w,
			    struct buf *out)
{
	if (r->admission != NULL)
		http_write_passing(out, r->draft->head, admit_passes);
	else
		http_write_passing(out, r->draft->head,
				   w->api_key ? passes_but_key
					      : api_header_forwarded);
	if (w->api_key != NULL) {
		buf_puts(out, "authorization: Bearer ");
		buf_puts(out, w->api_key);
		buf_puts(out, "\r\n");
	}
}

static void write_head(struct request *r, const struct send_to *to,
		       size_t body_bytes)
{
	struct buf *out = to->head;
	const struct worker *w = to->worker;

	buf_reset(out, 64 * 1024);
	draft_make_room(r->draft, out, r->draft->head_bytes + OWN_BYTES);
	ASSERT(http_write_request(out, r->draft->head->method_text,
				  r->draft->path) == OK);
	http_write_own(out, "host", w->host);
	http_write_number(out, "content-length", body_bytes);
	http_write_line(out, SLICE("x-request-id"), to->id);
	if (w->rank >= 0)
		http_write_number(out, "x-data-parallel-rank",
				  (uint64_t)w->rank);
	forward_headers(r, w, out);
	traced_leg(r, to, out);
	http_write_end(out);
}

size_t send_gather(struct request *r, const struct send_to *to,
		   const struct splice *body, struct slice **out)
{
	size_t n, bytes;
	struct slice *piece = splice_pieces(body, &n, &bytes);
	bool few = n < EXCHANGE_SEND_PIECES;
	struct slice *send = arena_array(&r->draft->arena, few ? n + 1 : 2,
					 sizeof(*send));

	write_head(r, to, bytes);
	*out = send;
	send[0] = buf_slice(to->head);
	if (few) {
		for (size_t i = 0; i < n; i++)
			send[1 + i] = piece[i];
		return n + 1;
	}
	buf_reset(to->spare, 0);
	splice_append(body, to->spare);
	send[1] = buf_slice(to->spare);
	return 2;
}

enum flow send_give_up(struct request *r, const char *why, bool slow)
{
	struct api_error e;

	api_error_set(&e, slow ? 504 : 502, NULL,
		      slow ? "upstream_timeout" : "upstream_error",
		      "No worker answered: %s", why);
	r->draft->retry_after_s = slow ? retry_after_silence(r)
				       : candidacy_retry_after(r);
	return request_fail(r, slow ? OUTCOME_DEADLINE : OUTCOME_UPSTREAM_ERROR,
			    why, &e);
}

static enum flow give_up(struct request *r, enum exchange_failure why)
{
	bool slow = why == EXCHANGE_FIRST_SLOW || why == EXCHANGE_CONNECT_SLOW;

	return send_give_up(r, exchange_failure_name(why), slow);
}

bool send_is_failure(unsigned status, enum breaker_failure *out)
{
	*out = status == 429 || status == 503 ? BREAKER_BUSY : BREAKER_ERROR;
	return status == 429 || status >= 500;
}

/* Only who is busy is left alone for it. */
uint64_t send_pause_ms(const struct http_head *h)
{
	return h->status == 429 || h->status == 503 ? api_retry_after_ms(h) : 0;
}

/* Of two workers' requests what was handed over may be what is wrong: decode
 * may well do without. */
static bool try_elsewhere(struct request *r, unsigned status)
{
	if (legs_may_be_lost(r, status)) {
		legs_are_lost(r);
		r->draft->unsplit = true;
		return retry_elsewhere(r, r->worker, "hand-over failed");
	}
	retry_note_try(r, r->worker);
	return retry_may_better(r, status) &&
	       retry_elsewhere(r, r->worker, "turned away");
}

static void on_head(void *arg, const struct http_head *h)
{
	struct request *r = arg;
	enum breaker_failure failure;

	if (send_is_failure(h->status, &failure))
		candidacy_failed(r, failure, send_pause_ms(h));
	if (try_elsewhere(r, h->status)) {
		exchange_cancel(&r->exchange);
		request_run(r);
		return;
	}
	relay_begin(r, h);
}

static void on_body(void *arg, const struct slice *piece, size_t n,
		    bool complete)
{
	struct request *r = arg;
	enum breaker_failure failure;
	bool good = !send_is_failure(r->status, &failure);

	if (r->step == STEP_AWAIT) {
		request_step(r, STEP_STREAM);
		legs_first_byte(r);
		if (good)
			candidacy_passed(r);
	}
	if (complete && good)
		candidacy_answered(r);
	relay_pieces(r, piece, n, complete);
	if (!complete)
		return;
	request_step(r, STEP_FINISH);
	request_run(r);
}

enum breaker_failure send_failure_kind(enum exchange_failure why)
{
	switch (why) {
	case EXCHANGE_RESET:
	case EXCHANGE_CUT: return BREAKER_RESET;
	case EXCHANGE_FIRST_SLOW: return BREAKER_FIRST_BYTE;
	case EXCHANGE_BETWEEN_SLOW: return BREAKER_BETWEEN_BYTES;
	case EXCHANGE_BAD: return BREAKER_BAD_ANSWER;
	default: return BREAKER_CONNECT; /* or no TLS on it */
	}
}

/* One whose answer was a failure already is not counted twice. */
static void note_failure(struct request *r, enum exchange_failure why)
{
	enum breaker_failure told;

	if (!send_is_failure(r->status, &told))
		candidacy_failed(r, send_failure_kind(why), 0);
}

static void on_failed(void *arg, enum exchange_failure why)
{
	struct request *r = arg;

	if (why == EXCHANGE_NO_ROOM) {
		/* Not the worker's fault, and no other could be reached. */
		buf_reset(&r->draft->reply_head, 4096);
		request_shed(r, "descriptors");
		request_run(r);
		return;
	}
	note_failure(r, why);
	if (r->head_sent) {
		log_warn("request %s: %s: %s in the middle of the answer",
			 r->id, r->worker->name, exchange_failure_name(why));
		metric_inc(cells_get(&r->proxy->cells, METRICS_CUT_STREAMS,
				     "worker", NULL, NULL));
		relay_cut(r, exchange_failure_name(why));
		return;
	}
	/* The client has seen nothing yet. */
	retry_note_try(r, r->worker);
	buf_reset(&r->draft->reply_head, 4096);
	if (!retry_elsewhere(r, r->worker, exchange_failure_name(why)))
		give_up(r, why);
	request_run(r);
}

static const struct exchange_events events = {
	.head = on_head,
	.body = on_body,
	.failed = on_failed,
};

enum flow step_send(struct request *r)
{
	struct draft *d = r->draft;
	const struct send_to to = {
		.worker = r->worker,
		.id = legs_request_id(r),
		.head = &d->send_head,
		.spare = &d->ask_body,
	};

	d->n_send = send_gather(r, &to, legs_body(r), &d->send);
	r->status = 0;
	request_step(r, STEP_AWAIT);
	r->exchange.no_body = r->method == HTTP_METHOD_HEAD;
	r->exchange.once = r->choice.fetch_blocks > 0 && d->legs == NULL;
	exchange_start(&r->exchange, r->proxy->pool, r->worker, d->send,
		       d->n_send, &events, r);
	return FLOW_WAIT;
}

enum flow step_await(struct request *r)
{
	(void)r;
	return FLOW_WAIT;
}

enum flow step_stream(struct request *r)
{
	(void)r;
	return FLOW_WAIT;
}

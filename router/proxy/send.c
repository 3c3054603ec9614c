/* SEND and AWAIT: the request goes to the worker; until a byte of the
 * answer has reached the client another worker may still be tried. */
#include "common/base/assert.h"
#include "common/base/log.h"
#include "common/http/writer.h"
#include "router/api/headers.h"
#include "router/proxy/candidacy.h"
#include "router/proxy/hand_over.h"
#include "router/proxy/relay.h"
#include "router/proxy/request.h"
#include "router/proxy/retry.h"

/* What a head of ours has beside the client's. */
#define OWN_BYTES 192

static bool passes_but_key(const struct http_head *head,
			   const struct http_header *h)
{
	return h->id != HTTP_NAME_AUTHORIZATION &&
	       api_header_forwarded(head, h);
}

static void forward_headers(struct request *r, struct buf *out)
{
	const char *own_key = r->worker->api_key;

	if (r->admission != NULL)
		http_write_passing(out, r->draft->head, admit_passes);
	else
		http_write_passing(out, r->draft->head,
				   own_key ? passes_but_key
					   : api_header_forwarded);
	if (own_key != NULL) {
		buf_puts(out, "authorization: Bearer ");
		buf_puts(out, own_key);
		buf_puts(out, "\r\n");
	}
}

static void write_head(struct request *r, struct slice path, size_t body_bytes)
{
	struct buf *out = &r->draft->send_head;

	buf_reset(out, 64 * 1024);
	draft_make_room(r->draft, out, r->draft->head_bytes + OWN_BYTES);
	ASSERT(http_write_request(out, r->draft->head->method_text, path) ==
	       OK);
	http_write_own(out, "host", r->worker->host);
	http_write_number(out, "content-length", body_bytes);
	http_write_own(out, "x-request-id", r->id);
	if (r->worker->rank >= 0)
		http_write_number(out, "x-data-parallel-rank",
				  (uint64_t)r->worker->rank);
	forward_headers(r, out);
	http_write_end(out);
}

/* The client's bytes with our changes, as few pieces as the exchange
 * takes. */
static void gather(struct request *r)
{
	struct draft *d = r->draft;
	const struct splice *body = hand_over_body(r);
	size_t n, bytes;
	struct slice *piece = splice_pieces(body, &n, &bytes);

	write_head(r, d->path, bytes);
	d->send = arena_array(&d->arena, n < EXCHANGE_SEND_PIECES ? n + 1 : 2,
			      sizeof(*d->send));
	d->send[0] = buf_slice(&d->send_head);
	if (n < EXCHANGE_SEND_PIECES) {
		for (size_t i = 0; i < n; i++)
			d->send[1 + i] = piece[i];
		d->n_send = n + 1;
		return;
	}
	buf_reset(&d->ask_body, 0);
	splice_append(body, &d->ask_body);
	d->send[1] = buf_slice(&d->ask_body);
	d->n_send = 2;
}

static enum flow give_up(struct request *r, enum exchange_failure why)
{
	bool slow = why == EXCHANGE_FIRST_SLOW || why == EXCHANGE_CONNECT_SLOW;
	struct api_error e;

	api_error_set(&e, slow ? 504 : 502, NULL,
		      slow ? "upstream_timeout" : "upstream_error",
		      "No worker answered: %s", exchange_failure_name(why));
	r->draft->retry_after_s = slow ? retry_after_silence(r)
				       : candidacy_retry_after(r);
	return request_fail(r, slow ? OUTCOME_DEADLINE : OUTCOME_UPSTREAM_ERROR,
			    exchange_failure_name(why), &e);
}

/* A client's own errors are none of the worker's. */
static bool is_failure(unsigned status, enum breaker_failure *out)
{
	*out = status == 429 || status == 503 ? BREAKER_BUSY : BREAKER_ERROR;
	return status == 429 || status >= 500;
}

/* Only who is busy is left alone for it. */
static uint64_t pause_ms(const struct http_head *h)
{
	return h->status == 429 || h->status == 503 ? api_retry_after_ms(h) : 0;
}

static void on_head(void *arg, const struct http_head *h)
{
	struct request *r = arg;
	enum breaker_failure failure;

	if (is_failure(h->status, &failure))
		candidacy_failed(r, failure, pause_ms(h));
	retry_note_try(r);
	if (retry_may_better(r, h->status) &&
	    retry_elsewhere(r, "turned away")) {
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
	bool good = !is_failure(r->status, &failure);

	if (r->step == STEP_AWAIT) {
		request_step(r, STEP_STREAM);
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

static enum breaker_failure kind_of(enum exchange_failure why)
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

	if (!is_failure(r->status, &told))
		candidacy_failed(r, kind_of(why), 0);
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
	retry_note_try(r);
	buf_reset(&r->draft->reply_head, 4096);
	if (!retry_elsewhere(r, exchange_failure_name(why)))
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
	gather(r);
	r->status = 0;
	request_step(r, STEP_AWAIT);
	r->exchange.no_body = r->method == HTTP_METHOD_HEAD;
	exchange_start(&r->exchange, r->proxy->pool, r->worker, r->draft->send,
		       r->draft->n_send, &events, r);
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

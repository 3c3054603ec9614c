#include "router/proxy/relay.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/http/writer.h"
#include "router/api/headers.h"
#include "router/proxy/witness.h"

/* An answer's end, where engines put its usage. */
#define TAIL_BYTES 4096
/* A longer event passes unwatched. */
#define MAX_EVENT_BYTES ((size_t)64 * 1024)

/* Of a usual answer's head. */
#define HEAD_BYTES 384

static void write_framing(struct request *r, const struct http_head *h)
{
	struct buf *out = &r->draft->reply_head;
	bool has_body = h->framing != HTTP_NO_BODY;
	/* A 204 has none, not even of nothing (RFC 9110 8.6). */
	bool has_length = h->content_length >= 0 && h->status != 204;

	if (has_length)
		http_write_number(out, "content-length",
				  (uint64_t)h->content_length);
	else if (!has_body && h->status != 204 && h->status != 304)
		http_write_number(out, "content-length", 0);
	r->responder->ops->frame(r, has_body && !has_length);
}

static bool is_event_stream(const struct http_head *h)
{
	const struct http_header *type = http_header_get(
		h, HTTP_NAME_CONTENT_TYPE);

	return type != NULL &&
	       slice_starts(type->value, SLICE("text/event-stream"));
}

static void begin_watch(struct request *r, bool sse)
{
	relay_end_watch(r);
	r->streaming_sse = sse;
	if (!sse)
		return;
	sse_init(&r->sse, MAX_EVENT_BYTES);
	if (r->endpoint->kind == API_CHAT ||
	    r->endpoint->kind == API_COMPLETION)
		sse_note_finish(&r->sse);
}

void relay_end_watch(struct request *r)
{
	if (r->streaming_sse)
		sse_fini(&r->sse);
	else
		buf_fini(&r->tail);
	r->streaming_sse = false;
}

void relay_begin(struct request *r, const struct http_head *h)
{
	struct buf *out = &r->draft->reply_head;

	r->status = (uint16_t)h->status;
	begin_watch(r, is_event_stream(h));
	buf_reset(out, 64 * 1024);
	draft_make_room(r->draft, out, HEAD_BYTES);
	http_write_status(out, h->status);
	http_write_own(out, "x-request-id", r->id);
	if (r->admission != NULL) {
		http_write_passing(out, h, admit_passes_back);
		admit_write_headers(r, out);
	} else {
		http_write_passing(out, h, api_reply_header_forwarded);
	}
	write_framing(r, h);
	http_write_end(out);
}

static struct slice last_of(struct slice s)
{
	return s.n > TAIL_BYTES ? slice_from(s, s.n - TAIL_BYTES) : s;
}

/* Keeps the last TAIL_BYTES that have passed. */
static void keep_tail(struct buf *tail, struct slice s)
{
	s = last_of(s);
	if (buf_len(tail) + s.n > 2 * TAIL_BYTES)
		buf_consume(tail, buf_len(tail) - TAIL_BYTES);
	buf_append(tail, s);
}

/* `complete`: nothing more comes, and the pieces outlive the request. */
static void watch(struct request *r, const struct slice *piece, size_t n,
		  bool complete)
{
	if (r->streaming_sse) {
		for (size_t i = 0; i < n; i++)
			sse_feed(&r->sse, piece[i]);
		return;
	}
	if (complete && n == 1 && r->tail.p == NULL) {
		buf_lend(&r->tail, last_of(piece[0]));
		return;
	}
	for (size_t i = 0; i < n; i++)
		keep_tail(&r->tail, piece[i]);
}

static void note_time(struct request *r, bool complete)
{
	uint64_t now_ns = clock_ns();

	if (complete)
		r->last_ns = now_ns;
	if (r->head_sent)
		return;
	r->head_sent = true;
	r->first_ns = now_ns;
	witness_first(r);
	request_release_work(r);
}

static size_t total_bytes(const struct slice *piece, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += piece[i].n;
	return bytes;
}

void relay_pieces(struct request *r, const struct slice *piece, size_t n,
		  bool complete)
{
	struct responder *to = r->responder;
	const struct answer_part part = {
		.piece = piece,
		.n = n,
		.bytes = total_bytes(piece, n),
		.chunks = exchange_chunks(&r->exchange),
		.first = !r->head_sent,
		.last = complete,
	};

	if (part.first || complete)
		note_time(r, complete);
	if (complete && r->admission != NULL)
		admit_leave(r);
	r->sent_bytes += part.bytes;
	to->ops->send(r, &part);
	watch(r, piece, n, complete);
	witness_more(r);
	if (part.first && !complete)
		request_forget_draft(r);
	if (!complete &&
	    to->ops->queued(to) > r->fleet->conf->limits.stream_buffer_bytes)
		exchange_pause(&r->exchange);
}

void request_client_drained(struct request *r)
{
	if (r->step == STEP_STREAM)
		exchange_resume(&r->exchange);
}

/* The stream's framing stays right up to where it breaks off. */
static void send_error_event(struct request *r, const char *message)
{
	struct answer_part part = {.n = 1};
	struct buf text = {0};
	struct slice piece;
	struct api_error e;

	api_error_set(&e, 502, NULL, "stream_cut",
		      "The answer is not complete: %s", message);
	buf_puts(&text, sse_close_text(&r->sse));
	api_error_event(&e, r->endpoint->dialect, &text);
	piece = buf_slice(&text);
	part.piece = &piece;
	part.bytes = piece.n;
	r->responder->ops->send(r, &part);
	buf_fini(&text);
}

void relay_cut(struct request *r, const char *message)
{
	struct responder *to = r->responder;

	exchange_cancel(&r->exchange);
	if (r->streaming_sse)
		send_error_event(r, message);
	r->outcome = OUTCOME_CUT;
	r->why = message;
	r->responder = NULL;
	request_step(r, STEP_FINISH);
	request_run(r);
	/* Last: the request's head lives with it. */
	to->ops->cut(to);
}

#include "router/proxy/relay.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/http/writer.h"
#include "router/api/headers.h"

/* An answer's end, where engines put its usage. */
#define TAIL_BYTES 4096
/* A longer event passes unwatched. */
#define MAX_EVENT_BYTES ((size_t)64 * 1024)

/* Of a usual answer's head. */
#define HEAD_BYTES 384

static void write_framing(struct request *r, const struct http_head *h)
{
	struct buf *out = &r->draft->reply_head;
	bool until_close = false;

	/* A 204 has none, not even of nothing (RFC 9110 8.6). */
	if (h->content_length >= 0 && h->status != 204)
		http_write_number(out, "content-length",
				  (uint64_t)h->content_length);
	else if (h->framing == HTTP_NO_BODY && h->status != 204 &&
		 h->status != 304)
		http_write_number(out, "content-length", 0);
	else if (h->framing != HTTP_NO_BODY && !r->old_http)
		r->chunked = true;
	else if (h->framing != HTTP_NO_BODY)
		until_close = true;
	if (r->chunked)
		http_write_own(out, "transfer-encoding", "chunked");
	r->keep = r->draft->head->keep_alive && !until_close &&
		  !r->proxy->draining;
	if (!r->keep)
		http_write_own(out, "connection", "close");
	else if (r->old_http)
		http_write_own(out, "connection", "keep-alive");
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
	if (sse)
		sse_init(&r->sse, MAX_EVENT_BYTES);
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
	r->chunked = false;
	begin_watch(r, is_event_stream(h));
	buf_reset(out, 64 * 1024);
	draft_make_room(r->draft, out, HEAD_BYTES);
	http_write_status(out, h->status);
	http_write_own(out, "x-request-id", r->id);
	http_write_passing(out, h, api_reply_header_forwarded);
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
	request_release_work(r);
}

/* Puts the body's bytes in the client's framing into `out`; returns how
 * many pieces they are. Chunks that came whole leave as they came. */
static size_t frame(struct request *r, const struct slice *piece, size_t n,
		    struct slice *out, char *chunk_head)
{
	struct slice chunks = exchange_chunks(&r->exchange);
	size_t n_out = 0, bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += piece[i].n;
	r->sent_bytes += bytes;
	if (r->chunked && chunks.n > 0) {
		out[0] = chunks;
		return 1;
	}
	if (r->chunked && bytes > 0)
		out[n_out++] = (struct slice){
			chunk_head, http_chunk_head(chunk_head, bytes)};
	for (size_t i = 0; i < n; i++)
		out[n_out++] = piece[i];
	if (r->chunked && bytes > 0)
		out[n_out++] = HTTP_CHUNK_TAIL;
	return n_out;
}

void relay_pieces(struct request *r, const struct slice *piece, size_t n,
		  bool complete)
{
	struct slice out[EXCHANGE_MAX_PIECES + 4];
	char chunk_head[HTTP_CHUNK_HEAD_BYTES];
	size_t n_out = 0;
	bool first = !r->head_sent;

	if (first || complete)
		note_time(r, complete);
	if (first)
		out[n_out++] = buf_slice(&r->draft->reply_head);
	n_out += frame(r, piece, n, out + n_out, chunk_head);
	if (r->chunked && complete)
		out[n_out++] = HTTP_LAST_CHUNK;
	if (n_out > 0)
		conn_write(&r->client->conn, out, n_out);
	watch(r, piece, n, complete);
	if (first && !complete)
		request_forget_draft(r);
	if (!complete && conn_queued(&r->client->conn) >
				 r->fleet->conf->limits.stream_buffer_bytes)
		exchange_pause(&r->exchange);
}

void request_client_drained(struct request *r)
{
	if (r->step == STEP_STREAM)
		exchange_resume(&r->exchange);
}

/* In a chunk of its own: the stream's framing stays right up to where it
 * breaks off, which is before the last chunk. */
static void send_error_event(struct request *r, const char *message)
{
	struct buf text = {0};
	char chunk[HTTP_CHUNK_HEAD_BYTES];
	struct slice out[3];
	struct api_error e;

	api_error_set(&e, 502, NULL, "stream_cut",
		      "The answer is not complete: %s", message);
	buf_puts(&text, sse_close_text(&r->sse));
	api_error_event(&e, r->endpoint->dialect, &text);
	out[0] = (struct slice){chunk, http_chunk_head(chunk, buf_len(&text))};
	out[1] = buf_slice(&text);
	out[2] = HTTP_CHUNK_TAIL;
	if (r->chunked)
		conn_write(&r->client->conn, out, 3);
	else
		conn_write(&r->client->conn, &out[1], 1);
	buf_fini(&text);
}

void relay_cut(struct request *r, const char *message)
{
	struct client *c = r->client;
	bool framed = r->chunked || !r->old_http;

	exchange_cancel(&r->exchange);
	if (r->streaming_sse)
		send_error_event(r, message);
	r->outcome = OUTCOME_CUT;
	r->why = message;
	r->client = NULL;
	c->request = NULL;
	request_step(r, STEP_FINISH);
	request_run(r);
	/* Last: the request's head lives in the client's parser. */
	client_cut(c, framed);
}

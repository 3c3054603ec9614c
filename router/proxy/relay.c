#include "router/proxy/relay.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/http/writer.h"
#include "router/api/headers.h"

/* An answer's end, where engines put its usage. */
#define TAIL_BYTES 4096

static void write_framing(struct request *r, const struct http_head *h)
{
	bool until_close = false;

	if (h->framing == HTTP_LENGTH ||
	    (h->framing == HTTP_NO_BODY && h->content_length >= 0))
		http_write_number(&r->reply_head, "content-length",
				  (uint64_t)h->content_length);
	else if (h->framing == HTTP_NO_BODY && h->status != 204 &&
		 h->status != 304)
		http_write_number(&r->reply_head, "content-length", 0);
	else if (h->framing != HTTP_NO_BODY && r->head.minor > 0)
		r->chunked = true;
	else if (h->framing != HTTP_NO_BODY)
		until_close = true;
	if (r->chunked)
		http_write_own(&r->reply_head, "transfer-encoding", "chunked");
	r->keep = r->head.keep_alive && !until_close && !r->proxy->draining;
	if (!r->keep)
		http_write_own(&r->reply_head, "connection", "close");
	else if (r->head.minor == 0)
		http_write_own(&r->reply_head, "connection", "keep-alive");
}

static bool is_event_stream(const struct http_head *h)
{
	const struct http_header *type = http_header_get(
		h, HTTP_NAME_CONTENT_TYPE);

	return type != NULL &&
	       slice_starts(type->value, SLICE("text/event-stream"));
}

void relay_begin(struct request *r, const struct http_head *h)
{
	r->status = h->status;
	r->streaming_sse = is_event_stream(h);
	r->chunked = false;
	buf_reset(&r->reply_head, 64 * 1024);
	http_write_status(&r->reply_head, h->status);
	http_write_own(&r->reply_head, "x-request-id", r->id);
	http_write_passing(&r->reply_head, h, api_reply_header_forwarded);
	write_framing(r, h);
	http_write_end(&r->reply_head);
}

/* Keeps the last TAIL_BYTES that have passed. */
static void keep_tail(struct buf *tail, struct slice s)
{
	if (s.n > TAIL_BYTES)
		s = slice_from(s, s.n - TAIL_BYTES);
	if (buf_len(tail) + s.n > 2 * TAIL_BYTES)
		buf_consume(tail, buf_len(tail) - TAIL_BYTES);
	buf_append(tail, s);
}

static void watch(struct request *r, const struct slice *piece, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (r->streaming_sse)
			sse_feed(&r->sse, piece[i]);
		else
			keep_tail(&r->tail, piece[i]);
	}
}

static void note_first(struct request *r)
{
	r->head_sent = true;
	r->first_ns = clock_ns();
	request_release_work(r);
}

/* A stream may live for minutes: it keeps neither the request nor the head
 * of its answer, both of which are out. */
static void forget_request(struct request *r)
{
	buf_fini(&r->reply_head);
	if (!exchange_is_sent(&r->exchange))
		return;
	buf_fini(&r->send_head);
	r->body_bytes = buf_len(&r->body);
	buf_fini(&r->body);
}

/* Puts the body's bytes in the client's framing into `out`; returns how
 * many pieces they are. A chunk that comes as one leaves as it came. */
static size_t frame(struct request *r, const struct slice *piece, size_t n,
		    struct slice *out, char *chunk_head)
{
	struct slice chunk = exchange_chunk(&r->exchange);
	size_t n_out = 0, bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += piece[i].n;
	r->sent_bytes += bytes;
	if (r->chunked && chunk.n > 0) {
		out[0] = chunk;
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

	if (first) {
		note_first(r);
		out[n_out++] = buf_slice(&r->reply_head);
	}
	n_out += frame(r, piece, n, out + n_out, chunk_head);
	if (r->chunked && complete)
		out[n_out++] = HTTP_LAST_CHUNK;
	if (n_out > 0)
		conn_write(&r->client->conn, out, n_out);
	watch(r, piece, n);
	if (first && !complete)
		forget_request(r);
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
	bool framed = r->chunked || r->head.minor > 0;

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

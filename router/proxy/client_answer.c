/* An answer on a connection of HTTP/1. */
#include "common/http/writer.h"
#include "router/proxy/client.h"
#include "router/proxy/request.h"

static struct client *client_of(const struct responder *to)
{
	return CONTAINER_OF(to, struct client, responder);
}

/* A connection survives if the next request's start is beyond doubt. */
static bool may_keep(const struct client *c, const struct request *r)
{
	return r->complete && r->draft->head->keep_alive && !c->broken &&
	       !r->proxy->draining;
}

static void frame(struct request *r, bool open)
{
	struct client *c = client_of(r->responder);
	struct buf *out = &r->draft->reply_head;

	c->chunked = open && !c->old_http;
	c->keep = (c->chunked || !open) && may_keep(c, r);
	if (c->chunked)
		http_write_own(out, "transfer-encoding", "chunked");
	if (!c->keep)
		http_write_own(out, "connection", "close");
	else if (c->old_http)
		http_write_own(out, "connection", "keep-alive");
}

/* The body's bytes in the client's framing; returns how many pieces they
 * are. Chunks that came whole leave as they came. */
static size_t body(const struct client *c, const struct answer_part *part,
		   struct slice *out, char *chunk_head)
{
	size_t n = 0;

	if (c->chunked && part->chunks.n > 0) {
		out[0] = part->chunks;
		return 1;
	}
	if (c->chunked && part->bytes > 0)
		out[n++] = (struct slice){
			chunk_head, http_chunk_head(chunk_head, part->bytes)};
	for (size_t i = 0; i < part->n; i++)
		out[n++] = part->piece[i];
	if (c->chunked && part->bytes > 0)
		out[n++] = HTTP_CHUNK_TAIL;
	return n;
}

static void send_part(struct request *r, const struct answer_part *part)
{
	struct client *c = client_of(r->responder);
	struct slice out[EXCHANGE_MAX_PIECES + 4];
	char chunk_head[HTTP_CHUNK_HEAD_BYTES];
	size_t n = 0;

	if (part->first)
		out[n++] = buf_slice(&r->draft->reply_head);
	n += body(c, part, out + n, chunk_head);
	if (c->chunked && part->last)
		out[n++] = HTTP_LAST_CHUNK;
	if (n > 0 && part->last)
		conn_write_soon(&c->conn, out, n);
	else if (n > 0)
		conn_write(&c->conn, out, n);
}

static size_t queued(const struct responder *to)
{
	return conn_queued(&client_of(to)->conn);
}

static void forget_head(struct responder *to)
{
	http_parser_forget_head(&client_of(to)->parser);
}

static void answered(struct responder *to)
{
	client_answered(client_of(to));
}

static void cut(struct responder *to)
{
	client_cut(client_of(to));
}

const struct responder_ops client_responder = {
	.frame = frame,
	.send = send_part,
	.queued = queued,
	.forget_head = forget_head,
	.answered = answered,
	.cut = cut,
};

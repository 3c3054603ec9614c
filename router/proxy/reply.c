/* REPLY: answers of our own, errors above all. */
#include "common/http/writer.h"
#include "router/proxy/request.h"

enum flow request_fail(struct request *r, enum outcome outcome, const char *why,
		       const struct api_error *e)
{
	enum api_dialect dialect = r->endpoint ? r->endpoint->dialect
					       : API_OPENAI;

	r->outcome = outcome;
	r->why = why;
	r->status = e->status;
	buf_reset(&r->reply, 0);
	api_error_body(e, dialect, &r->reply);
	r->reply_type = "application/json";
	request_step(r, STEP_REPLY);
	return FLOW_GO;
}

static void write_head(struct request *r, struct buf *head)
{
	http_write_status(head, r->status);
	http_write_own(head, "content-type", r->reply_type);
	http_write_number(head, "content-length", buf_len(&r->reply));
	http_write_own(head, "x-request-id", r->id);
	if (r->allow != NULL)
		http_write_own(head, "allow", r->allow);
	if (r->retry_after_s > 0)
		http_write_number(head, "retry-after", r->retry_after_s);
	if (!r->keep)
		http_write_own(head, "connection", "close");
	else if (r->head.minor == 0)
		http_write_own(head, "connection", "keep-alive");
	http_write_end(head);
}

/* A connection survives if the next request's start is beyond doubt. */
static bool may_keep(const struct request *r)
{
	return r->complete && r->head.keep_alive && !r->client->broken &&
	       !r->proxy->draining;
}

enum flow step_reply(struct request *r)
{
	struct slice piece[2];

	if (r->explained != NULL) {
		r->explained(r->explained_arg, (int)r->status,
			     buf_slice(&r->reply));
		r->explained = NULL;
		request_step(r, STEP_FINISH);
		return FLOW_GO;
	}
	r->keep = may_keep(r);
	buf_reset(&r->reply_head, 4096);
	write_head(r, &r->reply_head);
	piece[0] = buf_slice(&r->reply_head);
	piece[1] = buf_slice(&r->reply);
	r->sent_bytes = piece[1].n;
	conn_write(&r->client->conn, piece,
		   r->head.method == HTTP_METHOD_HEAD ? 1 : 2);
	request_step(r, STEP_FINISH);
	return FLOW_GO;
}

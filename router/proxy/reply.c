/* REPLY: answers of our own, errors above all. */
#include "common/http/writer.h"
#include "router/proxy/request.h"

enum flow request_fail(struct request *r, enum outcome outcome, const char *why,
		       const struct api_error *e)
{
	enum api_dialect dialect = r->endpoint ? r->endpoint->dialect
					       : API_OPENAI;
	struct draft *d = r->draft;

	r->outcome = outcome;
	r->why = why;
	r->status = (uint16_t)e->status;
	buf_reset(&d->reply, 0);
	api_error_body(e, dialect, &d->reply);
	d->reply_type = "application/json";
	request_step(r, STEP_REPLY);
	return FLOW_GO;
}

static void write_head(const struct request *r, struct buf *head)
{
	const struct draft *d = r->draft;

	http_write_status(head, r->status);
	http_write_own(head, "content-type", d->reply_type);
	http_write_number(head, "content-length", buf_len(&d->reply));
	http_write_own(head, "x-request-id", r->id);
	if (d->allow != NULL)
		http_write_own(head, "allow", d->allow);
	if (d->retry_after_s > 0)
		http_write_number(head, "retry-after", d->retry_after_s);
	if (!r->keep)
		http_write_own(head, "connection", "close");
	else if (r->old_http)
		http_write_own(head, "connection", "keep-alive");
	http_write_end(head);
}

/* A connection survives if the next request's start is beyond doubt. */
static bool may_keep(const struct request *r)
{
	return r->complete && r->draft->head->keep_alive &&
	       !r->client->broken && !r->proxy->draining;
}

enum flow step_reply(struct request *r)
{
	struct draft *d = r->draft;
	struct slice piece[2];

	if (d->explained != NULL) {
		d->explained(d->explained_arg, (int)r->status,
			     buf_slice(&d->reply));
		d->explained = NULL;
		request_step(r, STEP_FINISH);
		return FLOW_GO;
	}
	r->keep = may_keep(r);
	buf_reset(&d->reply_head, 4096);
	write_head(r, &d->reply_head);
	piece[0] = buf_slice(&d->reply_head);
	piece[1] = buf_slice(&d->reply);
	r->sent_bytes = piece[1].n;
	conn_write(&r->client->conn, piece,
		   r->method == HTTP_METHOD_HEAD ? 1 : 2);
	request_step(r, STEP_FINISH);
	return FLOW_GO;
}

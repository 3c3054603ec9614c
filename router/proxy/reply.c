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

static void write_head(struct request *r)
{
	const struct draft *d = r->draft;
	struct buf *head = &r->draft->reply_head;

	buf_reset(head, 4096);
	http_write_status(head, r->status);
	http_write_own(head, "content-type", d->reply_type);
	http_write_number(head, "content-length", buf_len(&d->reply));
	http_write_own(head, "x-request-id", r->id);
	if (d->allow != NULL)
		http_write_own(head, "allow", d->allow);
	if (d->retry_after_s > 0)
		http_write_number(head, "retry-after", d->retry_after_s);
	if (r->admission != NULL)
		admit_write_headers(r, head);
	r->responder->ops->frame(r, false);
	http_write_end(head);
}

static void send_all(struct request *r)
{
	bool has_body = r->method != HTTP_METHOD_HEAD;
	struct slice body = buf_slice(&r->draft->reply);
	const struct answer_part all = {
		.piece = &body,
		.n = has_body ? 1 : 0,
		.bytes = has_body ? body.n : 0,
		.first = true,
		.last = true,
	};

	r->sent_bytes = body.n;
	r->responder->ops->send(r, &all);
}

enum flow step_reply(struct request *r)
{
	struct draft *d = r->draft;

	if (d->explained != NULL) {
		d->explained(d->explained_arg, (int)r->status,
			     buf_slice(&d->reply));
		d->explained = NULL;
		request_step(r, STEP_FINISH);
		return FLOW_GO;
	}
	write_head(r);
	if (r->admission != NULL)
		admit_leave(r);
	send_all(r);
	request_step(r, STEP_FINISH);
	return FLOW_GO;
}

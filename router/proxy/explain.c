/* A request that is priced but not served: the way up to the decision,
 * then a JSON account of it. */
#include "common/base/clock.h"
#include "router/decision/table.h"
#include "router/decision/write.h"
#include "router/proxy/decided.h"
#include "router/proxy/request.h"

enum flow explain_answer(struct request *r)
{
	struct draft *d = r->draft;
	struct decision_record *record = decided_record(r);

	if (d->explained_in_text) {
		decision_table(record, &d->reply);
	} else {
		decision_write(record, &d->reply);
		buf_putc(&d->reply, '\n');
	}
	decision_fini(record);
	r->status = 200;
	request_step(r, STEP_REPLY);
	return FLOW_GO;
}

void proxy_explain(struct proxy *p, const struct proxy_question *q,
		   void (*done)(void *arg, int status, struct slice told),
		   void *arg)
{
	struct http_head *head;
	struct request *r;
	struct draft *d;

	if (q->tenant.n > 0 && (p->tenants == NULL ||
				tenants_find(p->tenants, q->tenant) == NULL)) {
		done(arg, 404, SLICE("{\"error\":\"no such tenant\"}\n"));
		return;
	}
	r = request_create(p, NULL, clock_ns());
	d = r->draft;
	head = arena_alloc(&d->arena, sizeof(*head));
	*head = (struct http_head){
		.method = HTTP_METHOD_POST,
		.method_text = SLICE("POST"),
		.path = arena_copy(&d->arena, q->path),
		.minor = 1,
	};
	list_push_back(&p->explaining, &d->explaining);
	d->explained = done;
	d->explained_arg = arg;
	request_take_head(r, head);
	d->explained_in_text = q->text;
	if (q->tenant.n > 0)
		admit_as(r, tenants_find(p->tenants, q->tenant));
	buf_append(&d->body, q->body);
	r->complete = true;
	d->ready_ns = r->start_ns;
	request_run(r);
}

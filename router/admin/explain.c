#include "router/admin/explain.h"

#include "common/base/mem.h"
#include "router/admin/answer.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <string.h>

struct call {
	struct list link;           /* among those under way */
	struct evhttp_request *req; /* NULL: nobody waits any more */
	char *path, *tenant, *id;
	bool text;
	size_t n_body;
	char body[];
};

static void on_client_gone(struct evhttp_connection *conn, void *arg)
{
	struct call *c = arg;

	(void)conn;
	/* If the peer closed, evhttp has taken the request off the connection
	 * and left it to us; otherwise they go together. */
	if (evhttp_request_get_connection(c->req) == NULL)
		evhttp_request_free(c->req);
	c->req = NULL;
}

static void leave_client(struct call *c)
{
	if (c->req != NULL)
		evhttp_connection_set_closecb(
			evhttp_request_get_connection(c->req), NULL, NULL);
	c->req = NULL;
}

static void on_explained(void *arg, int status, struct slice told)
{
	struct call *c = arg;
	struct evhttp_request *req = c->req;
	const char *type = c->text && status == 200 ? ANSWER_TEXT
						    : "application/json";

	leave_client(c);
	if (req != NULL)
		answer(req, status, type, told);
	list_remove(&c->link);
	mem_free(c->path);
	mem_free(c->tenant);
	mem_free(c->id);
	mem_free(c);
}

/* `n_body`: of the request, to be copied, since it may go before the
 * explanation comes. */
static struct call *call_begin(struct list *open, struct evhttp_request *req,
			       size_t n_body, bool text)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	struct call *c = mem_zalloc(sizeof(*c) + n_body);

	c->req = req;
	c->text = text;
	c->n_body = n_body;
	evbuffer_copyout(in, c->body, n_body);
	list_push_back(open, &c->link);
	evhttp_connection_set_closecb(evhttp_request_get_connection(req),
				      on_client_gone, c);
	return c;
}

void explain_begin(struct list *open, const struct admin_options *o,
		   struct evhttp_request *req, const struct proxy_question *q)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	struct call *c = call_begin(open, req, evbuffer_get_length(in),
				    q->text);
	struct proxy_question copy = *q;

	c->path = mem_strndup(q->path.p, q->path.n);
	c->tenant = mem_strndup(q->tenant.p, q->tenant.n);
	copy.path = slice_of(c->path);
	copy.tenant = slice_of(c->tenant);
	copy.body = (struct slice){c->body, c->n_body};
	o->explain(o->explain_arg, &copy, on_explained, c);
}

void explain_recall(struct list *open, const struct admin_options *o,
		    struct evhttp_request *req, const struct admin_recall *q)
{
	struct call *c = call_begin(open, req, 0, q->text);
	struct admin_recall copy = *q;

	c->id = mem_strndup(q->id.n > 0 ? q->id.p : "", q->id.n);
	copy.id = slice_of(c->id);
	o->decisions(o->explain_arg, &copy, on_explained, c);
}

void explain_abandon(struct list *open)
{
	struct list *node;

	while ((node = list_pop_front(open)) != NULL)
		leave_client(LIST_ENTRY(node, struct call, link));
}

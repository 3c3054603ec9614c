#include "router/admin/explain.h"

#include "common/base/mem.h"
#include "router/admin/answer.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <string.h>

struct call {
	struct list link;           /* among those under way */
	struct evhttp_request *req; /* NULL: nobody waits any more */
	char *path, *tenant;
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

static void on_explained(void *arg, int status, struct slice json)
{
	struct call *c = arg;
	struct evhttp_request *req = c->req;

	leave_client(c);
	if (req != NULL)
		answer(req, status, "application/json", json);
	list_remove(&c->link);
	mem_free(c->path);
	mem_free(c->tenant);
	mem_free(c);
}

void explain_begin(struct list *open, const struct admin_options *o,
		   struct evhttp_request *req, struct slice path,
		   struct slice tenant)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t n = evbuffer_get_length(in);
	/* A copy: the request may go before the explanation comes. */
	struct call *c = mem_zalloc(sizeof(*c) + n);

	c->req = req;
	c->path = mem_strndup(path.p, path.n);
	c->tenant = mem_strndup(tenant.p, tenant.n);
	c->n_body = n;
	evbuffer_copyout(in, c->body, n);
	list_push_back(open, &c->link);
	evhttp_connection_set_closecb(evhttp_request_get_connection(req),
				      on_client_gone, c);
	o->explain(o->explain_arg, slice_of(c->path), slice_of(c->tenant),
		   (struct slice){c->body, c->n_body}, on_explained, c);
}

void explain_abandon(struct list *open)
{
	struct list *node;

	while ((node = list_pop_front(open)) != NULL)
		leave_client(LIST_ENTRY(node, struct call, link));
}

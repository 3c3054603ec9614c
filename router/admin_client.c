#include "router/admin_client.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/tls/bufferevent.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netdb.h>
#include <stdlib.h>

#define TIMEOUT_S      30
#define MAX_BODY_BYTES ((ev_ssize_t)256 << 20)

/* One that is under way. */
struct asking {
	struct event_base *base;
	unsigned status; /* 0: there is no answer */
	struct buf *answer;
};

enum status admin_client_init(struct admin_client *c, const char *url,
			      const char *ca, struct error *err)
{
	struct tls_options o = {.side = TLS_WORKERS, .ca = ca};

	*c = (struct admin_client){0};
	if (url_parse(url, false, &c->url, err) != OK)
		return ERR_INVALID;
	if (!c->url.secure)
		return OK;
	o.name = c->url.server_name;
	c->tls = tls_context_create(&o, NULL, err);
	if (c->tls != NULL)
		return OK;
	admin_client_fini(c);
	return ERR_INVALID;
}

void admin_client_fini(struct admin_client *c)
{
	mem_free(c->url.host);
	mem_free(c->url.server_name);
	tls_context_unref(&c->tls);
	*c = (struct admin_client){0};
}

static void on_answer(struct evhttp_request *req, void *arg)
{
	struct asking *a = arg;
	struct evbuffer *in;
	size_t n;

	event_base_loopexit(a->base, NULL);
	if (req == NULL)
		return;
	a->status = (unsigned)evhttp_request_get_response_code(req);
	in = evhttp_request_get_input_buffer(req);
	n = evbuffer_get_length(in);
	if (n == 0)
		return;
	evbuffer_copyout(in, buf_reserve(a->answer, n), n);
	buf_commit(a->answer, n);
}

static struct evhttp_connection *connect_to(const struct admin_client *c,
					    struct event_base *base)
{
	struct bufferevent *bev = NULL;
	struct evhttp_connection *conn;
	char host[NI_MAXHOST];

	if (getnameinfo((const struct sockaddr *)&c->url.addr.sa, c->url.addr.n,
			host, sizeof(host), NULL, 0, NI_NUMERICHOST) != 0)
		return NULL;
	if (c->tls != NULL)
		bev = tls_bufferevent_create(base, c->tls);
	conn = evhttp_connection_base_bufferevent_new(
		base, NULL, bev, host, (ev_uint16_t)addr_port(&c->url.addr));
	if (conn == NULL)
		return NULL;
	evhttp_connection_set_timeout(conn, TIMEOUT_S);
	evhttp_connection_set_retries(conn, 0);
	evhttp_connection_set_max_body_size(conn, MAX_BODY_BYTES);
	return conn;
}

static bool send_to(const struct admin_client *c,
		    struct evhttp_connection *conn, struct asking *a,
		    const char *path, const struct slice *body)
{
	struct evhttp_request *req = evhttp_request_new(on_answer, a);
	struct evkeyvalq *h;

	ASSERT(req != NULL);
	h = evhttp_request_get_output_headers(req);
	evhttp_add_header(h, "Host", c->url.host);
	evhttp_add_header(h, "Connection", "close");
	if (body != NULL)
		evbuffer_add(evhttp_request_get_output_buffer(req), body->p,
			     body->n);
	return evhttp_make_request(conn, req,
				   body != NULL ? EVHTTP_REQ_POST
						: EVHTTP_REQ_GET,
				   path) == 0;
}

enum status admin_client_ask(struct admin_client *c, const char *path,
			     const struct slice *body, unsigned *http_status,
			     struct buf *answer, struct error *err)
{
	struct asking a = {.base = event_base_new(), .answer = answer};
	struct evhttp_connection *conn;

	ASSERT(a.base != NULL);
	conn = connect_to(c, a.base);
	if (conn != NULL && send_to(c, conn, &a, path, body))
		event_base_dispatch(a.base);
	if (conn != NULL)
		evhttp_connection_free(conn);
	event_base_free(a.base);
	if (a.status == 0)
		return error_set(err, ERR_IO,
				 "no gateway answers at %s://%s; its admin "
				 "address is what admin: says in its "
				 "configuration",
				 c->url.secure ? "https" : "http", c->url.host);
	*http_status = a.status;
	return OK;
}

void admin_client_escape(struct buf *out, const char *text)
{
	char *escaped = evhttp_uriencode(text, -1, 0);

	ASSERT(escaped != NULL);
	buf_puts(out, escaped);
	/* evhttp's memory comes from malloc. */
	free(escaped);
}

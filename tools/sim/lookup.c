#include "tools/sim/lookup.h"

#include "common/base/mem.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include <arpa/inet.h>
#include <string.h>

struct lookup {
	struct evhttp_connection *connection;
	struct event *later; /* tells: never from within evhttp's callback */
	json_t *body;
	lookup_done *done;
	void *arg;
};

static json_t *body_of(struct evhttp_request *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t n = evbuffer_get_length(in);

	if (evhttp_request_get_response_code(req) != 200 || n == 0)
		return NULL;
	return json_loadb((char *)evbuffer_pullup(in, -1), n, 0, NULL);
}

/* evhttp gives NULL for what has failed. */
static void on_done(struct evhttp_request *req, void *arg)
{
	struct lookup *l = arg;
	struct timeval at_once = {0};

	l->body = req ? body_of(req) : NULL;
	event_add(l->later, &at_once);
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
	struct lookup *l = arg;
	json_t *body = l->body;

	(void)fd;
	(void)what;
	l->body = NULL;
	l->done(l->arg, json_is_object(body) ? body : NULL);
	json_decref(body);
}

/* Names would be asked for on this thread. */
static const char *numeric(const char *host)
{
	struct in6_addr any;

	if (strcmp(host, "localhost") == 0)
		return "127.0.0.1";
	if (inet_pton(AF_INET, host, &any) == 1 ||
	    inet_pton(AF_INET6, host, &any) == 1)
		return host;
	return NULL;
}

static bool ask(struct lookup *l, const char *host, const char *path)
{
	struct evhttp_request *req = evhttp_request_new(on_done, l);

	evhttp_add_header(evhttp_request_get_output_headers(req), "Host", host);
	return evhttp_make_request(l->connection, req, EVHTTP_REQ_GET, path) ==
	       0;
}

struct lookup *lookup_start(struct event_base *base, const char *host,
			    uint16_t port, const char *path, int timeout_s,
			    lookup_done *done, void *arg)
{
	struct lookup *l = mem_zalloc(sizeof(*l));
	const char *address = numeric(host);
	struct timeval at_once = {0};

	l->done = done;
	l->arg = arg;
	l->later = event_new(base, -1, 0, on_later, l);
	if (address) {
		l->connection = evhttp_connection_base_new(base, NULL, address,
							   port);
		evhttp_connection_set_timeout(l->connection, timeout_s);
		evhttp_connection_set_max_body_size(l->connection,
						    LOOKUP_MAX_BYTES);
	}
	if (!address || !ask(l, host, path))
		event_add(l->later, &at_once);
	return l;
}

void lookup_end(struct lookup **l)
{
	if (!*l)
		return;
	event_free((*l)->later);
	json_decref((*l)->body);
	if ((*l)->connection)
		evhttp_connection_free((*l)->connection);
	mem_free(*l);
	*l = NULL;
}

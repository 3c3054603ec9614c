#include "router/probe/check.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/tls/bufferevent.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#define MAX_BODY_BYTES ((ev_ssize_t)8 << 20)
#define MAX_HEAD_BYTES ((ev_ssize_t)64 << 10)

static void free_connection(struct evhttp_connection **conn)
{
	if (*conn != NULL)
		evhttp_connection_free(*conn);
	*conn = NULL;
}

static void free_dead(struct deferred *d)
{
	free_connection(&CONTAINER_OF(d, struct check, gone)->dead);
}

/* The connection is still on the stack when its callback runs. */
static void bury(struct check *c)
{
	timer_clear(&c->deadline);
	free_connection(&c->dead);
	c->dead = c->conn;
	c->conn = NULL;
	loop_defer(c->loop, &c->gone, free_dead);
}

static struct slice body_of(struct evhttp_request *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t n = evbuffer_get_length(in);

	return (struct slice){n == 0 ? NULL : (char *)evbuffer_pullup(in, -1),
			      n};
}

/* Nothing could even be begun, which done() is told from the loop. */
static void fail_later(struct check *c)
{
	c->failed = true;
	timer_set(&c->deadline, 0);
}

static enum check_result refusal(struct check *c)
{
	if (!c->secure)
		return CHECK_REFUSED;
	c->tls = tls_bufferevent_result(
		evhttp_connection_get_bufferevent(c->conn));
	return c->tls == TLS_DONE ? CHECK_REFUSED : CHECK_TLS;
}

static void on_answer(struct evhttp_request *req, void *arg)
{
	struct check *c = arg;
	struct slice body = {NULL, 0};
	int status = req == NULL ? 0 : evhttp_request_get_response_code(req);
	enum check_result r = CHECK_STATUS;

	if (c->conn == NULL)
		return;
	if (c->starting) {
		fail_later(c);
		return;
	}
	c->status = (unsigned)status;
	if (status == 0)
		r = refusal(c);
	else if (status == 200)
		r = CHECK_OK;
	if (r == CHECK_OK)
		body = body_of(req);
	bury(c);
	c->done(c->arg, r, body);
}

static void on_deadline(void *arg)
{
	struct check *c = arg;

	/* What may have come while we slept has not been read yet. */
	if (timer_is_late(&c->deadline) && !c->failed && !c->excused) {
		c->excused = true;
		timer_set(&c->deadline, c->timeout_ms);
		return;
	}
	bury(c);
	c->done(c->arg, c->failed ? CHECK_REFUSED : CHECK_TIMEOUT,
		(struct slice){NULL, 0});
}

/* NULL: it speaks plain HTTP. */
static struct bufferevent *secured(struct check *c, const struct worker *w)
{
	struct tls_context *context;
	struct bufferevent *bev;

	c->secure = w != NULL && w->secure;
	if (!c->secure)
		return NULL;
	context = tls_slot_get((struct tls_slot *)&w->tls);
	bev = tls_bufferevent_create(loop_base(c->loop), context);
	tls_context_unref(&context);
	return bev;
}

static struct evhttp_connection *connect_to(struct check *c,
					    const struct check_place *p,
					    uint64_t timeout_ms)
{
	char host[NI_MAXHOST];
	struct evhttp_connection *conn;
	/* Ours comes first: evhttp's starts again with every byte, and does
	 * not know whether we slept. */
	struct timeval tv = {.tv_sec = (time_t)(timeout_ms / 1000) + 3600};

	if (getnameinfo((const struct sockaddr *)&p->addr->sa, p->addr->n, host,
			sizeof(host), NULL, 0, NI_NUMERICHOST) != 0)
		return NULL;
	conn = evhttp_connection_base_bufferevent_new(
		loop_base(c->loop), NULL, secured(c, p->as), host,
		(ev_uint16_t)addr_port(p->addr));
	if (conn == NULL)
		return NULL;
	evhttp_connection_set_timeout_tv(conn, &tv);
	evhttp_connection_set_retries(conn, 0);
	evhttp_connection_set_max_body_size(conn, MAX_BODY_BYTES);
	evhttp_connection_set_max_headers_size(conn, MAX_HEAD_BYTES);
	return conn;
}

static void add_headers(struct evhttp_request *req, const struct check_place *p)
{
	const struct worker *w = p->as;
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);
	char *bearer, rank[16];

	evhttp_add_header(h, "Host", p->host);
	evhttp_add_header(h, "User-Agent", "warmpath");
	evhttp_add_header(h, "Connection", "close");
	if (w == NULL)
		return;
	if (w->rank >= 0) {
		snprintf(rank, sizeof(rank), "%d", w->rank);
		evhttp_add_header(h, "X-data-parallel-rank", rank);
	}
	if (w->api_key == NULL)
		return;
	bearer = mem_alloc(strlen(w->api_key) + sizeof("Bearer "));
	strcpy(bearer, "Bearer ");
	strcat(bearer, w->api_key);
	evhttp_add_header(h, "Authorization", bearer);
	mem_free(bearer);
}

static void add_body(struct evhttp_request *req, struct slice body)
{
	evhttp_add_header(evhttp_request_get_output_headers(req),
			  "Content-Type", "application/json");
	ASSERT(evbuffer_add(evhttp_request_get_output_buffer(req), body.p,
			    body.n) == 0);
}

void check_init(struct check *c, struct loop *l,
		void (*done)(void *arg, enum check_result r, struct slice body),
		void *arg)
{
	memset(c, 0, sizeof(*c));
	c->loop = l;
	c->done = done;
	c->arg = arg;
	timer_init(&c->deadline, l, on_deadline, c);
}

void check_fini(struct check *c)
{
	timer_fini(&c->deadline);
	loop_undefer(&c->gone);
	free_connection(&c->conn);
	free_connection(&c->dead);
}

static void ask(struct check *c, const struct check_place *at, const char *path,
		const struct slice *body, uint64_t timeout_ms)
{
	struct evhttp_request *req;

	ASSERT(!check_is_open(c));
	c->failed = c->excused = false;
	c->timeout_ms = timeout_ms;
	c->status = 0;
	timer_set(&c->deadline, timeout_ms);
	c->conn = connect_to(c, at, timeout_ms);
	if (c->conn == NULL) {
		fail_later(c);
		return;
	}
	req = evhttp_request_new(on_answer, c);
	ASSERT(req != NULL);
	add_headers(req, at);
	if (body != NULL)
		add_body(req, *body);
	c->starting = true;
	if (evhttp_make_request(c->conn, req,
				body != NULL ? EVHTTP_REQ_POST : EVHTTP_REQ_GET,
				path) != 0)
		fail_later(c);
	c->starting = false;
}

void check_start(struct check *c, const struct worker *w, const char *path,
		 uint64_t timeout_ms)
{
	const struct check_place at = {&w->addr, w->host, w};

	ask(c, &at, path, NULL, timeout_ms);
}

void check_start_at(struct check *c, const struct check_place *at,
		    const char *path, uint64_t timeout_ms)
{
	ask(c, at, path, NULL, timeout_ms);
}

void check_post(struct check *c, const struct worker *w, const char *path,
		struct slice body, uint64_t timeout_ms)
{
	const struct check_place at = {&w->addr, w->host, w};

	ask(c, &at, path, &body, timeout_ms);
}

bool check_is_open(const struct check *c)
{
	return c->deadline.due_ms != 0;
}

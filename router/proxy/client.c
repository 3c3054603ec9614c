#include "router/proxy/client.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/tls/session.h"
#include "router/proxy/h2_client.h"
#include "router/proxy/patience.h"
#include "router/proxy/request.h"

/* Pipelined bytes kept before the client is made to wait. */
#define MAX_INPUT (64 * 1024)
/* Answers that may wait unread before no further request is looked at. */
#define MAX_UNREAD (64 * 1024)
/* For the first request of a client that came in just before the door shut. */
#define LAST_CALL_MS 500
/* Room that a stated length gets before its bytes are there. */
#define MAX_TRUSTED (1024 * 1024)

static const struct conf_timeouts *timeouts(const struct client *c)
{
	return &c->proxy->fleet->conf->timeouts;
}

static void free_client(struct deferred *d)
{
	struct client *c = CONTAINER_OF(d, struct client, later);

	list_remove(&c->link);
	slab_free(&c->proxy->client_slab, c);
}

void client_free_gone(struct proxy *p)
{
	while (!list_empty(&p->gone)) {
		struct client *c = LIST_ENTRY(p->gone.next, struct client,
					      link);

		loop_undefer(&c->later);
		free_client(&c->later);
	}
}

void client_left(struct proxy *p)
{
	metric_add(p->open, -1);
	quota_give_back(p->o.descriptors);
	p->n_clients--;
	request_trim_later(p);
	if (p->draining && p->n_clients == 0 && p->o.drained != NULL)
		p->o.drained(p->o.drained_arg);
}

void client_destroy(struct client *c)
{
	struct proxy *p = c->proxy;

	if (c->gone)
		return;
	c->gone = true;
	list_remove(&c->link);
	list_push_back(&p->gone, &c->link);
	conn_close(&c->conn);
	if (c->request != NULL)
		request_client_gone(c->request);
	loop_undefer(&c->later);
	http_parser_fini(&c->parser);
	if (c->over_http2)
		h2_client_destroy(&c->h2);
	else
		buf_fini(&c->input);
	loop_defer(p->o.loop, &c->later, free_client);
	client_left(p);
}

static void on_head(void *arg, const struct http_head *head)
{
	struct client *c = arg;
	struct slice go_on = SLICE("HTTP/1.1 100 Continue\r\n\r\n");

	c->request = request_create(c->proxy, &c->responder, c->first_byte_ns);
	request_take_head(c->request, head);
	c->old_http = head->minor == 0;
	if (admit_denies(c->request) && head->framing != HTTP_NO_BODY) {
		http_parser_stop(&c->parser);
		return;
	}
	if (proxy_must_shed(c->proxy, head)) {
		c->request->outcome = OUTCOME_SHED;
		http_parser_stop(&c->parser);
		return;
	}
	if (head->framing == HTTP_LENGTH && head->content_length > 0)
		draft_make_room(c->request->draft, &c->request->draft->body,
				head->content_length < MAX_TRUSTED
					? (size_t)head->content_length
					: MAX_TRUSTED);
	if (head->expect_continue)
		conn_write(&c->conn, &go_on, 1);
}

static void on_body(void *arg, struct slice bytes)
{
	struct client *c = arg;

	buf_append(&c->request->draft->body, bytes);
}

static void on_end(void *arg)
{
	struct client *c = arg;

	c->request->complete = true;
}

static const struct http_events http_events = {
	.head = on_head,
	.body = on_body,
	.end = on_end,
};

static void refuse(struct client *c, unsigned status, const char *why)
{
	struct api_error e;

	c->broken = true;
	if (c->request == NULL)
		c->request = request_create(c->proxy, &c->responder,
					    c->first_byte_ns);
	api_error_set(&e, status, NULL, NULL, "%s", why);
	request_fail(c->request, OUTCOME_CLIENT_ERROR, why, &e);
	request_run(c->request);
}

/* Its body is not read, so nothing behind it can be. */
static void shed(struct client *c)
{
	c->broken = true;
	request_shed(c->request, "memory");
	request_run(c->request);
}

/* Its request is whole and not yet answered. */
static bool is_served(const struct client *c)
{
	return c->request != NULL && c->request->complete;
}

static void set_request_deadline(struct client *c, uint64_t now_ns)
{
	uint64_t ms = patience_request(c->proxy, c->first_byte_ns, now_ns);

	if (ms == PATIENCE_ENDLESS)
		conn_clear_deadline(&c->conn);
	else
		conn_set_deadline(&c->conn, ms);
}

/* False: the body has fallen behind its pace. */
static bool set_body_deadline(struct client *c, uint64_t now_ns)
{
	uint64_t ms = patience_body(c->request, now_ns);

	if (ms > 0)
		conn_set_deadline(&c->conn, ms);
	return ms > 0;
}

/* Each part of a request has its time from when the one before has come. */
static void set_deadline(struct client *c, bool had_begun, bool had_head,
			 uint64_t now_ns)
{
	if (c->request == NULL && !had_begun) {
		conn_set_deadline(&c->conn, timeouts(c)->header);
	} else if (is_served(c)) {
		set_request_deadline(c, now_ns);
	} else if (c->request != NULL && !had_head) {
		c->request->draft->body_since_ms = now_ns / 1000000;
		set_body_deadline(c, now_ns);
	}
}

/* Takes what belongs to the message at hand; false if the client is to be
 * left alone from here on. */
static bool take(struct client *c, struct slice *bytes)
{
	bool had_begun = http_parser_begun(&c->parser);
	bool had_head = c->request != NULL;
	uint64_t now_ns = clock_ns();
	enum status status;
	size_t used = 0;

	if (!had_begun)
		c->first_byte_ns = now_ns;
	status = http_parser_feed(&c->parser, *bytes, &used);
	*bytes = slice_from(*bytes, used);
	if (status != OK) {
		refuse(c, http_parser_error_status(&c->parser),
		       http_parser_why(&c->parser));
		return false;
	}
	set_deadline(c, had_begun, had_head, now_ns);
	/* Strangers' bodies are not waited for. */
	c->broken = c->request != NULL && !c->request->complete &&
		    admit_denies(c->request);
	if (c->request != NULL && c->request->outcome == OUTCOME_SHED) {
		shed(c);
		return false;
	}
	if (is_served(c) || c->broken) {
		c->request->draft->ready_ns = now_ns;
		request_run(c->request);
	}
	return !c->conn.ended && !c->conn.finishing;
}

static bool may_read_on(const struct client *c)
{
	return !is_served(c) && conn_queued(&c->conn) < MAX_UNREAD;
}

static void keep_input(struct client *c, struct slice bytes)
{
	buf_append(&c->input, bytes);
	if (buf_len(&c->input) > MAX_INPUT)
		conn_pause(&c->conn);
}

static void feed(struct client *c, struct slice bytes)
{
	c->parsing = true;
	while (bytes.n > 0 && may_read_on(c))
		if (!take(c, &bytes))
			break;
	c->parsing = false;
	if (bytes.n > 0 && !c->broken && !c->conn.ended && !c->conn.finishing)
		keep_input(c, bytes);
}

static void feed_input(struct deferred *d)
{
	struct client *c = CONTAINER_OF(d, struct client, later);
	struct buf input = c->input;

	if (is_served(c) || c->conn.ended || c->conn.finishing)
		return;
	/* What is left over is put back, behind nothing. */
	buf_init(&c->input);
	conn_resume(&c->conn);
	feed(c, buf_slice(&input));
	buf_fini(&input);
}

static void note_protocol(struct client *c, const char *protocol)
{
	c->fresh = false;
	metric_inc(cells_get(&c->proxy->cells, METRICS_CONNECTIONS, protocol,
			     NULL, NULL));
}

static void begin_http2(struct client *c, struct slice bytes)
{
	struct buf first = c->input;

	note_protocol(c, "h2");
	buf_append(&first, bytes);
	c->over_http2 = true;
	c->h2 = h2_client_create(c, buf_slice(&first));
	buf_fini(&first);
}

static enum h2_preface preface_in(const struct client *c, struct slice bytes)
{
	if (!c->proxy->fleet->conf->http2.enabled)
		return H2_PREFACE_NOT;
	if (slice_equal(conn_protocol(&c->conn), SLICE("h2")))
		return H2_PREFACE_WHOLE; /* or it will be told that it is not */
	return h2_preface_match(buf_slice(&c->input), bytes);
}

/* By its first bytes: true if they are for HTTP/1 and at hand. */
static bool speaks_http1(struct client *c, struct slice bytes)
{
	switch (preface_in(c, bytes)) {
	case H2_PREFACE_WHOLE: begin_http2(c, bytes); return false;
	case H2_PREFACE_BEGUN:
		if (buf_len(&c->input) == 0)
			conn_set_deadline(&c->conn, timeouts(c)->header);
		buf_append(&c->input, bytes);
		return false;
	default: note_protocol(c, "http/1.1"); break;
	}
	if (buf_len(&c->input) == 0)
		return true;
	buf_append(&c->input, bytes);
	feed_input(&c->later);
	return false;
}

static void on_bytes(void *arg, struct slice bytes)
{
	struct client *c = arg;

	if (c->broken || (c->fresh && !speaks_http1(c, bytes)))
		return;
	if (buf_len(&c->input) == 0) {
		feed(c, bytes);
		return;
	}
	keep_input(c, bytes);
}

static void read_input_later(struct client *c)
{
	if (!is_served(c) && buf_len(&c->input) > 0)
		loop_defer(c->proxy->o.loop, &c->later, feed_input);
}

static void on_drained(void *arg)
{
	struct client *c = arg;

	if (is_served(c))
		request_client_drained(c->request);
	else
		read_input_later(c);
}

static void on_deadline(void *arg)
{
	struct client *c = arg;

	if (c->request == NULL && !http_parser_begun(&c->parser))
		client_destroy(c); /* idle for too long */
	else if (is_served(c))
		request_took_too_long(c->request);
	else if (c->request == NULL || !set_body_deadline(c, clock_ns()))
		refuse(c, 408, "The request did not arrive in time");
}

static void on_ended(void *arg, enum conn_end how)
{
	(void)how;
	client_destroy(arg);
}

/* The handshake had the time of a head; the first request has its own. */
static void on_secured(void *arg)
{
	struct client *c = arg;

	if (!c->proxy->idle_ended)
		conn_set_deadline(&c->conn, timeouts(c)->idle);
}

static const struct conn_events conn_events = {
	.bytes = on_bytes,
	.drained = on_drained,
	.deadline = on_deadline,
	.ended = on_ended,
	.secured = on_secured,
};

static struct client *create(struct proxy *p)
{
	struct client *c = slab_zalloc(&p->client_slab);

	c->responder.ops = &client_responder;
	c->proxy = p;
	list_push_back(&p->clients, &c->link);
	http_parser_init(&c->parser, HTTP_SERVER, &p->http, &http_events, c);
	http_parser_share(&c->parser, &p->rooms);
	return c;
}

void client_create(struct proxy *p, int fd, struct tls_context *tls)
{
	struct client *c = create(p);

	p->n_clients++;
	metric_add(p->open, 1);
	accept_count_later(p);
	conn_open(&c->conn, p->o.loop, fd, timeouts(c)->write_stall,
		  &conn_events, c);
	conn_set_deadline(&c->conn,
			  tls ? timeouts(c)->header : timeouts(c)->idle);
	if (tls != NULL)
		conn_secure(&c->conn, tls_session_create(tls));
	c->fresh = true;
	if (p->idle_ended)
		client_end_idle(c);
}

bool client_rests(const struct client *c, uint64_t ms)
{
	uint64_t left_ms = c->conn.timer.due_ms, now_ms = clock_coarse_ms();

	if (c->fresh || c->over_http2 || c->request != NULL ||
	    http_parser_begun(&c->parser) || buf_len(&c->input) > 0 ||
	    !conn_rests(&c->conn))
		return false;
	left_ms -= left_ms < now_ms ? left_ms : now_ms;
	return left_ms > 0 && left_ms + ms <= timeouts(c)->idle;
}

void client_park(struct client *c, struct watch *to,
		 void (*ready)(struct watch *w, uint32_t events))
{
	conn_hand_over(&c->conn, to, ready);
	loop_undefer(&c->later);
	http_parser_fini(&c->parser);
	buf_fini(&c->input);
	list_remove(&c->link);
	slab_free(&c->proxy->client_slab, c);
}

void client_wake(struct proxy *p, struct watch *from, uint64_t idle_ms)
{
	struct client *c = create(p);

	/* It has asked before. */
	c->first_byte_ns = clock_ns();
	conn_take_over(&c->conn, p->o.loop, from, timeouts(c)->write_stall,
		       &conn_events, c);
	conn_set_deadline(&c->conn, idle_ms);
}

void client_end_idle(struct client *c)
{
	bool asked = c->first_byte_ns != 0;

	if (c->over_http2) {
		h2_client_drain(c->h2);
		return;
	}
	if (c->request != NULL || http_parser_begun(&c->parser) ||
	    conn_has_unread(&c->conn))
		return;
	if (!asked)
		conn_set_deadline(&c->conn, LAST_CALL_MS);
	else if (conn_queued(&c->conn) > 0)
		conn_finish(&c->conn);
	else if (!c->conn.finishing)
		client_destroy(c);
}

void client_cut_all(struct client *c)
{
	if (c->over_http2)
		h2_client_cut_all(c->h2);
	else if (c->request != NULL)
		request_deadline(c->request);
}

void client_answered(struct client *c)
{
	c->request = NULL;
	if (c->conn.ended)
		return;
	if (!c->keep || c->broken || c->proxy->draining) {
		conn_finish(&c->conn);
		return;
	}
	http_parser_next(&c->parser);
	conn_set_deadline(&c->conn, timeouts(c)->idle);
	if (!c->parsing && conn_queued(&c->conn) < MAX_UNREAD)
		read_input_later(c);
}

void client_cut(struct client *c)
{
	c->request = NULL;
	if (c->conn.ended)
		return;
	if (c->chunked || !c->old_http) {
		conn_finish(&c->conn);
		return;
	}
	conn_reset(&c->conn);
	client_destroy(c);
}

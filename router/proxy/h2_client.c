#include "router/proxy/h2_client.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/proxy/h2_request.h"
#include "router/proxy/request.h"

/* Of one write. */
#define WRITE_BYTES ((size_t)64 * 1024)
/* For a client to answer that it has heard of the end to come. */
#define NOTICE_MS 1000

static const struct conf_timeouts *timeouts(const struct h2_client *h)
{
	return &h->client->proxy->fleet->conf->timeouts;
}

static void send_frames(struct h2_client *h)
{
	struct conn *conn = &h->client->conn;
	struct buf *out = &h->client->proxy->frames;
	size_t n;

	do {
		struct slice frames;

		if (conn_queued(conn) > 0)
			return; /* what comes next waits for `drained` */
		h2_session_pull(&h->session, out, WRITE_BYTES);
		frames = buf_slice(out);
		n = frames.n;
		if (n > 0)
			conn_write(conn, &frames, 1);
		buf_reset(out, 2 * WRITE_BYTES);
	} while (n >= WRITE_BYTES);
}

static enum h2_wait wait_of(const struct h2_client *h)
{
	const struct h2_session *s = &h->session;

	if (h2_session_midway(s))
		return H2_WAIT_FRAME;
	if (s->warned && !s->leaving)
		return H2_WAIT_NOTICE;
	return s->n_streams > 0 ? H2_WAIT_NONE : H2_WAIT_IDLE;
}

/* Each wait has its time from when it began, whatever else comes: only a
 * frame's begins anew with each frame. */
static void set_deadline(struct h2_client *h)
{
	const uint64_t in_ms[] = {
		[H2_WAIT_FRAME] = timeouts(h)->header,
		[H2_WAIT_NOTICE] = NOTICE_MS,
		[H2_WAIT_IDLE] = timeouts(h)->idle,
	};
	enum h2_wait wait = wait_of(h);
	uint64_t n_frames = h->session.guard.n_frames;
	bool same = wait == h->wait &&
		    (wait != H2_WAIT_FRAME || n_frames == h->n_frames);

	h->wait = wait;
	h->n_frames = n_frames;
	if (wait == H2_WAIT_NONE)
		conn_clear_deadline(&h->client->conn);
	else if (!same)
		conn_set_deadline(&h->client->conn, in_ms[wait]);
}

static void end_streams(struct h2_client *h)
{
	h->over = true;
	loop_undefer(&h->flush);
	h2_session_fini(&h->session);
}

static void flush(struct deferred *d)
{
	struct h2_client *h = CONTAINER_OF(d, struct h2_client, flush);

	if (h->over || h->client->conn.ended)
		return;
	send_frames(h);
	if (h2_session_is_over(&h->session)) {
		end_streams(h);
		conn_finish(&h->client->conn);
		/* Whoever floods us is to hear it from his own kernel. */
		if (h->session.abused)
			conn_pause(&h->client->conn);
		return;
	}
	set_deadline(h);
}

void h2_client_flush_later(struct h2_client *h)
{
	if (!h->over)
		loop_defer(h->client->proxy->o.loop, &h->flush, flush);
}

static void on_bytes(void *arg, struct slice bytes)
{
	struct h2_client *h = arg;

	if (h->over)
		return;
	h2_session_feed(&h->session, bytes, clock_coarse_ms());
	h2_client_flush_later(h);
}

static void on_drained(void *arg)
{
	h2_client_flush_later(arg);
}

static void on_deadline(void *arg)
{
	struct h2_client *h = arg;

	if (h->over)
		return;
	if (h->wait == H2_WAIT_FRAME)
		h2_session_end(&h->session, "slow");
	else
		h2_session_leave(&h->session,
				 h->wait == H2_WAIT_NOTICE ? "drain" : "idle");
	h2_client_flush_later(h);
}

static void on_ended(void *arg, enum conn_end how)
{
	struct h2_client *h = arg;

	(void)how;
	client_destroy(h->client);
}

static const struct conn_events conn_events = {
	.bytes = on_bytes,
	.drained = on_drained,
	.deadline = on_deadline,
	.ended = on_ended,
};

void h2_client_drain(struct h2_client *h)
{
	if (h->over)
		return;
	h2_session_warn(&h->session, "drain");
	h2_client_flush_later(h);
}

struct h2_client *h2_client_create(struct client *c, struct slice bytes)
{
	struct proxy *p = c->proxy;
	struct h2_client *h = mem_zalloc(sizeof(*h));

	h->client = c;
	c->conn.events = &conn_events;
	c->conn.arg = h;
	h2_session_init(&h->session, &p->h2, &h2_request_events, h, &p->rooms);
	metric_add(p->h2_open, 1);
	if (p->idle_ended)
		h2_client_drain(h);
	on_bytes(h, bytes);
	return h;
}

void h2_client_destroy(struct h2_client **hp)
{
	struct h2_client *h = *hp;

	if (h == NULL)
		return;
	end_streams(h);
	metric_add(h->client->proxy->h2_open, -1);
	mem_free(h);
	*hp = NULL;
}

void h2_client_cut_all(struct h2_client *h)
{
	struct list *it, *tmp;

	if (h->over)
		return;
	LIST_EACH (it, tmp, &h->session.streams) {
		struct h2_stream *s = LIST_ENTRY(it, struct h2_stream, link);
		struct request *r = h2_request_of(s)->request;

		if (r != NULL)
			request_deadline(r);
	}
	send_frames(h);
	h2_session_end(&h->session, "drain");
	send_frames(h);
}

void h2_client_held(const struct h2_client *h, uint64_t *bodies,
		    uint64_t *buffers)
{
	struct list *it, *tmp;

	*bodies += h->body_bytes;
	LIST_EACH (it, tmp, &h->session.streams)
		*buffers += LIST_ENTRY(it, struct h2_stream, link)->out.end;
}

#include "tools/sim/publish.h"

#include "common/base/assert.h"
#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/event/encode.h"

#include <event2/event.h>
#include <zmq.h>

#include <endian.h>
#include <stdio.h>
#include <string.h>

/* vLLM's own bound of what waits for one subscriber. */
#define LIVE_HWM 100000

struct batch {
	uint64_t seq;
	char *payload;
	size_t n;
};

struct publisher {
	struct publish_options o;
	struct event_style style;
	bool topic_in_replay;
	void *live, *router;
	struct event *readable;
	char url[128], replay_url[128];
	struct arena arena; /* of the events that wait for a flush */
	struct event_out *event;
	size_t n_events, events_size;
	struct batch *ring; /* seq modulo buffer_steps; payload may be NULL */
	uint64_t next_seq;
	uint64_t to_drop;
	bool forget, silent;
};

static const struct {
	unsigned minor;
	enum event_layout layout;
} layout_since[] = {
	{10, EVENT_V010_2}, {14, EVENT_V014}, {17, EVENT_V017},
	{20, EVENT_V020},   {23, EVENT_V023}, {24, EVENT_V024},
	{27, EVENT_V027},
};

static enum status generation_parse(struct publisher *p, struct error *err)
{
	unsigned minor = 0;
	char rest[8] = "";
	bool known = false;

	if (sscanf(p->o.generation, "v0.%u%7s", &minor, rest) >= 1)
		for (size_t i = 0; i < ARRAY_LEN(layout_since); i++) {
			if (minor < layout_since[i].minor)
				break;
			p->style.layout = layout_since[i].layout;
			known = true;
		}
	if (!known)
		return error_set(err, ERR_INVALID,
				 "generation: %s is none of v0.10.2 … v0.27",
				 p->o.generation);
	p->style.bytes_hashes = !p->o.int_hashes;
	p->topic_in_replay = minor >= 26;
	return OK;
}

static struct event_out *next_event(struct publisher *p, enum event_kind kind,
				    struct slice medium)
{
	struct event_out *e;

	if (p->n_events == p->events_size) {
		p->events_size = p->events_size ? p->events_size * 2 : 64;
		p->event = mem_realloc(p->event,
				       p->events_size * sizeof(*p->event));
	}
	e = &p->event[p->n_events++];
	*e = (struct event_out){
		.kind = kind,
		.hash_bytes = p->o.hash_bytes,
		.medium = medium,
	};
	return e;
}

static const void *keep(struct publisher *p, const void *bytes, size_t n)
{
	return memcpy(arena_alloc(&p->arena, n), bytes, n);
}

static void tell_stored(struct publisher *p, const struct cache_run *run,
			struct slice medium)
{
	struct event_out *e = next_event(p, EVENT_STORED, medium);
	size_t bytes = p->o.hash_bytes;

	e->n_hashes = run->n_blocks;
	e->hash = keep(p, run->digest, run->n_blocks * bytes);
	e->parent = run->parent ? keep(p, run->parent, bytes) : NULL;
	e->n_tokens = run->n_blocks * p->o.block_size;
	e->token = keep(p, run->token, e->n_tokens * sizeof(*run->token));
	e->block_size = (uint32_t)p->o.block_size;
	e->lora_name = arena_copy(&p->arena, run->extra->lora);
	if (!run->parent)
		e->salt = arena_copy(&p->arena, run->extra->salt);
	e->spec_kind = SLICE("full_attention");
}

static void tell_removed(struct publisher *p, const uint8_t *digest,
			 struct slice medium)
{
	struct event_out *e = next_event(p, EVENT_REMOVED, medium);

	e->n_hashes = 1;
	e->hash = keep(p, digest, p->o.hash_bytes);
}

static void on_stored(void *arg, const struct cache_run *run)
{
	tell_stored(arg, run, SLICE("GPU"));
}

static void on_removed(void *arg, const uint8_t *digest)
{
	tell_removed(arg, digest, SLICE("GPU"));
}

static void on_cleared(void *arg)
{
	next_event(arg, EVENT_CLEARED, SLICE("GPU"));
}

/* As self_describing_kv_events lets an offloading connector tell them. */
static void on_host_stored(void *arg, const struct cache_run *run)
{
	tell_stored(arg, run, SLICE("CPU"));
}

static void on_host_removed(void *arg, const uint8_t *digest)
{
	tell_removed(arg, digest, SLICE("CPU"));
}

void publisher_pool_stored(void *publisher, const struct cache_run *run)
{
	tell_stored(publisher, run, SLICE("FS"));
}

const struct cache_sink publisher_sink = {on_stored, on_removed, on_cleared};
const struct host_sink publisher_host_sink = {on_host_stored, on_host_removed};

static void send_frame(void *socket, const void *bytes, size_t n, bool more)
{
	/* Full queues drop, as vLLM's do: PUB and ROUTER never block. */
	zmq_send(socket, bytes, n, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
}

static void send_reply(struct publisher *p, const void *peer, size_t n_peer,
		       const struct batch *b)
{
	uint64_t seq = htobe64(b->seq);
	const char *topic = b->payload ? p->o.topic : "";

	send_frame(p->router, peer, n_peer, true);
	send_frame(p->router, "", 0, true);
	if (p->topic_in_replay)
		send_frame(p->router, topic, strlen(topic), true);
	send_frame(p->router, &seq, sizeof(seq), true);
	send_frame(p->router, b->payload ? b->payload : "", b->n, false);
}

static void replay_from(struct publisher *p, const void *peer, size_t n_peer,
			uint64_t from)
{
	const struct batch end = {.seq = UINT64_MAX};
	uint64_t oldest = p->next_seq > p->o.buffer_steps
				  ? p->next_seq - p->o.buffer_steps
				  : 0;

	for (uint64_t i = from > oldest ? from : oldest; i < p->next_seq; i++) {
		const struct batch *b = &p->ring[i % p->o.buffer_steps];

		if (b->payload)
			send_reply(p, peer, n_peer, b);
	}
	send_reply(p, peer, n_peer, &end);
}

/* One whole message; its frames beyond the third are thrown away. False
 * when none waits. */
static bool take_request(struct publisher *p)
{
	char frame[3][256];
	int n[3] = {0}, more = 1;
	size_t size = sizeof(more);
	uint64_t from;
	int i = 0;

	for (; more; i++) {
		char spare[256];
		int got = zmq_recv(p->router, i < 3 ? frame[i] : spare, 256,
				   ZMQ_DONTWAIT);

		if (got < 0)
			return false;
		if (i < 3)
			n[i] = got;
		zmq_getsockopt(p->router, ZMQ_RCVMORE, &more, &size);
	}
	if (p->silent || i != 3 || n[0] > 256 || n[1] != 0 ||
	    n[2] != sizeof(from))
		return true; /* vLLM logs and goes on */
	memcpy(&from, frame[2], sizeof(from));
	replay_from(p, frame[0], (size_t)n[0], be64toh(from));
	return true;
}

/* libzmq's descriptor tells changes only, so take all there is. */
static void drain_requests(struct publisher *p)
{
	while (p->router && take_request(p))
		;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drain_requests(arg);
}

static void *bind_socket(void *zmq, int type, const char *host, uint64_t port,
			 char url[128], struct error *err)
{
	void *socket = zmq_socket(zmq, type);
	int hwm = LIVE_HWM, linger = 0;
	size_t n = 128;

	ASSERT(socket != NULL);
	zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger));
	if (type == ZMQ_PUB)
		zmq_setsockopt(socket, ZMQ_SNDHWM, &hwm, sizeof(hwm));
	snprintf(url, 128, port ? "tcp://%s:%lu" : "tcp://%s:*", host,
		 (unsigned long)port);
	if (zmq_bind(socket, url) != 0) {
		(void)error_set(err, ERR_IO, "publisher: %s: %s", url,
				zmq_strerror(zmq_errno()));
		zmq_close(socket);
		return NULL;
	}
	zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, url, &n);
	return socket;
}

static bool open_sockets(struct publisher *p, void *zmq, struct loop *loop,
			 struct error *err)
{
	evutil_socket_t fd;
	size_t n = sizeof(fd);

	p->live = bind_socket(zmq, ZMQ_PUB, p->o.host, p->o.port, p->url, err);
	if (!p->live)
		return false;
	if (!p->o.replay)
		return true;
	p->router = bind_socket(zmq, ZMQ_ROUTER, p->o.host, p->o.replay_port,
				p->replay_url, err);
	if (!p->router)
		return false;
	zmq_getsockopt(p->router, ZMQ_FD, &fd, &n);
	p->readable = event_new(loop_base(loop), fd, EV_READ | EV_PERSIST,
				on_readable, p);
	event_add(p->readable, NULL);
	return true;
}

struct publisher *publisher_create(void *zmq, struct loop *loop,
				   const struct publish_options *o,
				   struct error *err)
{
	struct publisher *p = mem_zalloc(sizeof(*p));

	p->o = *o;
	arena_init(&p->arena);
	p->ring = mem_array(o->buffer_steps, sizeof(*p->ring));
	memset(p->ring, 0, o->buffer_steps * sizeof(*p->ring));
	if (generation_parse(p, err) != OK || !open_sockets(p, zmq, loop, err))
		publisher_destroy(&p);
	return p;
}

void publisher_destroy(struct publisher **pp)
{
	struct publisher *p = *pp;

	if (!p)
		return;
	if (p->readable)
		event_free(p->readable);
	if (p->live)
		zmq_close(p->live);
	if (p->router)
		zmq_close(p->router);
	for (uint64_t i = 0; i < p->o.buffer_steps; i++)
		mem_free(p->ring[i].payload);
	mem_free(p->ring);
	mem_free(p->event);
	arena_fini(&p->arena);
	mem_free(p);
	*pp = NULL;
}

static void send_live(struct publisher *p, const struct batch *b)
{
	uint64_t seq = htobe64(b->seq);

	send_frame(p->live, p->o.topic, strlen(p->o.topic), true);
	send_frame(p->live, &seq, sizeof(seq), true);
	send_frame(p->live, b->payload, b->n, false);
}

void publisher_flush(struct publisher *p)
{
	struct batch *b = &p->ring[p->next_seq % p->o.buffer_steps];
	struct buf payload;

	if (p->n_events == 0)
		return;
	buf_init(&payload);
	event_encode(&payload, &p->style, (double)clock_wall_us() / 1e6,
		     p->event, p->n_events, p->o.rank);
	mem_free(b->payload);
	b->seq = p->next_seq++;
	b->n = buf_len(&payload);
	b->payload = mem_alloc(b->n);
	memcpy(b->payload, buf_slice(&payload).p, b->n);
	buf_fini(&payload);
	p->n_events = 0;
	arena_reset(&p->arena);
	if (p->to_drop == 0 && !p->silent)
		send_live(p, b);
	if (p->to_drop > 0 && p->forget) {
		mem_free(b->payload);
		b->payload = NULL;
	}
	p->to_drop -= p->to_drop > 0;
	/* Sending may have used up the descriptor's only signal. */
	drain_requests(p);
}

void publisher_drop(struct publisher *p, uint64_t n, bool forget)
{
	p->to_drop = n;
	p->forget = forget;
}

void publisher_silence(struct publisher *p, bool silent)
{
	p->silent = silent;
}

uint64_t publisher_next_seq(const struct publisher *p)
{
	return p->next_seq;
}

const char *publisher_url(const struct publisher *p)
{
	return p->url;
}

const char *publisher_replay_url(const struct publisher *p)
{
	return p->replay_url;
}

static uint64_t port_of(const char *url)
{
	const char *colon = strrchr(url, ':');
	uint64_t port = 0;

	if (colon && slice_to_u64(slice_of(colon + 1), 65535, &port) != OK)
		return 0;
	return port;
}

uint64_t publisher_port(const struct publisher *p)
{
	return port_of(p->url);
}

uint64_t publisher_replay_port(const struct publisher *p)
{
	return port_of(p->replay_url);
}

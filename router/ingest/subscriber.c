#include "router/ingest/subscriber.h"

#include "common/base/assert.h"
#include "common/event/decode.h"
#include "router/index/index.h"

#include <endian.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* In batches: as many as publishers keep for replay by default. Past it the
 * socket stops reading, the publisher drops, and the gap is replayed. More
 * would let one worker take gigabytes here. */
#define LIVE_QUEUE 10000
/* Replies, which the publisher drops without a word if they are not taken
 * at once: more than it keeps by default, several times. */
#define REPLAY_QUEUE 65536
/* A host that is gone is noticed within 15 s: publishers send nothing when
 * idle. By TCP and not by ZMTP's heartbeats: where a queue is full when one
 * is due, or a connection breaks as it goes out, libzmq 4.3.4 ends the
 * program. */
#define KEEPALIVE_IDLE_S   5
#define KEEPALIVE_EVERY_S  5
#define KEEPALIVE_TIMES    2
#define RECONNECT_MS       100
#define RECONNECT_MAX_MS   5000
#define CONNECT_TIMEOUT_MS 5000

#define MAX_FRAMES 8
#define END_SEQ    UINT64_MAX
#define SEQ_BYTES  8

void *subscriber_zmq_create(void)
{
	void *zmq = zmq_ctx_new();

	ASSERT(zmq != NULL);
	/* Per worker: SUB, DEALER, and both ends of the monitor. */
	ASSERT(zmq_ctx_set(zmq, ZMQ_MAX_SOCKETS, 4 * INDEX_MAX_WORKERS + 16) ==
	       0);
	return zmq;
}

void subscriber_zmq_destroy(void **zmq)
{
	if (*zmq != NULL)
		zmq_ctx_term(*zmq);
	*zmq = NULL;
}

static void set_int(void *socket, int option, int value)
{
	ASSERT(zmq_setsockopt(socket, option, &value, sizeof(value)) == 0);
}

static void *open_socket(void *zmq, int type, int queue)
{
	int64_t max_bytes = EVENT_MAX_BYTES;
	void *socket = zmq_socket(zmq, type);

	ASSERT(socket != NULL);
	set_int(socket, ZMQ_RCVHWM, queue);
	set_int(socket, ZMQ_LINGER, 0);
	set_int(socket, ZMQ_IPV6, 1);
	set_int(socket, ZMQ_TCP_KEEPALIVE, 1);
	set_int(socket, ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S);
	set_int(socket, ZMQ_TCP_KEEPALIVE_INTVL, KEEPALIVE_EVERY_S);
	set_int(socket, ZMQ_TCP_KEEPALIVE_CNT, KEEPALIVE_TIMES);
	set_int(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
	set_int(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
	set_int(socket, ZMQ_CONNECT_TIMEOUT, CONNECT_TIMEOUT_MS);
	ASSERT(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max_bytes,
			      sizeof(max_bytes)) == 0);
	return socket;
}

static void close_socket(void **socket)
{
	if (*socket != NULL)
		zmq_close(*socket);
	*socket = NULL;
}

/* Before the connection is begun, so that no news of it is missed. */
static void open_monitor(struct subscriber *s)
{
	static atomic_uint counter;
	char name[64];

	snprintf(name, sizeof(name), "inproc://monitor-%u",
		 atomic_fetch_add(&counter, 1));
	ASSERT(zmq_socket_monitor(s->sub, name,
				  ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
					  ZMQ_EVENT_DISCONNECTED) == 0);
	s->monitor = zmq_socket(s->zmq, ZMQ_PAIR);
	ASSERT(s->monitor != NULL);
	set_int(s->monitor, ZMQ_LINGER, 0);
	ASSERT(zmq_connect(s->monitor, name) == 0);
}

enum status subscriber_open(struct subscriber *s, void *zmq, const char *events,
			    const char *replay, const char *topic,
			    struct error *err)
{
	memset(s, 0, sizeof(*s));
	zmq_msg_init(&s->payload);
	s->zmq = zmq;
	s->replay = replay;
	s->sub = open_socket(zmq, ZMQ_SUB, LIVE_QUEUE);
	open_monitor(s);
	ASSERT(zmq_setsockopt(s->sub, ZMQ_SUBSCRIBE, topic, strlen(topic)) ==
	       0);
	if (zmq_connect(s->sub, events) == 0)
		return OK;
	error_set(err, ERR_INVALID, "%s: %s", events,
		  zmq_strerror(zmq_errno()));
	subscriber_close(s);
	return ERR_INVALID;
}

void subscriber_close(struct subscriber *s)
{
	if (s->sub == NULL)
		return;
	zmq_socket_monitor(s->sub, NULL, 0);
	close_socket(&s->dealer);
	close_socket(&s->monitor);
	close_socket(&s->sub);
	zmq_msg_close(&s->payload);
}

enum status subscriber_ask(struct subscriber *s, uint64_t from)
{
	uint64_t be = htobe64(from);

	close_socket(&s->dealer);
	s->dealer = open_socket(s->zmq, ZMQ_DEALER, REPLAY_QUEUE);
	if (zmq_connect(s->dealer, s->replay) == 0 &&
	    zmq_send(s->dealer, "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT) == 0 &&
	    zmq_send(s->dealer, &be, sizeof(be), ZMQ_DONTWAIT) == sizeof(be))
		return OK;
	close_socket(&s->dealer);
	return ERR_IO;
}

void subscriber_hang_up(struct subscriber *s)
{
	close_socket(&s->dealer);
}

/* One message: its last frame into s->payload, the one before into *seq
 * (false if that is no sequence number); all frames are counted. */
static bool receive(struct subscriber *s, void *socket, size_t *frames,
		    uint64_t *seq, bool *is_seq)
{
	uint64_t be;
	int more = 1;

	*frames = 0;
	*is_seq = false;
	while (more != 0) {
		zmq_msg_t frame;

		zmq_msg_init(&frame);
		if (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) < 0)
			return false;
		more = zmq_msg_more(&frame);
		if (more != 0) {
			*is_seq = zmq_msg_size(&frame) == SEQ_BYTES;
			if (*is_seq) {
				memcpy(&be, zmq_msg_data(&frame), SEQ_BYTES);
				*seq = be64toh(be);
			}
		}
		zmq_msg_move(&s->payload, &frame);
		zmq_msg_close(&frame);
		++*frames;
	}
	return true;
}

static bool next_of_monitor(struct subscriber *s,
			    struct subscriber_message *out)
{
	zmq_msg_t frame;
	uint16_t event = 0;
	int more = 1;

	for (size_t i = 0; more != 0; i++) {
		zmq_msg_init(&frame);
		if (zmq_msg_recv(&frame, s->monitor, ZMQ_DONTWAIT) < 0)
			return false;
		if (i == 0 && zmq_msg_size(&frame) >= sizeof(event))
			memcpy(&event, zmq_msg_data(&frame), sizeof(event));
		more = zmq_msg_more(&frame);
		zmq_msg_close(&frame);
	}
	out->kind = event == ZMQ_EVENT_DISCONNECTED ? SUBSCRIBER_LOST
						    : SUBSCRIBER_CONNECTED;
	return true;
}

static struct slice payload_of(struct subscriber *s)
{
	return (struct slice){zmq_msg_data(&s->payload),
			      zmq_msg_size(&s->payload)};
}

/* Live: topic, sequence, payload. */
static bool next_of_sub(struct subscriber *s, struct subscriber_message *out)
{
	size_t frames;
	bool is_seq;

	if (!receive(s, s->sub, &frames, &out->seq, &is_seq))
		return false;
	out->payload = payload_of(s);
	out->kind = frames == 3 && is_seq && out->seq != END_SEQ
			    ? SUBSCRIBER_LIVE
			    : SUBSCRIBER_BAD;
	return true;
}

/* Replayed: "", sequence, payload; from vLLM v0.26 on: "", topic, sequence,
 * payload. The end has sequence -1. */
static bool next_of_dealer(struct subscriber *s, struct subscriber_message *out)
{
	size_t frames;
	bool is_seq;

	if (s->dealer == NULL ||
	    !receive(s, s->dealer, &frames, &out->seq, &is_seq))
		return false;
	out->payload = payload_of(s);
	out->kind = SUBSCRIBER_REPLAYED;
	if (frames < 2 || frames > MAX_FRAMES || !is_seq)
		out->kind = SUBSCRIBER_BAD;
	else if (out->seq == END_SEQ)
		out->kind = SUBSCRIBER_END;
	return true;
}

void subscriber_next(struct subscriber *s, struct subscriber_message *out)
{
	out->seq = 0;
	if (next_of_monitor(s, out) || next_of_sub(s, out) ||
	    next_of_dealer(s, out))
		return;
	out->kind = SUBSCRIBER_NOTHING;
}

size_t subscriber_poll(const struct subscriber *s, zmq_pollitem_t *item)
{
	void *const socket[SUBSCRIBER_MAX_POLL] = {s->monitor, s->sub,
						   s->dealer};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(socket); i++)
		if (socket[i] != NULL)
			item[n++] = (zmq_pollitem_t){.socket = socket[i],
						     .events = ZMQ_POLLIN};
	return n;
}

#include "common/http/h2_guard.h"

#include "common/base/attr.h"

/* A client with many streams thanks for each event of each; one that looks
 * whether we are there does so every few seconds. */
#define IDLE_MOST     1000
#define IDLE_A_SECOND 50
/* For a frame that was sent: its stream and the connection get a window. */
#define IDLE_A_FRAME 2.0
/* Smaller ones are what a window of a few bytes makes of an answer. */
#define FRAME_BYTES 32
/* A page of chats that is closed gives up all of them at once. */
#define RESETS_MOST     200
#define RESETS_A_SECOND 10
/* A block fills its frames but for the last; the library takes no more. */
#define MAX_BLOCK_FRAMES 9

enum frame_type {
	FRAME_DATA,
	FRAME_HEADERS,
	FRAME_PRIORITY,
	FRAME_RST_STREAM,
	FRAME_SETTINGS,
	FRAME_PUSH_PROMISE,
	FRAME_PING,
	FRAME_GOAWAY,
	FRAME_WINDOW_UPDATE,
	FRAME_CONTINUATION,
};

#define END_STREAM  0x1
#define END_HEADERS 0x4

const char *h2_abuse_name(enum h2_abuse a)
{
	static const char *const name[H2_ABUSE_N] = {
		[H2_NO_ABUSE] = "none",
		[H2_FLOOD] = "flood",
		[H2_RESETS] = "resets",
		[H2_HEADER_BLOCK] = "header_block",
		[H2_STREAM_ENDED] = "STREAM_CLOSED",
		[H2_WRONG_STREAM] = "PROTOCOL_ERROR",
	};

	ASSERT(a < H2_ABUSE_N);
	return name[a];
}

void h2_guard_init(struct h2_guard *g, size_t max_block_bytes)
{
	*g = (struct h2_guard){
		.max_block_bytes = max_block_bytes,
		.idle = {.left = IDLE_MOST},
		.resets = {.left = RESETS_MOST},
	};
}

/* False if there is none left. */
static bool take(struct h2_store *s, double most, double a_second,
		 uint64_t now_ms)
{
	if (s->at_ms != 0 && now_ms > s->at_ms)
		s->left += (double)(now_ms - s->at_ms) * a_second / 1000;
	s->at_ms = now_ms;
	if (s->left > most)
		s->left = most;
	s->left -= 1;
	return s->left >= 0;
}

static uint32_t payload_bytes(const struct h2_guard *g)
{
	return (uint32_t)g->head[0] << 16 | (uint32_t)g->head[1] << 8 |
	       g->head[2];
}

static bool moves_on(const struct h2_guard *g)
{
	switch (g->head[3]) {
	case FRAME_DATA:
		return payload_bytes(g) > 0 || (g->head[4] & END_STREAM) != 0;
	case FRAME_HEADERS:
	case FRAME_CONTINUATION: return true;
	default: return false;
	}
}

static enum h2_abuse judge_block(struct h2_guard *g)
{
	uint8_t type = g->head[3];

	if (type == FRAME_HEADERS) {
		g->block_frames = 0;
		g->block_bytes = 0;
	} else if (type != FRAME_CONTINUATION) {
		return H2_NO_ABUSE;
	}
	g->in_block = (g->head[4] & END_HEADERS) == 0;
	g->block_frames++;
	g->block_bytes += payload_bytes(g);
	if (g->block_frames > MAX_BLOCK_FRAMES ||
	    g->block_bytes > g->max_block_bytes)
		return H2_HEADER_BLOCK;
	return H2_NO_ABUSE;
}

static uint32_t stream_id(const struct h2_guard *g)
{
	return (uint32_t)(g->head[5] & 0x7f) << 24 |
	       (uint32_t)g->head[6] << 16 | (uint32_t)g->head[7] << 8 |
	       g->head[8];
}

static bool has_ended(const struct h2_guard *g, uint32_t id)
{
	for (size_t i = 0; i < H2_GUARD_ENDED; i++)
		if (g->ended[i] == id)
			return true;
	return false;
}

/* False for one that was passed over. */
static bool begin(struct h2_guard *g, uint32_t id)
{
	if (id <= g->last)
		return id <= g->passed_from || id >= g->passed_to;
	if (id - g->last > 2) {
		g->passed_from = g->last;
		g->passed_to = id;
	}
	g->last = id;
	return true;
}

/* Whoever has said that no more will come must not go on. */
static enum h2_abuse judge_stream(struct h2_guard *g)
{
	uint8_t type = g->head[3];
	uint32_t id = stream_id(g);
	bool carries = type == FRAME_DATA || type == FRAME_HEADERS;

	if (id == 0)
		return type == FRAME_PRIORITY ? H2_WRONG_STREAM : H2_NO_ABUSE;
	if (type == FRAME_HEADERS && !begin(g, id))
		return H2_WRONG_STREAM;
	if (carries && has_ended(g, id))
		return H2_STREAM_ENDED;
	if (type == FRAME_RST_STREAM ||
	    (carries && (g->head[4] & END_STREAM) != 0))
		g->ended[g->n_ended++ % H2_GUARD_ENDED] = id;
	return H2_NO_ABUSE;
}

static enum h2_abuse judge_frame(struct h2_guard *g, uint64_t now_ms)
{
	enum h2_abuse abuse;

	if (!moves_on(g) && !take(&g->idle, IDLE_MOST, IDLE_A_SECOND, now_ms))
		return H2_FLOOD;
	abuse = judge_stream(g);
	return abuse != H2_NO_ABUSE ? abuse : judge_block(g);
}

static struct slice take_head(struct h2_guard *g, struct slice bytes)
{
	size_t n = H2_FRAME_HEAD_BYTES - g->n_head;

	if (n > bytes.n)
		n = bytes.n;
	memcpy(g->head + g->n_head, bytes.p, n);
	g->n_head = (uint8_t)(g->n_head + n);
	return slice_from(bytes, n);
}

static struct slice take_payload(struct h2_guard *g, struct slice bytes)
{
	size_t n = g->payload_left < bytes.n ? g->payload_left : bytes.n;

	g->payload_left -= (uint32_t)n;
	return slice_from(bytes, n);
}

enum h2_abuse h2_guard_feed(struct h2_guard *g, struct slice bytes,
			    uint64_t now_ms)
{
	enum h2_abuse abuse = H2_NO_ABUSE;

	while (bytes.n > 0 && abuse == H2_NO_ABUSE) {
		bytes = take_payload(g, bytes);
		if (g->payload_left > 0 || bytes.n == 0)
			break;
		bytes = take_head(g, bytes);
		if (g->n_head < H2_FRAME_HEAD_BYTES)
			break;
		g->n_head = 0;
		g->payload_left = payload_bytes(g);
		g->n_frames++;
		abuse = judge_frame(g, now_ms);
	}
	return abuse;
}

void h2_guard_sent(struct h2_guard *g, size_t bytes)
{
	if (bytes >= FRAME_BYTES)
		g->idle.left += IDLE_A_FRAME;
}

enum h2_abuse h2_guard_reset(struct h2_guard *g, uint64_t now_ms)
{
	return take(&g->resets, RESETS_MOST, RESETS_A_SECOND, now_ms)
		       ? H2_NO_ABUSE
		       : H2_RESETS;
}

bool h2_guard_midway(const struct h2_guard *g)
{
	return g->n_head > 0 || g->payload_left > 0 || g->in_block;
}

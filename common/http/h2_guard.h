/* What a peer of HTTP/2 may cost before it asks for anything: frames are
 * counted as they come, before anybody acts on them.
 *
 * A frame that moves nothing on (PING, SETTINGS, PRIORITY, WINDOW_UPDATE,
 * RST_STREAM, DATA of no bytes, a type that is not known) takes one of a
 * store that grows with time and with what the peer is sent: it may well
 * thank for each part of an answer. Streams that end unanswered have a store
 * of their own. A header block is bounded in frames and in bytes, whatever
 * becomes of its stream. And what the library passes over, though it ends a
 * connection (RFC 9113 5.1, 6.3), is found here: frames of a stream that the
 * peer itself has just ended, a stream below one that began before it, and a
 * PRIORITY of none. Pure: no clock, no socket. */
#ifndef COMMON_HTTP_H2_GUARD_H
#define COMMON_HTTP_H2_GUARD_H

#include "common/base/slice.h"

#define H2_FRAME_HEAD_BYTES 9

enum h2_abuse {
	H2_NO_ABUSE,
	H2_FLOOD,        /* too many frames that move nothing on */
	H2_RESETS,       /* too many streams that end unanswered */
	H2_HEADER_BLOCK, /* one of too many frames or bytes */
	H2_STREAM_ENDED, /* and more comes of it */
	H2_WRONG_STREAM, /* none, or one that was passed over */
	H2_ABUSE_N,
};

const char *h2_abuse_name(enum h2_abuse a);

/* So many streams that have ended are remembered. */
#define H2_GUARD_ENDED 8

/* Tokens that come back with time, up to what there were at first. */
struct h2_store {
	double left;
	uint64_t at_ms; /* when it was last counted; 0: never */
};

struct h2_guard {
	size_t max_block_bytes;
	unsigned char head[H2_FRAME_HEAD_BYTES]; /* of the frame at hand */
	uint8_t n_head;
	bool in_block;         /* a header block has begun and not ended */
	uint32_t payload_left; /* of the frame at hand */
	uint32_t block_frames; /* of the block at hand */
	size_t block_bytes;
	uint64_t n_frames;              /* that have begun */
	uint32_t ended[H2_GUARD_ENDED]; /* streams, by the peer; 0: none */
	uint32_t n_ended;
	uint32_t last;                   /* stream that has begun */
	uint32_t passed_from, passed_to; /* over, between these, by the last
					    that left some out */
	struct h2_store idle, resets;
};

void h2_guard_init(struct h2_guard *g, size_t max_block_bytes);
/* Bytes that begin where the last ones ended, behind the preface. After any
 * abuse the connection is to end; what the bytes say is not to be acted on. */
enum h2_abuse h2_guard_feed(struct h2_guard *g, struct slice bytes,
			    uint64_t now_ms);
/* `bytes` of DATA are sent to the peer in one frame. */
void h2_guard_sent(struct h2_guard *g, size_t bytes);
/* A stream has ended, by whomever, before it was answered. */
enum h2_abuse h2_guard_reset(struct h2_guard *g, uint64_t now_ms);
/* A frame, or a header block, has begun and not ended. */
bool h2_guard_midway(const struct h2_guard *g);

#endif

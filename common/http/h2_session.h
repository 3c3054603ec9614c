/* A server's end of one HTTP/2 connection (RFC 9113), over nghttp2: bytes of
 * the client in, requests told; answers in, frames to be sent out.
 *
 * It has no socket and no clock: its owner feeds what has come, takes what is
 * to be sent, and ends the connection when the session is over. Requests are
 * judged as those of HTTP/1 are (h2_head.h); what costs without asking for
 * anything is bounded (h2_guard.h). Priorities are not looked at: streams
 * take turns. One thread. */
#ifndef COMMON_HTTP_H2_SESSION_H
#define COMMON_HTTP_H2_SESSION_H

#include "common/base/list.h"
#include "common/http/h2_guard.h"
#include "common/http/h2_head.h"
#include "common/http/h2_preface.h"
#include "common/http/parser.h"

struct nghttp2_session;
struct h2_session;

struct h2_limits {
	struct http_limits http;
	uint32_t max_streams;
	uint32_t window_bytes; /* of a stream; all together have four of them */
	uint32_t table_bytes;  /* of headers, for the client to fill */
};

/* One request and its answer. Lies in what its owner made for it. */
struct h2_stream {
	struct h2_session *session;
	struct list link; /* in session->streams */
	int32_t id;
	struct http_parser head; /* which holds the head */
	int64_t length;          /* that the body is to have; -1: not stated */
	uint64_t body_bytes;
	struct buf out;   /* of the answer, not yet framed */
	uint32_t failure; /* sent in a reset behind the answer */
	bool told;        /* of its head */
	bool whole;       /* all of the request is here */
	bool deaf;        /* nothing that comes is told any more */
	bool waiting;     /* for more in `out` */
	bool last;        /* no more will come into `out`, */
	bool cut;      /* ... and the client is to see that some is missing */
	bool answered; /* wholly, or it was reset by us */
};

enum h2_note { H2_RESET_BY_CLIENT, H2_RESET_BY_US, H2_GOAWAY };

/* None of these may end the session. */
struct h2_events {
	/* A stream begins: zeroed room for it, until `closed`. */
	struct h2_stream *(*open)(void *arg);
	/* Lives until http_parser_forget_head(&s->head). */
	void (*head)(void *arg, struct h2_stream *s, const struct http_head *h);
	void (*body)(void *arg, struct h2_stream *s, struct slice bytes);
	void (*end)(void *arg, struct h2_stream *s);
	/* It cannot be served, with or without its head: the last that is told
	 * but for `closed`. An answer is in order. */
	void (*refused)(void *arg, struct h2_stream *s,
			const struct http_fault *f);
	/* Some of s->out has gone into frames. */
	void (*sent)(void *arg, struct h2_stream *s);
	/* The answer is out, and the request still comes: h2_stream_stop() is
	 * to follow, once the client has had time to see the answer. */
	void (*early)(void *arg, struct h2_stream *s);
	/* Answered, or reset by either side; its head is there still. Its owner
	 * gives it h2_stream_fini() and takes the room back. */
	void (*closed)(void *arg, struct h2_stream *s);
	/* For who counts; a reason, static, for a GOAWAY. */
	void (*noted)(void *arg, enum h2_note note, const char *reason);
};

struct h2_session {
	struct nghttp2_session *ng;
	const struct h2_limits *limits;
	const struct h2_events *events;
	void *arg;
	struct http_rooms *rooms;
	struct h2_guard guard;
	struct h2_head head; /* that is coming in */
	struct list streams;
	size_t n_streams;
	struct buf *sink; /* where frames go while they are asked for */
	size_t sink_bytes;
	uint64_t now_ms;
	uint32_t preface_left;
	const char *reason; /* of our GOAWAY */
	bool warned;        /* and waits to hear that this was heard */
	bool leaving;       /* takes no more streams */
	bool broken;        /* takes no more bytes */
	bool abused;
};

/* `limits`, `events` and `rooms` outlive it. The settings wait to be sent. */
void h2_session_init(struct h2_session *s, const struct h2_limits *limits,
		     const struct h2_events *events, void *arg,
		     struct http_rooms *rooms);
/* Streams that are open are told as closed. */
void h2_session_fini(struct h2_session *s);

/* From the preface on. What is wrong with them is told to the client. */
void h2_session_feed(struct h2_session *s, struct slice bytes, uint64_t now_ms);
/* Appends what is to be sent; no more once `out` holds `most` bytes or over.
 */
void h2_session_pull(struct h2_session *s, struct buf *out, size_t most);
/* Nothing is to be read or sent any more: the connection is to be ended. */
bool h2_session_is_over(const struct h2_session *s);
/* A frame or a header block has begun and not ended. */
bool h2_session_midway(const struct h2_session *s);

/* No stream should begin any more; those on the way here still may, until
 * the client has answered: then it leaves by itself. */
void h2_session_warn(struct h2_session *s, const char *reason);
/* None may; open ones go on. It is over when they have ended. Harmless if
 * said before. */
void h2_session_leave(struct h2_session *s, const char *reason);
/* It is over with the frame that says so, open streams or not. */
void h2_session_end(struct h2_session *s, const char *reason);

/* An answer begins; `lines`: "name: value\r\n" each, in whatever case, those
 * of the connection left out. `ends`: there is no body. */
void h2_stream_answer(struct h2_stream *s, unsigned status, struct slice lines,
		      bool ends);
/* "100 Continue", before an answer. */
void h2_stream_go_on(struct h2_stream *s);
void h2_stream_send(struct h2_stream *s, const struct slice *piece, size_t n);
void h2_stream_end(struct h2_stream *s);
/* Behind what is queued the stream is reset. */
void h2_stream_cut(struct h2_stream *s);
/* At once, whatever is queued. */
void h2_stream_reset(struct h2_stream *s);
/* No more of the request is taken; the answer is whole. */
void h2_stream_stop(struct h2_stream *s);
/* Of one that was told as closed. */
void h2_stream_fini(struct h2_stream *s);

#endif

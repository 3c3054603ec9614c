/* One incremental parser for HTTP/1 requests and responses.
 *
 * Bytes come as they come from the socket; the callbacks get the head
 * (copied, whole), the body (spans of the fed bytes, nothing copied) and
 * the end. The parser stops exactly behind a message: what follows stays
 * unconsumed until http_parser_next().
 *
 * Heads go through llhttp with every leniency off and then through our own
 * checks of all that it lets pass; bodies are framed here. Whatever two
 * implementations could read in two ways is refused: bare LF, folded
 * lines, Content-Length beside Transfer-Encoding, any coding but one
 * "chunked", and so on. RFC 9110, RFC 9112. One thread. */
#ifndef COMMON_HTTP_PARSER_H
#define COMMON_HTTP_PARSER_H

#include "common/http/chunked.h"
#include "common/http/room.h"
#include "common/http/rules.h"

/* Interim answers (1xx) taken before the final one. */
#define HTTP_MAX_INTERIM 8

/* Callbacks free nothing; they may call http_parser_stop(). */
struct http_events {
	/* Interim answers are not told. */
	void (*head)(void *arg, const struct http_head *head);
	void (*body)(void *arg, struct slice bytes); /* never empty */
	void (*end)(void *arg);                      /* the message is whole */
};

enum http_state {
	HTTP_IN_HEAD,
	HTTP_IN_BODY, /* inside it, chunk lines and trailers included */
	HTTP_DONE,    /* the end was told; next: http_parser_next() */
	HTTP_BROKEN,
};

struct http_parser {
	const struct http_limits *limits;
	const struct http_events *events;
	void *arg;
	struct http_rooms *rooms; /* NULL: rooms come from the heap */
	struct http_room *room;   /* NULL: no head has begun, or it is let go */
	uint64_t body_bytes;
	union {
		uint64_t left; /* HTTP_LENGTH */
		struct http_chunked chunked;
	};
	struct http_fault fault;
	enum http_side side : 8;
	enum http_state state : 8;
	enum http_framing framing : 8; /* of the message that is read */
	uint8_t interim, blank_lines;
	bool no_body; /* the request was HEAD */
	bool stopped;
	bool fed_chunks; /* see http_parser_fed_chunks() */
};

/* `limits` and `events` outlive the parser. */
void http_parser_init(struct http_parser *p, enum http_side side,
		      const struct http_limits *limits,
		      const struct http_events *events, void *arg);
void http_parser_fini(struct http_parser *p);
/* Ready for the next message of the connection. */
void http_parser_next(struct http_parser *p);
/* Nobody looks at its head any more: the slices are void. */
void http_parser_forget_head(struct http_parser *p);
/* Shares rooms for heads, which outlive the parser, with others. */
void http_parser_share(struct http_parser *p, struct http_rooms *rooms);

/* Feeds bytes; `consumed` says how many were taken, fewer than all only
 * behind a message's end, after a stop, or at a fault. ERR_INVALID: not
 * HTTP, or ambiguous; ERR_LIMIT; ERR_UNSUPPORTED: a version, method or
 * coding that we do not speak. After a fault the parser is BROKEN: the
 * connection must be closed after the answer. */
MUST_USE enum status http_parser_feed(struct http_parser *p, struct slice bytes,
				      size_t *consumed);
/* The last feed took whole chunks without extensions and nothing else: the
 * same bytes may be passed on as chunks. */
bool http_parser_fed_chunks(const struct http_parser *p);
/* The peer has ended its side. OK: the message (a body until close) is
 * whole now, and its end was told; ERR_CLOSED: nothing had begun, or all
 * was done; ERR_INVALID: cut in the middle. */
MUST_USE enum status http_parser_finish(struct http_parser *p);

/* From a callback: feed returns before the next event. The rest comes
 * when it is called again. */
void http_parser_stop(struct http_parser *p);
/* HTTP_CLIENT: the request was HEAD, so the answer has no body. Set anew
 * after each http_parser_next(). */
void http_parser_expect_no_body(struct http_parser *p);

/* A byte of the message has come. */
bool http_parser_begun(const struct http_parser *p);
/* After a fault: the status a server answers (400, 413, 414, 417, 431, 501,
 * 505; 502 for responses) and a sentence. */
unsigned http_parser_error_status(const struct http_parser *p);
const char *http_parser_why(const struct http_parser *p);

#endif

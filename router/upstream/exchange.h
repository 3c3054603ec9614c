/* One request to one worker and its answer. Belongs to a lane.
 *
 * The caller keeps the bytes of the request until the exchange is over,
 * and owns the struct. Events come from the loop, never from within
 * exchange_start. After `body` with `complete`, after `failed`, and after
 * exchange_cancel the exchange is over and may be started again.
 *
 * A pooled connection that turns out to be dead before it gave a byte is
 * replaced by a fresh one, unseen by the caller. */
#ifndef ROUTER_UPSTREAM_EXCHANGE_H
#define ROUTER_UPSTREAM_EXCHANGE_H

#include "common/http/head.h"
#include "router/fleet/worker.h"
#include "router/upstream/pool.h"

enum exchange_failure {
	EXCHANGE_CONNECT,      /* refused or unreachable */
	EXCHANGE_CONNECT_SLOW, /* no connection in time */
	EXCHANGE_TLS_NAME,     /* its certificate is another host's, … */
	EXCHANGE_TLS_EXPIRED,
	EXCHANGE_TLS_UNTRUSTED, /* … or not signed by whom we trust */
	EXCHANGE_TLS_REFUSED,   /* it does not take our certificate, say */
	EXCHANGE_TLS_FAILED,    /* the handshake failed otherwise */
	EXCHANGE_RESET,         /* ended before a byte of the answer */
	EXCHANGE_FIRST_SLOW,    /* no byte of the body in time */
	EXCHANGE_BETWEEN_SLOW,  /* silence in the middle of the answer */
	EXCHANGE_CUT,           /* ended in the middle of the answer */
	EXCHANGE_BAD,           /* what came is not an answer */
	EXCHANGE_NO_ROOM,       /* we have no descriptor for a connection */
};

struct exchange_events {
	/* Once. The head lives until this returns. */
	void (*head)(void *arg, const struct http_head *h);
	/* What one reading brought, at most EXCHANGE_MAX_PIECES; the bytes
	 * live until this returns. `complete`: the answer is whole. */
	void (*body)(void *arg, const struct slice *piece, size_t n,
		     bool complete);
	void (*failed)(void *arg, enum exchange_failure why);
};

#define EXCHANGE_MAX_PIECES  12
#define EXCHANGE_SEND_PIECES 16

struct link;

struct exchange {
	struct pool *pool;
	struct link *link;        /* NULL: over */
	const struct slice *send; /* the caller's array */
	const struct exchange_events *events;
	void *arg;
	uint32_t sent_bytes, send_bytes;
	/* Set by the caller before the start; kept from start to start. */
	uint32_t first_byte_ms; /* 0: as the pool says */
	bool no_body;           /* the answer to a HEAD has none */
	bool once; /* it must not reach the worker twice: a new connection */
	/* Its own. */
	uint8_t n_send;
	bool got_byte, got_head, got_body;
};

/* `ex` is zeroed or over; `send` stays the caller's. */
void exchange_start(struct exchange *ex, struct pool *pool,
		    struct worker *worker, const struct slice *send, size_t n,
		    const struct exchange_events *events, void *arg);
bool exchange_is_over(const struct exchange *ex);
/* The whole request is out: the caller's bytes are no longer looked at,
 * unless it starts anew because no byte of the answer has come. */
bool exchange_is_sent(const struct exchange *ex);
/* Within `body`: what it tells, as it came in the chunked coding, if that
 * are whole chunks; else empty. */
struct slice exchange_chunks(const struct exchange *ex);
/* Closes the connection, which is how an engine is told to stop. No event
 * comes any more. May be over already. */
void exchange_cancel(struct exchange *ex);

/* The worker is not read while its answer has nowhere to go. */
void exchange_pause(struct exchange *ex);
void exchange_resume(struct exchange *ex);

const char *exchange_failure_name(enum exchange_failure f);

#endif

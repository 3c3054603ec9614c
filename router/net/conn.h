/* A client's connection: bytes in as they come, bytes out through a
 * bounded-by-the-caller queue, one deadline.
 *
 * Belongs to its lane's loop. Its events tell the proxy; the proxy decides
 * and closes. A connection that is told to finish sends what is queued,
 * then closes in order. */
#ifndef ROUTER_NET_CONN_H
#define ROUTER_NET_CONN_H

#include "common/base/addr.h"
#include "common/base/buf.h"
#include "common/base/sock.h"

struct conn;

enum conn_end {
	CONN_CLIENT_GONE, /* it ended or reset its side */
	CONN_STALLED,     /* it took no byte for `write_stall_ms` */
	CONN_FINISHED,    /* all that was queued is out, as asked */
};

struct conn_events {
	void (*bytes)(void *arg, struct slice bytes);
	/* The queue of unsent bytes has emptied. */
	void (*drained)(void *arg);
	/* Not while it finishes. */
	void (*deadline)(void *arg);
	/* Once; the connection is closed when this returns. */
	void (*ended)(void *arg, enum conn_end how);
	/* After conn_secure(): the handshake is done. May be NULL. */
	void (*secured)(void *arg);
};

struct conn {
	struct sock sock;
	struct buf out; /* what the kernel did not take */
	struct timer timer, stall;
	struct deferred soon;
	uint32_t write_stall_ms;
	bool securing : 1, finishing : 1, lingering : 1, ended : 1;
	bool broken : 1; /* a write failed: `ended` follows */
	const struct conn_events *events;
	void *arg;
};

/* Takes `fd` over. */
void conn_open(struct conn *c, struct loop *l, int fd, uint64_t write_stall_ms,
	       const struct conn_events *events, void *arg);
/* The same of one that `from` has watched, see conn_hand_over(). */
void conn_take_over(struct conn *c, struct loop *l, struct watch *from,
		    uint64_t write_stall_ms, const struct conn_events *events,
		    void *arg);
/* Right after: speaks TLS (see common/tls/session.h), or what other layer
 * this is. Deadlines and `ended` hold for the handshake, too. */
void conn_secure(struct conn *c, struct sock_layer *layer);
/* What the handshake has agreed on: "h2", "http/1.1"; n = 0: nothing. Known
 * from `secured` on, and to the first `bytes`. */
struct slice conn_protocol(const struct conn *c);
/* Silently: no event. May be closed already. */
void conn_close(struct conn *c);
/* The same, but the client sees a reset: a broken answer looks broken. */
void conn_reset(struct conn *c);

/* Nothing is unsent, nothing paused, and it does not end: its descriptor says
 * all that there is to be known of it. Not so under a layer. */
bool conn_rests(const struct conn *c);
/* Of one that rests: closed, but for its descriptor, which `to` watches. */
void conn_hand_over(struct conn *c, struct watch *to,
		    void (*ready)(struct watch *w, uint32_t events));

/* Sends or queues all pieces, copying only what the kernel does not take.
 * Nothing happens once the connection has ended. */
void conn_write(struct conn *c, const struct slice *piece, size_t n);
/* The same, but together with what else this turn of the loop sends. Peers
 * that are woken once for many messages cost less than one by one; for what
 * nothing follows at once, as the end of an answer. */
void conn_write_soon(struct conn *c, const struct slice *piece, size_t n);
size_t conn_queued(const struct conn *c); /* bytes not yet sent */
/* The client has sent what has not been told yet. A system call. */
bool conn_has_unread(const struct conn *c);

/* No more writing; what still comes is dropped. Closes when the queue is
 * empty and the client has closed too, or has had time to. `ended` tells. */
void conn_finish(struct conn *c);

void conn_pause(struct conn *c); /* a client that leaves is still noticed */
void conn_resume(struct conn *c);

void conn_set_deadline(struct conn *c, uint64_t in_ms); /* replaces */
void conn_clear_deadline(struct conn *c);

#endif

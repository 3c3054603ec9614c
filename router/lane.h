/* A lane: one thread with its loop, listeners and proxy. */
#ifndef ROUTER_LANE_H
#define ROUTER_LANE_H

#include "router/net/listen_socket.h"
#include "router/proxy/proxy.h"

struct lane;

struct lane_options {
	unsigned number;
	/* Of `proxy`, the loop, mailbox and drained are the lane's own. */
	struct proxy_options proxy;
	/* From the lane's thread, once: after lane_drain it has neither a
	 * client nor a socket to accept one on. */
	void (*drained)(void *arg);
	void *arg;
};

/* Starts the thread; holds the fleet by itself. */
struct lane *lane_create(const struct lane_options *o, struct fleet *f);
/* Stops the thread, cutting what is open. */
void lane_destroy(struct lane **l);

/* From the main thread. */
void lane_set_fleet(struct lane *l, struct fleet *f);
void lane_set_tenants(struct lane *l, struct tenants *t); /* NULL: none */
/* It accepts on this socket too, and holds it by itself. */
void lane_listen(struct lane *l, struct listen_socket *s);
/* It does not any more. `finish`: after it has accepted all that waits. */
void lane_unlisten(struct lane *l, struct listen_socket *s, bool finish);
/* Critical: no connection is accepted. See proxy_set_pressure(). */
void lane_set_pressure(struct lane *l, enum pressure level);
/* It posts this mail on as soon as it has a turn. */
void lane_echo(struct lane *l, struct mailbox *to, struct mail *m);
/* It is put by whoever asks, and owned by the lane until it comes back. */
struct lane_question {
	struct mail mail;
	/* It has come back to `to`: deliver of its mail. */
	void (*answered)(struct mail *m, void *receiver);
	struct mailbox *to;
	struct decision_wanted wanted; /* its id outlives it */
	struct decision_list found;    /* the asker's, then */
};

void lane_ask_decisions(struct lane *l, struct lane_question *q);
void lane_drain(struct lane *l, const struct drain_times *times);

#endif

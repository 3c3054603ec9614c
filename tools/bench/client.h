/* One client connection of the load generator: sends a request, checks
 * every byte of the answer that can be checked, tells its owner. */
#ifndef TOOLS_BENCH_CLIENT_H
#define TOOLS_BENCH_CLIENT_H

#include "common/base/addr.h"
#include "common/base/list.h"
#include "tools/bench/message.h"
#include "tools/bench/poller.h"
#include "tools/bench/wire.h"

struct client;

struct client_events {
	void (*event)(struct client *c, const struct message_event *e);
	void (*answered)(struct client *c); /* whole and right */
	/* Anything else at all; `what` is a sentence. */
	void (*failed)(struct client *c, const char *what);
};

struct client {
	struct polled polled;
	struct poller *poller;
	const struct client_events *events;
	void *owner;
	struct list link; /* the owner's */
	struct message_request request;
	size_t sent;
	uint64_t number, begun_ns;
	uint64_t events_wanted; /* 0: a plain answer */
	/* The answer so far. */
	struct buf in;   /* head, then what of the body is not used yet */
	struct buf text; /* the body, or the running event */
	bool busy, has_head, ended;
	struct wire_head head;
	struct wire_chunks chunks;
	uint64_t body_seen, place;
};

/* Connects (blocking). False: refused. `request` is taken over. */
bool client_open(struct client *c, struct poller *p, const struct addr *to,
		 struct message_request request, uint64_t events_wanted,
		 const struct client_events *events, void *owner);
void client_close(struct client *c);
/* Not while busy. The latency counts from `begun_ns`. */
void client_send(struct client *c, uint64_t number, uint64_t begun_ns);

#endif

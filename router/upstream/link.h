/* One connection to one worker: the part that pool.c and exchange.c share.
 * Private to this folder. */
#ifndef ROUTER_UPSTREAM_LINK_H
#define ROUTER_UPSTREAM_LINK_H

#include "common/base/slab.h"
#include "common/base/sock.h"
#include "common/http/parser.h"
#include "router/index/index.h"
#include "router/upstream/exchange.h"

struct link {
	struct sock sock;
	struct http_parser parser;
	struct timer timer;
	struct pool *pool;
	struct worker *worker;     /* counted */
	struct exchange *exchange; /* NULL: idle, or closing */
	struct list place;         /* in pool->idle or pool->gone, if at all */
	bool idle;
	bool served;   /* it has given an answer */
	bool keep;     /* may serve again after this answer */
	bool complete; /* this answer is whole */
	bool excused;  /* of a time-out in this exchange: we were late */
	struct deferred later; /* sends its exchange; frees it if closed */
};

struct pool {
	struct loop *loop;
	struct quota *descriptors; /* or NULL */
	struct pool_limits limits;
	/* By worker id, newest first. */
	struct list idle[INDEX_MAX_WORKERS];
	unsigned n_idle_of[INDEX_MAX_WORKERS];
	size_t n_idle;
	struct slab link_slab;
	struct list gone; /* closed, and not yet freed */
	/* Of the body, from the one reading that is being parsed. */
	struct slice piece[EXCHANGE_MAX_PIECES];
	size_t n_pieces;
	bool split; /* some of the reading has been handed over already */
	struct slice chunks; /* the reading itself, if it is whole chunks */
	struct http_rooms rooms;
	uint64_t told_tls_ms; /* when a handshake's failure was logged */
};

/* A new connection. One that fails at once is told as all that fail. */
struct link *link_create(struct pool *p, struct worker *w);
/* The newest idle connection to the worker that is quiet (pool.h); others
 * on the way are closed. NULL: none. */
struct link *pool_lease(struct pool *p, struct worker *w);
/* Idle from now on. */
void pool_give_back(struct link *l);
/* Closed now, freed after the running callback. */
void link_close(struct link *l);

/* What a link tells its exchange (exchange.c). */
extern const struct http_events link_http_events;
void exchange_on_bytes(struct link *l, struct slice bytes);
void exchange_on_writable(struct link *l);
void exchange_on_end(struct link *l, int err);
void exchange_on_timer(struct link *l);

#endif

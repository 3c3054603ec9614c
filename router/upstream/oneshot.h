/* One request to a server that is no worker, over a connection of its own,
 * and its answer told as it comes. One at a time; the loop's thread. */
#ifndef ROUTER_UPSTREAM_ONESHOT_H
#define ROUTER_UPSTREAM_ONESHOT_H

#include "common/base/addr.h"
#include "common/base/sock.h"
#include "common/http/parser.h"
#include "common/tls/context.h"

/* `context` is NULL without TLS, and need not outlive oneshot_start(). */
struct oneshot_server {
	struct addr addr;
	struct tls_context *context;
};

/* How long one waits. Each is heeded beside the others. */
struct oneshot_times {
	uint64_t head_ms;    /* for the answer's head */
	uint64_t between_ms; /* for bytes after it */
	uint64_t whole_ms;   /* for all of it, however it trickles in */
};

struct oneshot_events {
	/* Of any status; may call oneshot_cancel(). */
	void (*body)(void *arg, unsigned status, struct slice bytes);
	/* Told once, from the loop, unless it is cancelled: `failure` is NULL
	 * where the answer is whole. `status` is 0 if none came. Another may
	 * be started there. */
	void (*done)(void *arg, unsigned status, const char *failure);
};

struct oneshot {
	struct loop *loop;
	struct sock sock;
	bool is_open, has_parser;
	bool was_cut; /* the failure: its answer had begun and broke off */
	bool excused; /* once: we were late, not it */
	struct http_parser parser;
	struct timer timer;
	struct buf send;
	struct oneshot_times times;
	uint64_t end_ms; /* when the whole answer must be here */
	bool is_last;    /* the timer waits for that */
	unsigned status;
	char failure[256];
	struct deferred over;
	const struct oneshot_events *events;
	void *arg;
};

void oneshot_init(struct oneshot *c, struct loop *l,
		  const struct oneshot_events *events, void *arg);
void oneshot_fini(struct oneshot *c);

/* `request`: all of its bytes, which are copied; it says "Connection: close".
 * Not from `body`. */
void oneshot_start(struct oneshot *c, const struct oneshot_server *server,
		   struct slice request, const struct oneshot_times *times);
/* The same for one that cannot even be begun: it will be told why. */
void oneshot_fail(struct oneshot *c, const char *why);
/* Nothing more is told. */
void oneshot_cancel(struct oneshot *c);

#endif

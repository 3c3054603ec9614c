/* One question to a worker, answered, refused or out of time. One at a time;
 * the loop's thread. */
#ifndef ROUTER_PROBE_CHECK_H
#define ROUTER_PROBE_CHECK_H

#include "common/base/loop.h"
#include "router/fleet/worker.h"

enum check_result {
	CHECK_OK,      /* status 200 */
	CHECK_STATUS,  /* another status */
	CHECK_REFUSED, /* no connection, or no HTTP */
	CHECK_TLS,     /* no handshake: see `tls` */
	CHECK_TIMEOUT,
};

struct evhttp_connection;

struct check {
	struct loop *loop;
	struct evhttp_connection *conn; /* NULL: idle */
	struct evhttp_connection *dead; /* until its callback has returned */
	bool secure;                    /* under TLS */
	bool starting;                  /* inside check_start */
	bool failed;                    /* before anything was sent */
	bool excused;                   /* once: we were late, not it */
	uint64_t timeout_ms;
	unsigned status; /* HTTP's, when done() runs; 0: no answer */
	enum tls_result tls;
	struct timer deadline;
	struct deferred gone;
	/* `body` lives until it returns; a new check may be started there. */
	void (*done)(void *arg, enum check_result r, struct slice body);
	void *arg;
};

/* Who is asked. */
struct check_place {
	const struct addr *addr;
	const char *host;
	/* Whose key, rank and TLS; NULL: somebody beside a worker, asked
	 * without any of them. */
	const struct worker *as;
};

void check_init(struct check *c, struct loop *l,
		void (*done)(void *arg, enum check_result r, struct slice body),
		void *arg);
/* An open check ends without done(). */
void check_fini(struct check *c);

/* done() comes later, within `timeout_ms`, even if the worker trickles. */
void check_start(struct check *c, const struct worker *w, const char *path,
		 uint64_t timeout_ms);
void check_start_at(struct check *c, const struct check_place *at,
		    const char *path, uint64_t timeout_ms);
/* The same with a body of JSON, which is copied. */
void check_post(struct check *c, const struct worker *w, const char *path,
		struct slice body, uint64_t timeout_ms);
bool check_is_open(const struct check *c);

#endif

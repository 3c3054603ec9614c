/* Connections to workers, kept open between requests. One a lane.
 *
 * A connection that has been idle for `pool_idle` is closed before the
 * worker does it (its own limit is 5 s); the newest is used first.
 *
 * Bytes that a worker sent unasked must not be taken for the answer to the
 * next request (RFC 9112 9.2), least of all if a client can make a worker
 * send them; and an end that was not noticed would cost a try. So a
 * connection is lent only while it is quiet: its last answer was read to
 * its end and not a byte beyond, and since then neither byte nor end had
 * come when the kernel was last asked. That is the loop's own asking, as
 * long as it is a few ms old at most (see watch_is_quiet()), and else a
 * look at this socket. What has come is never sent over, even if the loop
 * has not passed it on yet. What comes between that moment and the answer
 * nobody can tell from the answer: it is a few ms more of what lasts until
 * the worker's first byte in any case. */
#ifndef ROUTER_UPSTREAM_POOL_H
#define ROUTER_UPSTREAM_POOL_H

#include "common/base/loop.h"
#include "common/base/quota.h"
#include "common/http/rules.h"
#include "router/conf/conf.h"

struct pool;

struct pool_limits {
	struct conf_timeouts timeouts;
	struct http_limits http; /* of answers */
};

/* `descriptors`: whose each connection takes one of; or NULL. */
struct pool *pool_create(struct loop *l, struct quota *descriptors);
/* Every exchange has ended. */
void pool_destroy(struct pool **p);
/* For exchanges that start from now on; idle connections that would stay
 * longer than they say are closed that soon. */
void pool_set_limits(struct pool *p, const struct pool_limits *limits);
/* Memory of connections; see slab_settle(). */
bool pool_settle(struct pool *p);
bool pool_has_fallen(const struct pool *p);
/* For what is dearer: descriptors or memory are running out. */
void pool_close_idle(struct pool *p);
size_t pool_idle(const struct pool *p); /* connections */

#endif

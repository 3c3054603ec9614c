/* Connections to workers, kept open between requests. One a lane.
 *
 * A connection that has been idle for `pool_idle` is closed before the
 * worker does it (its own limit is 5 s); the newest is used first. */
#ifndef ROUTER_UPSTREAM_POOL_H
#define ROUTER_UPSTREAM_POOL_H

#include "common/base/loop.h"
#include "router/conf/conf.h"

struct pool;

struct pool_limits {
	struct conf_timeouts timeouts;
	size_t max_head_bytes, max_headers;
};

struct pool *pool_create(struct loop *l);
/* Every exchange has ended. */
void pool_destroy(struct pool **p);
/* For exchanges that start from now on. */
void pool_set_limits(struct pool *p, const struct pool_limits *limits);
size_t pool_idle(const struct pool *p); /* connections */

#endif

/* Keeps the tenants in force up to date with their file: it is looked at
 * every tenants.check_interval and read, at a helper, when it has changed.
 * A faulty one leaves what is in force, and the log says why. Main thread. */
#ifndef ROUTER_TENANT_WATCH_H
#define ROUTER_TENANT_WATCH_H

#include "common/base/workq.h"
#include "router/fleet/metrics.h"
#include "router/tenant/tenant.h"

struct tenant_watch;

/* All of it outlives the watch, but for the mailbox, which goes before: what
 * is under way comes back first. */
struct tenant_watch_options {
	struct loop *loop;
	struct mailbox *mailbox; /* of the loop */
	struct workq *helpers;
	struct metrics *metrics;
	/* Others are in force now; NULL: whoever comes is served. */
	void (*changed)(void *arg, struct tenants *t);
	void *arg;
};

struct tenant_watch *tenant_watch_create(const struct tenant_watch_options *o);
void tenant_watch_destroy(struct tenant_watch **w);
/* A configuration has come into force, and the tenants that it was loaded
 * with do: `changed` is called. */
void tenant_watch_set_conf(struct tenant_watch *w, struct conf *conf);

#endif

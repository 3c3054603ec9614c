/* What an operator sees and does, over HTTP on an address of its own.
 *
 *   GET  /                       a page, for browsers; or these lines
 *   GET  /metrics                Prometheus text
 *   GET  /healthz                200 while the loop turns
 *   GET  /readyz                 200, or 503 with a reason a line
 *   GET  /workers[?format=text]  every worker, as JSON or as a table
 *   POST /workers/NAME/drain     no new work for it; …/undrain ends that;
 *                                with admin_token where that is set
 *   POST /explain[?path=/v1/…]   who would serve this body, and why;
 *       [&tenant=NAME]           where that tenant asks
 *   GET  /explain/ID             who served that request of late, and why
 *   GET  /decisions[?n=50]       the last ones; all three as [&format=text]
 *   GET  /prefixes               those that most sessions begin with
 *   GET  /funnel                 how much of the prompts was cached of late
 *   GET  /status                 the gateway itself; as [?format=text], too
 *   GET  /config                 what is in force, as YAML
 *   GET  /placement              prefixes to be copied ahead of demand
 *       [?format=text]
 *   GET  /tenants                every tenant, and what is left of its limits
 *
 * All of it belongs to the main loop. */
#ifndef ROUTER_ADMIN_ADMIN_H
#define ROUTER_ADMIN_ADMIN_H

#include "common/base/addr.h"
#include "common/base/loop.h"
#include "router/discover/discover.h"
#include "router/fleet/fleet.h"
#include "router/fleet/metrics.h"
#include "router/index/index.h"
#include "router/placement/placement.h"
#include "router/probe/guard.h"
#include "router/prompt/recall.h"
#include "router/proxy/proxy.h"
#include "router/tenant/tenant.h"

struct admin;

/* How an answer comes that took a while. */
typedef void admin_done(void *done_arg, int status, struct slice told);

/* Decisions that are asked for. */
struct admin_recall {
	struct slice id; /* of a request, or its client's; n = 0: the last */
	size_t max;
	bool text;  /* for a person; or JSON */
	bool ended; /* only those whose requests are over */
};

struct admin_options {
	const char *version, *commit; /* of this program */
	struct loop *loop;
	struct addr listen; /* port 0: any; see admin_addr() */
	int listen_fd;      /* that listens there already; or -1 */
	struct metrics *metrics;
	struct index *exact, *approx;
	struct recall *recall;
	struct guard *guard; /* hears who is drained; or NULL */
	/* Of /discovery; NULL: nothing is found. */
	const struct discover *discover;
	const struct placement *placement; /* of /placement; or NULL */
	size_t max_body_bytes;             /* of /explain */
	/* What would be decided about this request. `done` is called once on
	 * the main loop, at once or later, with JSON where the status is not
	 * 200; the slices live until then. NULL: it is answered by 501. */
	void (*explain)(void *arg, const struct proxy_question *q,
			admin_done *done, void *done_arg);
	/* The same, of decisions that were made. */
	void (*decisions)(void *arg, const struct admin_recall *q,
			  admin_done *done, void *done_arg);
	void *explain_arg; /* of both */
};

/* NULL with `err` if the address cannot be bound. What the options point
 * to outlives it. Who comes waits until admin_open(). */
struct admin *admin_create(const struct admin_options *o, struct error *err);
MUST_USE enum status admin_open(struct admin *a, struct error *err);
/* The socket it listens on. */
int admin_socket(const struct admin *a);
/* Open explanations may still be done() afterwards; they go nowhere. */
void admin_destroy(struct admin **a);

/* Where it listens. */
const struct addr *admin_addr(const struct admin *a);
/* Holds the snapshot by itself. Not ready before the first. */
void admin_set_fleet(struct admin *a, struct fleet *f);
/* The same of tenants; NULL: there are none. */
void admin_set_tenants(struct admin *a, struct tenants *t);
/* The gateway is about to go: /readyz says so. */
void admin_set_draining(struct admin *a);
/* Another process has the socket, too: who comes is left to that one from now
 * on, and who is here already gets one answer more. */
void admin_leave(struct admin *a);

#endif

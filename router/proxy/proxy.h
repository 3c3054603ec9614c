/* The way of a request through the gateway, for one lane.
 *
 * `step.h` is the map; every step has a file of its own here. A proxy
 * owns its clients' connections, their requests and the connections to
 * workers, all in one loop. */
#ifndef ROUTER_PROXY_PROXY_H
#define ROUTER_PROXY_PROXY_H

#include "common/base/quota.h"
#include "common/base/workq.h"
#include "router/decision/list.h"
#include "router/decision/log.h"
#include "router/fleet/budget.h"
#include "router/fleet/fleet.h"
#include "router/fleet/metrics.h"
#include "router/fleet/pressure.h"
#include "router/index/index.h"
#include "router/index/underway.h"
#include "router/ingest/ingest.h"
#include "router/placement/board.h"
#include "router/placement/sighting.h"
#include "router/prompt/recall.h"
#include "router/tenant/tenant.h"
#include "router/tracing/tracer.h"

struct proxy;

/* What it stands on; all of it outlives the proxy. */
struct proxy_options {
	struct loop *loop;
	struct mailbox *mailbox; /* of this loop: helpers' results */
	struct workq *helpers;
	struct metrics *metrics;
	struct index *exact, *approx;
	struct underway *underway;
	struct recall *recall;
	struct ingest *ingest;
	/* Of placement: what it is told, and what it wants; or NULL. */
	struct sighting_slots *sightings;
	struct board *board;
	struct budget *budget; /* of retries */
	uint64_t seed;         /* of choices among equals */
	bool remembers;        /* its last decisions: explain.keep */
	struct decision_log *decision_log; /* or NULL */
	struct tracer *tracer;             /* NULL where nothing has a client */
	/* Of clients and workers together, who leave `spared` to workers;
	 * NULL: without a bound. */
	struct quota *descriptors;
	size_t spared;
	/* What became of a worker's request, where that is news; from the
	 * lane's thread. */
	void (*report)(void *arg, struct worker *w,
		       const struct worker_report *says);
	void *report_arg;
	/* It drains, and no connection is open at the moment. */
	void (*drained)(void *arg);
	void *drained_arg;
};

/* In ms, from the order on. */
struct drain_times {
	uint64_t idle_ms;     /* until which idle connections may ask again */
	uint64_t deadline_ms; /* until which what runs may run */
};

struct proxy *proxy_create(const struct proxy_options *o, struct fleet *f);
/* Cuts what is still open. */
void proxy_destroy(struct proxy **p);

/* Requests that begin from now on see the new fleet. */
void proxy_set_fleet(struct proxy *p, struct fleet *f);
/* The same of tenants; NULL: whoever comes is served. */
void proxy_set_tenants(struct proxy *p, struct tenants *t);
/* Takes the descriptor of a new client over. `tls`: it is to speak TLS. */
void proxy_accept(struct proxy *p, int fd, bool tls);
/* The same, for the last descriptor there is: it is told that there is no
 * room, and closed. */
void proxy_no_room(struct proxy *p, int fd, bool tls);
/* Bodies are refused from now on, and idle connections close; or no more. */
void proxy_set_pressure(struct proxy *p, enum pressure level);
/* Every answer is its connection's last, and says so. Idle connections close
 * when their time is over; what is open at the deadline ends with an error
 * that the client can see. New ones may still come. */
void proxy_drain(struct proxy *p, const struct drain_times *times);
size_t proxy_connections(const struct proxy *p);

/* A request that is to be explained. */
struct proxy_question {
	struct slice path, body;
	/* Of this tenant, by its name; n = 0: of nobody, who finds what
	 * nobody's blocks are. */
	struct slice tenant;
	bool text; /* for a person; or JSON */
};

/* What would be decided about it; nothing is sent to serve it (a worker may
 * be asked to tokenize). `done` is called once: with JSON where the status
 * is not 200. */
void proxy_explain(struct proxy *p, const struct proxy_question *q,
		   void (*done)(void *arg, int status, struct slice told),
		   void *arg);
/* Adds copies of the decisions that are wanted, newest first. The lane's
 * thread. */
void proxy_decisions(struct proxy *p, const struct decision_wanted *w,
		     struct decision_list *out);

#endif

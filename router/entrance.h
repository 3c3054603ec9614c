/* Where clients come in: the addresses that are listened on, and which lane
 * accepts on which of their sockets. Main thread. */
#ifndef ROUTER_ENTRANCE_H
#define ROUTER_ENTRANCE_H

#include "common/base/loop.h"
#include "router/lane.h"
#include "router/listen.h"

/* An address that the configuration names. */
struct entrance_address {
	struct addr addr;
	bool tls;
};

struct entrance {
	struct loop *loop;
	struct listen_address **address;
	size_t n;
	struct lane *const *lane; /* the caller's */
	size_t n_lanes;
	bool given; /* by systemd: the configuration has no say */
	struct list closing;
};

/* Opens the addresses for so many lanes; nobody accepts yet. Sockets from
 * systemd are taken in place of `listen`: with TLS those whose address is
 * one of its that has. */
MUST_USE enum status entrance_open(struct entrance *e, struct loop *l,
				   const struct entrance_address *listen,
				   size_t n, size_t n_lanes,
				   struct inherited *in, struct error *err);
void entrance_fini(struct entrance *e);

/* These lanes, as many as were said, accept from now on. */
void entrance_admit(struct entrance *e, struct lane *const *lane);

/* Opens what is new, then closes what is not among these any more. If one
 * cannot be opened all stays as it was. */
MUST_USE enum status entrance_change(struct entrance *e,
				     const struct entrance_address *listen,
				     size_t n, struct error *err);
/* What a configuration names; mem_free it. */
struct entrance_address *entrance_addresses(const struct conf *c, size_t *n);

/* Closes all; who has come as far as the queue is still let in. */
void entrance_close(struct entrance *e);
/* Stops accepting, and leaves what waits to the process that holds the
 * sockets too. */
void entrance_leave(struct entrance *e);

/* Its sockets' descriptors, for another process; mem_free it. */
int *entrance_sockets(const struct entrance *e, size_t *n);

#endif

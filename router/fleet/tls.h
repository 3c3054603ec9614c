/* The ends of TLS that a fleet stands on: of clients, of the admin port, and
 * of each worker with an https:// url. Private to this folder. */
#ifndef ROUTER_FLEET_TLS_H
#define ROUTER_FLEET_TLS_H

#include "router/fleet/fleet.h"

/* Reads the files; the workers are there already. What is kept of `old` (or
 * NULL) can be resumed. A worker that is new gets its own at once. */
MUST_USE enum status fleet_tls_load(struct fleet *f, const struct fleet *old,
				    struct error *err);
/* Workers that were taken over get theirs. */
void fleet_tls_put(struct fleet *f);
void fleet_tls_unload(struct fleet *f);

#endif

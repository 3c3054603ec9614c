/* Workers are taken out of service, and put back: POST
 * /workers/NAME/drain and …/undrain. The main thread. */
#ifndef ROUTER_ADMIN_DRAIN_H
#define ROUTER_ADMIN_DRAIN_H

#include "router/admin/visit.h"
#include "router/fleet/fleet.h"
#include "router/probe/guard.h"

/* `guard` hears of it; or NULL. */
void drain_serve(struct visit *v, struct fleet *f, struct guard *guard);

#endif

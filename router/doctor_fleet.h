/* The fleet that the doctor sees: as configured, with whom discovery finds
 * now. */
#ifndef ROUTER_DOCTOR_FLEET_H
#define ROUTER_DOCTOR_FLEET_H

#include "router/fleet/fleet.h"

/* Waits some seconds at most until every source has said something. NULL
 * with `err`: it cannot be made, or a model has no worker; what has failed
 * stands in the log. Blocking. */
struct fleet *doctor_fleet_create(struct conf *c, struct error *err);

#endif

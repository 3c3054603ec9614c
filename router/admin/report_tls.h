/* TLS in the metrics: handshakes by their end, and when certificates do. */
#ifndef ROUTER_ADMIN_REPORT_TLS_H
#define ROUTER_ADMIN_REPORT_TLS_H

#include "router/fleet/fleet.h"
#include "router/fleet/metrics.h"

void report_tls(const struct fleet *f, struct metrics *m);

#endif

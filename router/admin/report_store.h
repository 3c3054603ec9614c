/* Stores that a model's workers share, as the admin port tells of them: what
 * they are known to hold, and how fast it comes. The main thread. */
#ifndef ROUTER_ADMIN_REPORT_STORE_H
#define ROUTER_ADMIN_REPORT_STORE_H

#include "router/admin/report.h"

void report_store_gauges(const struct report *r, struct metrics *m);
/* A list, of all models. */
void report_store_json(const struct report *r, struct buf *out);

#endif

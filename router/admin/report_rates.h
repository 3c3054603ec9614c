/* Workers' rates as they were learned, in metrics and in /workers. */
#ifndef ROUTER_ADMIN_REPORT_RATES_H
#define ROUTER_ADMIN_REPORT_RATES_H

#include "common/base/buf.h"
#include "router/fleet/fleet.h"
#include "router/fleet/metrics.h"

void report_rates_gauges(const struct worker *w, struct metrics *m);
/* ,"rates":{…} with null for what is not known yet. */
void report_rates_json(const struct worker *w, struct buf *out);
/* Tokens prefilled in a second, for a table; 0: not known. */
double report_rates_prefill(const struct worker *w);

#endif

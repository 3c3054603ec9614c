/* Parity as it is shown: JSON and gauges. Main thread. */
#ifndef ROUTER_ADMIN_PARITY_REPORT_H
#define ROUTER_ADMIN_PARITY_REPORT_H

#include "router/fleet/fleet.h"
#include "router/fleet/metrics.h"

/* Members of an object, with a comma before each:
 *	,"version":"0.27.0","parity":"differs","parity_reason":"hash:
 *…","checks":{"hash":{…}} */
void parity_report_worker(const struct worker *w, struct buf *out);
/* A list of the models: the parity of their workers, and by whose ids chats
 * and texts are matched. */
void parity_report_models(const struct fleet *f, struct buf *out);
/* "hash: its blocks are …": the first check that differs, or nothing. */
void parity_report_reason(const struct worker *w, struct buf *out);

void parity_report_gauges(const struct worker *w, struct metrics *m);

#endif

/* What an engine answers beside completions, as a gateway's probes ask. */
#ifndef TOOLS_BENCH_ROUTE_H
#define TOOLS_BENCH_ROUTE_H

#include "common/base/buf.h"

/* Appends a whole answer and returns true, unless `first` (the request
 * line) asks for a completion. Unknown paths get 404, a completion without
 * a number 400. */
bool route_answer(struct buf *out, struct slice first, struct slice body);

#endif

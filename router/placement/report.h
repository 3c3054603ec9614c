/* What is told of placement: the mode, the plans under way and what came of
 * the last ones. No key of a prefix is in it. Main thread. */
#ifndef ROUTER_PLACEMENT_REPORT_H
#define ROUTER_PLACEMENT_REPORT_H

#include "common/base/buf.h"
#include "router/fleet/fleet.h"
#include "router/placement/book.h"
#include "router/placement/moves.h"

struct placement_view {
	const struct fleet *fleet;
	const struct book *book;
	const struct moves *moves;
	uint64_t now_ms;
};

void placement_json(const struct placement_view *v, struct buf *out);
/* A line each, with a line of names in front. */
void placement_table(const struct placement_view *v, struct buf *out);

#endif

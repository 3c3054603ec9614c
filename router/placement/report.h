/* What is told of placement: the mode, what would be lost with workers that
 * drain, the plans under way and what came of the last ones. No key of a prefix
 * is in it. Main thread. */
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
	/* Hot prefixes that only one that drains holds, by its id; -1: it does
	 * not, or that is not known. */
	const int *only_there;
	uint64_t now_ms;
};

void placement_json(const struct placement_view *v, struct buf *out);
/* A line each, with a line of names in front. */
void placement_table(const struct placement_view *v, struct buf *out);

#endif

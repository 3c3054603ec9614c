/* The prefixes that most sessions begin with, and who holds them: ids that
 * say nothing of the text, sizes and names of workers. The main thread. */
#ifndef ROUTER_ADMIN_PREFIXES_REPORT_H
#define ROUTER_ADMIN_PREFIXES_REPORT_H

#include "common/base/buf.h"
#include "router/fleet/fleet.h"
#include "router/index/index.h"

struct prefixes_report {
	const struct fleet *fleet;
	struct index_reader *exact, *approx; /* the main thread's own */
	/* Mixed into every id: whoever sees one cannot try prompts on it. */
	uint64_t salt;
};

/* {"prefixes":[…]}: of each model a tree, every prefix behind its parent. */
void prefixes_report_json(const struct prefixes_report *r, struct buf *out);
void prefixes_report_table(const struct prefixes_report *r, struct buf *out);

#endif

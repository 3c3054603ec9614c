/* The gateway itself, in a few facts. Pure. */
#ifndef ROUTER_ADMIN_STATUS_REPORT_H
#define ROUTER_ADMIN_STATUS_REPORT_H

#include <stdbool.h>

#include "common/base/buf.h"

struct status_report {
	const char *version, *commit;
	uint64_t started_us, now_us; /* wall time */
	bool ready;
	struct slice reasons;  /* lines: why it is not */
	double active, queued; /* requests */
	bool has_token;        /* admin_token is set; what it is, is not told */
};

void status_report_json(const struct status_report *s, struct buf *out);
void status_report_text(const struct status_report *s, struct buf *out);

#endif

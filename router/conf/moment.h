/* Moments as they stand in files: "2027-01-31" (when that day begins) or
 * "2027-01-31T12:00:00Z", both UTC (RFC 3339). Pure. */
#ifndef ROUTER_CONF_MOMENT_H
#define ROUTER_CONF_MOMENT_H

#include "common/base/slice.h"

/* In microseconds since 1970; ERR_INVALID, also for days that no month has
 * and years before 1970. */
MUST_USE enum status moment_parse(struct slice text, uint64_t *us);

#endif

/* The memory that the process may use and does use, as the kernel says. */
#ifndef ROUTER_MEMORY_H
#define ROUTER_MEMORY_H

#include "common/base/buf.h"

/* Pure: from a text like /proc/self/cgroup, where the group's memory is
 * bounded: "/a/b"; of version 2, or of version 1's memory controller. False
 * if it says nothing of the kind. */
bool memory_group(struct slice text, int version, struct slice *path);
/* Pure: what a file like memory.max says; 0: no bound. */
uint64_t memory_bound(struct slice text);

/* The least that the control group or one above it allows; 0: no bound. */
uint64_t memory_limit(void);
/* Resident memory of this process, in bytes; 0: not known. */
uint64_t memory_used(void);

#endif

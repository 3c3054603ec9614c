/* The end of the process, bounded.
 *
 * Helpers may sit in a system call that nobody can interrupt, for a name
 * server or a file server that does not answer. What waits for them waits no
 * longer than this: then they are left behind, and the process is over. By
 * then all that clients and files are owed has been put away. */
#ifndef ROUTER_END_BOUND_H
#define ROUTER_END_BOUND_H

#include <stdint.h>

#include "common/base/thread.h"

struct end_bound {
	struct thread thread;
	int fd; /* says that it was in time */
	uint32_t ms;
	int status;
};

/* Unless end_bound_stop() comes within `ms`, the process ends with this
 * status, and the log says why. `b` stays where it is. */
void end_bound_start(struct end_bound *b, uint32_t ms, int status);
void end_bound_stop(struct end_bound *b);

#endif

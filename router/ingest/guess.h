/* What an engine must run with for a block to have the name it has: the
 * algorithm and the seeds that people use are tried. For a sentence, not
 * for keys. Pure; any thread. */
#ifndef ROUTER_INGEST_GUESS_H
#define ROUTER_INGEST_GUESS_H

#include "common/event/event.h"
#include "router/fleet/worker.h"

/* `e` is a whole run from token 0 on, `seed` the configured one or NULL.
 * Static storage; NULL: nothing that was tried. */
const struct worker_guess *guess_scheme(const struct event *e,
					const char *seed);

#endif

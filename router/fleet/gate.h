/* Whether a worker may be chosen: one word for all that has a say in it.
 *
 *   an operator         POST /workers/NAME/drain
 *   its health check    down or up (router/probe/probe.h)
 *   its circuit breaker what became of its requests (breaker.h)
 *   the worker itself   a Retry-After with its 429 or 503
 *   slow start          it has only just come back
 *
 * The first of these, in the order of the rows from the last to the first,
 * speaks. A health check tells whether an engine is alive; a breaker,
 * whether it serves; neither knows what the other does. Where breakers keep
 * too many of a model's workers out, they are not heeded: the trouble is
 * then more likely the requests', or all workers', and no worker is no help
 * (fail-open). What an operator or the worker itself says is always heeded,
 * and what the health check says unless nobody else is left (CHOOSE).
 *
 * The main thread puts it together (router/probe/guard.h) and is the only
 * writer; lanes read the word. What concerns one request alone, that the
 * worker was tried or is at its max_inflight, they add themselves. */
#ifndef ROUTER_FLEET_GATE_H
#define ROUTER_FLEET_GATE_H

#include <stdbool.h>

#include "router/fleet/breaker.h"

enum worker_health { WORKER_UNKNOWN, WORKER_UP, WORKER_DOWN };

/* X(id, name), those that admit first: RAMPS not yet its full share, LIFTED
 * though its breaker is not closed, TRIES as many as there are trials. */
#define GATE_STATES(X)                                                         \
	X(ADMITS, "admits")                                                    \
	X(RAMPS, "slow_start")                                                 \
	X(LIFTED, "fail_open")                                                 \
	X(TRIES, "half_open")                                                  \
	X(PAUSED, "paused")                                                    \
	X(BROKEN, "broken")                                                    \
	X(DOWN, "down")                                                        \
	X(DRAINING, "draining")

enum gate {
#define X(id, name) GATE_##id,
	GATE_STATES(X)
#undef X
		GATE_N
};

struct gate_facts {
	bool draining, paused, ramping;
	bool lifted; /* its breaker is not heeded */
	enum worker_health health;
	enum breaker_state breaker;
};

enum gate gate_of(const struct gate_facts *f);
/* Whether breakers that keep `ejected` of `n` workers out are heeded, where
 * `down` more fail their health checks. */
bool gate_heeds(size_t n, size_t ejected, size_t down, double max_ejected);

static inline bool gate_admits(enum gate g)
{
	return g <= GATE_TRIES;
}

const char *gate_name(enum gate g);

#endif

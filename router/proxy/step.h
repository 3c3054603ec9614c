/* What a request does next: the architecture as one table.
 *
 * Each row is X(STEP, name, what may follow). Only step_set() changes a
 * request's step, and it asserts that the table allows the change. */
#ifndef ROUTER_PROXY_STEP_H
#define ROUTER_PROXY_STEP_H

#include <stdbool.h>

#include "common/base/assert.h"

#define TO(step) (1u << STEP_##step)

#define STEPS(X)                                                               \
	X(READ, "read", TO(ADMIT) | TO(ROUTE) | TO(REPLY) | TO(FINISH))        \
	X(ADMIT, "admit", TO(ROUTE) | TO(REPLY))                               \
	X(ROUTE, "route", TO(TOKENIZE) | TO(CHOOSE) | TO(REPLY))               \
	X(TOKENIZE, "tokenize", TO(CHOOSE) | TO(REPLY) | TO(FINISH))           \
	X(CHOOSE, "choose", TO(QUEUE) | TO(PREFILL) | TO(SEND) | TO(REPLY))    \
	X(QUEUE, "queue", TO(CHOOSE) | TO(REPLY) | TO(FINISH))                 \
	X(PREFILL, "prefill",                                                  \
	  TO(PREFILLED) | TO(SEND) | TO(CHOOSE) | TO(REPLY) | TO(FINISH))      \
	X(PREFILLED, "prefilled", TO(SEND))                                    \
	X(SEND, "send", TO(AWAIT) | TO(CHOOSE) | TO(REPLY) | TO(FINISH))       \
	X(AWAIT, "await", TO(STREAM) | TO(CHOOSE) | TO(REPLY) | TO(FINISH))    \
	X(STREAM, "stream", TO(FINISH))                                        \
	X(REPLY, "reply", TO(FINISH))                                          \
	X(FINISH, "finish", 0)

enum step {
#define X(id, name, to) STEP_##id,
	STEPS(X)
#undef X
		STEP_N
};

/* What a step's function says. */
enum flow {
	FLOW_GO,   /* another step is set: run it */
	FLOW_WAIT, /* an event will come back to this step */
	FLOW_STOP, /* the request is over; do not touch it again */
};

struct step_row {
	const char *name;
	unsigned to; /* a bit for each that may follow */
};
extern const struct step_row step_rows[STEP_N];

const char *step_name(enum step s);
static inline bool step_may_follow(enum step from, enum step to)
{
	ASSERT(from < STEP_N && to < STEP_N);
	return (step_rows[from].to >> to & 1) != 0;
}

#endif

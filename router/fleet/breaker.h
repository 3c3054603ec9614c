/* A worker's circuit breaker: what became of its requests decides whether it
 * is given more.
 *
 *   closed     requests go there
 *   open       none do, for a time that doubles each time it opens anew
 *   half open  a few go there; what becomes of them decides
 *
 * It opens when so many requests in a row have failed, or a share of those
 * within a window. What a client did wrong, and that a client left, is no
 * failure. Pure: time and events come as values. One thread. */
#ifndef ROUTER_FLEET_BREAKER_H
#define ROUTER_FLEET_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "router/conf/conf.h"

/* X(id, name, what went wrong) */
#define BREAKER_FAILURES(X)                                                    \
	X(CONNECT, "connect", "no connection")                                 \
	X(RESET, "reset", "its connections break")                             \
	X(FIRST_BYTE, "first_byte", "no first byte in time")                   \
	X(BETWEEN_BYTES, "between_bytes", "answers that fall silent")          \
	X(BAD_ANSWER, "bad_answer", "answers that are not HTTP")               \
	X(ERROR, "error", "answers of 5xx")                                    \
	X(BUSY, "busy", "answers of 429 or 503")

enum breaker_failure {
#define X(id, name, help) BREAKER_##id,
	BREAKER_FAILURES(X)
#undef X
		BREAKER_FAILURE_KINDS
};

/* X(id, name, what may follow) */
#define BREAKER_STATES(X)                                                      \
	X(CLOSED, "closed", 1u << BREAKER_OPEN)                                \
	X(OPEN, "open", 1u << BREAKER_HALF_OPEN)                               \
	X(HALF_OPEN, "half_open", 1u << BREAKER_OPEN | 1u << BREAKER_CLOSED)

enum breaker_state {
#define X(id, name, to) BREAKER_##id,
	BREAKER_STATES(X)
#undef X
		BREAKER_STATES_N
};

struct breaker {
	enum breaker_state state;
	enum breaker_failure last; /* of the failures counted */
	uint32_t in_a_row;
	uint32_t passed;    /* half open: trials that did well */
	uint64_t in_answer; /* answers there were at the last failure */
	/* The window begins with a failure. */
	uint64_t window_ms, window_answers;
	uint32_t window_failures;
	uint32_t times;     /* it has opened, one soon after the other */
	uint64_t until_ms;  /* open: till then */
	uint64_t closed_ms; /* when it last closed */
};

struct breaker_now {
	uint64_t ms;      /* monotonic */
	uint64_t answers; /* whole ones of the worker so far, all lanes' */
	double jitter;    /* [0, 1): what a period is shorter by, in tenths */
};

/* Each is true if the state has changed. */

/* One of its requests failed. */
bool breaker_failed(struct breaker *b, const struct conf_breaker *rules,
		    enum breaker_failure kind, const struct breaker_now *now);
/* One that was sent though it was not closed did well. */
bool breaker_passed(struct breaker *b, const struct conf_breaker *rules,
		    const struct breaker_now *now);
/* The period it is open for may be over. */
bool breaker_look(struct breaker *b, const struct breaker_now *now);
/* The worker has begun a new life: it may be tried at once. */
bool breaker_renew(struct breaker *b);

const char *breaker_state_name(enum breaker_state s);
const char *breaker_failure_name(enum breaker_failure f);
const char *breaker_failure_help(enum breaker_failure f); /* a few words */

#endif

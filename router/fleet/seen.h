/* What lanes have seen of a worker's pace, on its way to whoever learns
 * from it. Where all slots are full, what more is seen is lost: there will be
 * more of it. */
#ifndef ROUTER_FLEET_SEEN_H
#define ROUTER_FLEET_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slots.h"
#include "router/policy/policy.h"

#define SEEN_SLOTS 16

enum seen_kind {
	SEEN_FIRST_TOKEN,
	SEEN_STEP, /* from one token of a stream to its next */
};

/* Times are monotonic, in us. */
struct seen {
	enum seen_kind kind;
	uint64_t sent_us, at_us;    /* of the request; of its first token */
	double step_ms;             /* of a step only, as what follows */
	uint32_t decoding;          /* streams, meanwhile */
	uint32_t context, computed; /* tokens that were held, and the rest */
	uint32_t fetched, loaded, stored; /* of the context, by transfers */
	enum policy_distance distance;    /* of those fetched */
	uint64_t live_tokens;             /* of all that it had in hand */
	bool alone; /* nothing was ahead of it when it came */
};

struct seen_slots {
	struct slots_head head;
	atomic_uint state[SEEN_SLOTS];
	struct seen seen[SEEN_SLOTS];
};

/* Any thread; false if it was lost. */
bool seen_put(struct seen_slots *s, const struct seen *seen);
/* The learner's thread: takes all there is, at most SEEN_SLOTS, in the order
 * of at_us. Returns how many. */
unsigned seen_take(struct seen_slots *s, struct seen *out);

#endif

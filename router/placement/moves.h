/* The copies that are planned, and what came of those of late. Fixed memory,
 * one thread; times are monotonic ms. */
#ifndef ROUTER_PLACEMENT_MOVES_H
#define ROUTER_PLACEMENT_MOVES_H

#include "router/placement/plan.h"

#define MOVES_KEPT 64
#define MOVES_OPEN 16 /* at a time */
/* For so long a request may come that takes it along, and then it may take
 * until the worker tells that it is there. */
#define MOVES_OPEN_MS 30000
#define MOVES_SENT_MS 30000
/* One that came to nothing is not tried again for so long. */
#define MOVES_BARRED_MS  15000
#define MOVES_NAME_BYTES 64

/* X(id, name): those that are over last. */
#define MOVE_STATES(X)                                                         \
	X(FREE, "free")                                                        \
	X(PLANNED, "planned")                                                  \
	X(SENT, "sent")       /* a request takes it along */                   \
	X(DONE, "done")       /* and it is there */                            \
	X(CAME, "came")       /* it is, but not by this plan */                \
	X(FAILED, "failed")   /* it is not, though it was sent */              \
	X(EXPIRED, "expired") /* nobody asked for it, or a worker has gone */

enum move_state {
#define X(id, name) MOVE_##id,
	MOVE_STATES(X)
#undef X
		MOVE_STATES_N
};

struct move {
	enum move_state state;
	enum plan_reason reason;
	uint64_t tokens_key, engine_key; /* of the prefix's last block */
	uint32_t blocks, tokens, model;
	unsigned from, to; /* workers' ids */
	char from_name[MOVES_NAME_BYTES], to_name[MOVES_NAME_BYTES];
	double rate; /* requests a second that are expected to want it */
	double gain_ms, fetch_ms;
	int place;                     /* on the board; -1: on none */
	uint64_t number;               /* from 1, in the order of planning */
	uint64_t planned_ms, since_ms; /* since_ms: of the state */
};

struct moves {
	struct move move[MOVES_KEPT];
	uint64_t n_planned;
	unsigned n_open; /* planned, or sent */
};

/* In the place of the one that was over first; NULL if MOVES_OPEN are under
 * way. Its number, state and times are set here. */
struct move *moves_add(struct moves *m, const struct move *fresh,
		       uint64_t now_ms);
void moves_set(struct moves *m, struct move *v, enum move_state to,
	       uint64_t now_ms);
/* It is under way, or came to nothing of late: the same is not to be planned
 * again. */
bool move_bars(const struct move *v, uint64_t now_ms);
/* What has become of one that is under way: `there`: its worker holds it. */
enum move_state moves_next(const struct move *v, bool there, uint64_t now_ms);

static inline bool move_is_open(const struct move *v)
{
	return v->state == MOVE_PLANNED || v->state == MOVE_SENT;
}

const char *move_state_name(enum move_state s);

#endif

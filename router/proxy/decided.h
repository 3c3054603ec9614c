/* What a lane remembers of its decisions, and what it tells of them: the
 * one place where a request on its way becomes a record. Private to this
 * folder; the lane's thread. */
#ifndef ROUTER_PROXY_DECIDED_H
#define ROUTER_PROXY_DECIDED_H

#include "router/decision/ring.h"

struct ending;
struct proxy;
struct request;

struct decided {
	struct decision_ring *ring;      /* NULL: nothing is remembered */
	const struct fleet *fleet;       /* whose these rosters are */
	struct decision_roster **roster; /* of each model; NULL: not made yet */
};

void decided_init(struct proxy *p);
void decided_fini(struct proxy *p);
/* Another fleet is in force: its names may be others. */
void decided_forget_names(struct proxy *p);

/* The request's candidates were priced, and one was chosen or nobody. */
void decided_note(struct request *r);
/* The two workers that it is split between, or would be where it is only
 * explained; NULL: it is not. */
const struct pair_decision *decided_pair(const struct request *r);
/* It is over. */
void decided_end(struct request *r, const struct ending *e);
/* The same record, for an explanation: in the draft's arena, and to be
 * ended with decision_fini(). */
struct decision_record *decided_record(struct request *r);

#endif

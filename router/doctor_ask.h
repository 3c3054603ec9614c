/* One tiny completion put to a worker, so that it has something to tell of:
 * a block stored, an event, cached tokens counted. The loop's thread. */
#ifndef ROUTER_DOCTOR_ASK_H
#define ROUTER_DOCTOR_ASK_H

#include "router/fleet/fleet.h"
#include "router/probe/check.h"

struct doctor_ask {
	struct check check;
	struct worker *worker; /* lent */
	struct buf body;
	bool open;
	unsigned status; /* HTTP's; 0: there was no answer */
};

void doctor_ask_init(struct doctor_ask *a, struct loop *l);
void doctor_ask_fini(struct doctor_ask *a);
/* A prompt that nobody has asked before, of two blocks and a bit by the
 * worker's block size, for one token. Both outlive it. What the answer shows
 * goes to worker->usage. */
void doctor_ask_start(struct doctor_ask *a, const struct fleet_model *m,
		      struct worker *w, uint64_t timeout_ms);

#endif

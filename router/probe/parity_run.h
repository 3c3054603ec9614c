/* One round of questions to a worker: what it serves, its version, and each
 * parity case, one at a time. The loop's thread. */
#ifndef ROUTER_PROBE_PARITY_RUN_H
#define ROUTER_PROBE_PARITY_RUN_H

#include "router/fleet/fleet.h"
#include "router/probe/check.h"
#include "router/probe/parity_facts.h"
#include "router/probe/parity_tally.h"

struct parity_run {
	struct check check;
	const struct fleet_model *model; /* the caller's, for the round */
	const struct worker *worker;
	uint64_t timeout_ms; /* of each question */
	size_t step;
	bool judging; /* the case's chat is put to the render as well */
	struct arena arena;
	struct buf body;
	struct token_list ours;
	struct parity_ids theirs; /* by /tokenize, in the arena */
	struct parity_tally tally;
	struct parity_facts facts;
	/* The round is over; `whole`: the worker was there to the end. */
	void (*done)(void *arg, bool whole);
	void *arg;
};

void parity_run_init(struct parity_run *r, struct loop *l,
		     void (*done)(void *arg, bool whole), void *arg);
/* A round under way ends without done(). */
void parity_run_fini(struct parity_run *r);
/* The same, and it may be started again. */
void parity_run_stop(struct parity_run *r);

/* Both outlive the round. `tally` and `facts` are good from done() to the
 * next start. */
void parity_run_start(struct parity_run *r, const struct fleet_model *m,
		      const struct worker *w, uint64_t timeout_ms);
bool parity_run_is_open(const struct parity_run *r);

#endif

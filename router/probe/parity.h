/* Parity of the workers behind one url: a round of questions when they join
 * and every so often after, and what is watched meanwhile. What is found
 * stands in struct worker and struct fleet_model; what changes is logged.
 * Main loop. */
#ifndef ROUTER_PROBE_PARITY_H
#define ROUTER_PROBE_PARITY_H

#include "common/base/rng.h"
#include "router/probe/load.h"
#include "router/probe/parity_run.h"
#include "router/probe/parity_watch.h"

struct parity_checker {
	struct parity_run run;
	struct timer timer;
	struct parity_told told;
	struct rng *rng;
	/* Of the fleet in force; lent. */
	struct worker **worker;
	size_t n;
	struct fleet_model *model;
	const struct conf *conf;
	uint64_t stamp; /* of the tokenizer they were compared with */
	bool joined;
	size_t rounds;      /* that came to their end, one way or the other */
	uint64_t miscounts; /* as of the last round */
};

void parity_checker_init(struct parity_checker *c, struct loop *l,
			 struct rng *rng);
void parity_checker_fini(struct parity_checker *c);

/* What it was lent may go until the next call. */
void parity_checker_pause(struct parity_checker *c);
/* Another fleet is in force; all of it stays until the pause or the end. */
void parity_checker_set(struct parity_checker *c, struct worker **worker,
			size_t n, struct fleet_model *model,
			const struct conf *conf);
/* The workers are up: for the first time, or again. */
void parity_checker_joined(struct parity_checker *c);
void parity_checker_left(struct parity_checker *c);
/* What their /metrics say; then all is watched again. */
void parity_checker_told(struct parity_checker *c, const struct load *l);
void parity_checker_watch(struct parity_checker *c);

#endif

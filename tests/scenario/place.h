/* Placement in a world: its book is fed by what is asked for, and plans are
 * made of its workers as they stand. */
#ifndef TESTS_SCENARIO_PLACE_H
#define TESTS_SCENARIO_PLACE_H

#include "common/hash/chain.h"
#include "router/placement/book.h"
#include "router/placement/plan.h"
#include "router/policy/policy.h"

#define PLACE_MOVES 16

struct world;

struct place_move {
	uint64_t key; /* of the prefix's last block */
	unsigned from, to;
	enum plan_reason reason;
	double gain_ms;
	uint32_t blocks;
	bool taken; /* a request takes it along */
};

struct place {
	struct book book;
	struct place_move move[PLACE_MOVES]; /* of the last plan */
	size_t n;
};

/* It was decided on. */
void place_saw(struct world *w, const struct chain *chain,
	       const struct policy_query *q);
/* At most so many moves. */
void place_plan(struct world *w, size_t max_moves);
/* Of a world that carries plans out: the request is drawn to where the
 * longest of its prefixes is to go; and is sent to that worker. */
void place_favour(const struct world *w, const struct chain *chain, size_t n,
		  struct policy_candidate *c);
void place_sent(struct world *w, const struct chain *chain, unsigned to);
/* The move of the prefix that `key` is the last block of; NULL. */
const struct place_move *place_find(const struct place *p, uint64_t key,
				    unsigned to);

#endif

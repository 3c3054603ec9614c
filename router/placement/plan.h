/* Which prefixes are to be copied where, before they are asked for there.
 *
 *	drain    whoever holds it takes no new work, and nobody else has it
 *	warm     a worker has only just come up, and will get its share of it
 *	demand   those who hold it will have more to do than they should
 *
 * A copy is worth what it saves: the difference between computing it and
 * fetching it, for the first who needs it there and for all who would wait
 * for that, as likely as any comes; less what it pushes out. It is made
 * where it is worth most, by whoever holds it and has least to do. What is
 * asked for most goes first, and a few are under way at a time. Pure. */
#ifndef ROUTER_PLACEMENT_PLAN_H
#define ROUTER_PLACEMENT_PLAN_H

#include "router/policy/policy.h"

/* X(id, name) */
#define PLAN_REASONS(X)                                                        \
	X(DRAIN, "drain")                                                      \
	X(WARM, "warm")                                                        \
	X(DEMAND, "demand")

enum plan_reason {
#define X(id, name) PLAN_##id,
	PLAN_REASONS(X)
#undef X
		PLAN_REASONS_N
};

/* COMING: it is on its way there, or cannot be sent there again. */
enum plan_holds { PLAN_LACKS, PLAN_COMING, PLAN_HOLDS };

struct plan_worker {
	const struct policy_rates *rates;
	double busy;        /* part of its time that prompts take, 0 … */
	double room_tokens; /* of KV memory that nothing live holds */
	double reuse;       /* chance that what it drops is asked for again */
	bool admits;        /* new work */
	bool drains;        /* takes none, and will go */
	bool warms;         /* has only just come up */
	bool gives, fetches;
	uint32_t zone, rack;      /* as a candidate's */
	unsigned giving, getting; /* copies under way */
};

struct plan_prefix {
	size_t id; /* the caller's */
	uint32_t tokens;
	double beyond;          /* tokens behind it, that each request brings */
	double rate, outlook;   /* requests a second: now, and soon */
	double weight;          /* how many were seen of late */
	enum plan_holds *holds; /* of each worker */
};

struct plan_query {
	struct plan_worker *worker;
	size_t n_workers;
	struct plan_prefix *prefix;
	size_t n_prefixes;
	size_t max_moves;   /* in this plan */
	unsigned at_a_time; /* copies of one worker: given, and got */
};

struct plan_move {
	size_t prefix; /* its id */
	unsigned from, to;
	enum plan_reason reason;
	double rate; /* requests a second that would use it */
	double gain_ms, fetch_ms;
};

/* Fills out[0, max_moves), what is worth most first to be done first, and
 * returns how many. Prefixes are put in another order, and workers and
 * prefixes are left as they would be after all of it. */
size_t plan_make(struct plan_query *q, struct plan_move *out);

/* The part of a worker's time that prompts take, by the tokens that it was
 * given of late (fleet/recent.h) and what it has ahead. */
double plan_busy(const struct policy_rates *r, uint64_t recent_tokens,
		 double ahead_ms);

const char *plan_reason_name(enum plan_reason r);

#endif

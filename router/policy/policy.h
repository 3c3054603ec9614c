/* Who serves a request. A policy is a pure function of what is known:
 * no socket, clock, lock or global; what changes from call to call lives
 * in a `struct policy_state` that the caller owns (one a lane). */
#ifndef ROUTER_POLICY_POLICY_H
#define ROUTER_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/rng.h"
#include "common/base/slice.h"

enum policy_exclusion {
	POLICY_ALLOWED,
	POLICY_ROLE,     /* it computes prompts for others only */
	POLICY_DOWN,     /* fails its health check */
	POLICY_DRAINING, /* told to take no new work */
	POLICY_BROKEN,   /* its circuit breaker is open */
	POLICY_PAUSED,   /* it asked to be left alone for a while */
	POLICY_TRIED,    /* this request failed there already */
	POLICY_FULL,     /* at its max_inflight */
	POLICY_CROWDED,  /* its KV memory is spoken for */
};

/* How far apart two workers are. */
enum policy_distance {
	POLICY_IN_ZONE, /* or where places are not told */
	POLICY_IN_RACK,
	POLICY_ACROSS, /* from one zone to another */
	POLICY_DISTANCES,
};

/* How fast a worker is, in ms. A step of its batch lasts step_ms, and more
 * for what is in it: token_ms for each token of a prompt and attention_ms
 * for each token that one looks back on, sequence_ms for each sequence that
 * decodes and kv_ms for each token those hold. See learn.h. */
struct policy_rates {
	double overhead_ms; /* of a request, before its queue */
	double step_ms, token_ms, attention_ms, sequence_ms, kv_ms;
	double budget; /* tokens of prompts that a step may take */
	/* Blocks from its own other tier, and from a peer: of its zone, of
	 * its rack, of another zone. */
	double load_ms, load_token_ms;
	double fetch_ms, fetch_token_ms;
	double fetch_rack_token_ms, fetch_across_token_ms;
	double room_tokens; /* of its GPU's memory, where it does not tell */
};

/* One worker as the request sees it. */
struct policy_candidate {
	unsigned worker;    /* id, stable for the worker's life */
	uint64_t name_hash; /* of its name: for consistent hashing */
	enum policy_exclusion exclusion;
	/* Blocks of this prompt's prefix, by exact events or, where there
	 * are none, by what was routed there before. */
	uint32_t held_blocks;  /* on the GPU */
	uint32_t other_blocks; /* in the best other tier */
	/* With what the store that it shares with others holds, where that
	 * goes on behind all of its own; else 0. */
	uint32_t store_blocks;
	bool exact;             /* held_blocks comes from events */
	uint32_t approx_blocks; /* by what was routed there before */
	/* Of prompts sent there that have no first token yet: it computes
	 * them, and will have done so when this one's turn comes. Where that
	 * is not followed, what was routed stands in for it. */
	uint32_t coming_blocks;
	bool follows;
	/* Load: the gateway's own counts, and the worker's last word. */
	uint32_t inflight;         /* requests sent and not finished */
	uint64_t inflight_tokens;  /* their prompt tokens, uncached ones */
	uint32_t running, waiting; /* requests, from /metrics */
	double kv_usage;           /* 0 … 1 */
	/* Tokens it was given to prefill of late, halved every few seconds:
	 * what tells two idle workers apart between requests. */
	uint64_t recent_tokens;
	uint32_t max_inflight; /* 0: unbounded */
	/* What a price in ms is made of; all 0 where it is not known. */
	const struct policy_rates *rates; /* NULL: those of a usual GPU */
	uint32_t unanswered; /* of the inflight: without a first token */
	uint32_t silent;     /* of these, by a guess: to be answered whole */
	double ahead_ms;     /* until those are prefilled, it is thought */
	/* Requests that it has from others than us, as far as it tells. */
	double others_running, others_waiting;
	uint32_t max_running; /* requests that it runs at once; 0: not known */
	uint64_t live_tokens; /* that all of them hold when they end */
	uint64_t kv_tokens;   /* room for tokens on the GPU; 0: not told */
	bool gives, fetches;  /* blocks to and from its peers */
	double fetching_ms;   /* until what it gives already is given */
	double loading_ms;    /* until what it loads already is there */
	/* From the store: what a load takes, and each token of it. */
	double store_ms, store_token_ms;
	bool store_optional; /* it can be told to leave that alone */
	/* The chance that what its cache drops next is asked for again; of
	 * its other tier, where that keeps all that the GPU drops. */
	double reuse;
	bool spills;
	/* The part of its share that it is not to get yet, as it has only
	 * just come back: 0 … 0.9, mostly 0. See slow_start.h. */
	double slow_start;
	/* Where it stands: numbers that are equal where the names are; 0: not
	 * told. */
	uint32_t zone, rack;
	double away_ms;     /* what it is worth not to leave our zone for it */
	bool lacks_adapter; /* that the request is for */
	/* What it is worth to others that this prompt goes there, and takes
	 * along what they will ask for; mostly 0. See router/placement. */
	double favour_ms;
};

struct policy_query {
	const struct policy_candidate *candidate;
	size_t n;
	size_t prompt_tokens; /* 0: unknown */
	size_t prompt_blocks; /* full blocks that may hit */
	size_t block_size;    /* tokens */
	uint64_t session;     /* hash of the session's name; 0: none */
	size_t output_tokens; /* to expect; 0: unknown */
};

/* What each candidate would cost, and why; n as in the query. */
struct policy_term {
	double cost;    /* lower is better; unit as the policy says */
	double tokens;  /* of the prompt, that would be computed there */
	double prefill; /* of it: for what is to be computed */
	double load;    /* of it: for work ahead */
	/* Of a cost in ms only; prefill and load are sums of these. */
	double wait, compute, transfer; /* its own time */
	/* What it does to others; memory: by that, or by its place among
	 * those that run. */
	double work, memory, eviction;
	double recent;         /* by what it was given of late */
	double away;           /* by its being in another zone */
	double adapter;        /* for one that is to be loaded */
	double placement;      /* what others gain by it: at most 0 */
	int source;            /* candidate to fetch from; -1: none */
	uint32_t fetch_blocks; /* the prefix that is there */
	bool leaves_store;     /* what the store holds is computed */
};

struct policy_decision {
	int chosen;         /* index into candidates; -1: nobody may serve */
	const char *reason; /* a word or two; static storage */
};

struct policy_state {
	uint64_t counter;
	struct rng rng;
};

struct policy_options {
	double load_weight;      /* kv_aware: cost of a token of work ahead,
				  * in tokens to prefill */
	double bounded_load;     /* session: how much over the mean, 1.25 */
	double prefix_threshold; /* prefix: least share that must match */
	uint32_t imbalance_abs;  /* prefix: requests apart before load wins */
	double imbalance_rel;
};

struct policy {
	const char *name;
	const char *help;
	const char *unit;  /* of its costs: "ms", "tokens", … */
	bool needs_blocks; /* wants prompt and matches */
	bool exact;        /* of matches, those that events tell are of use */
	bool priced;       /* wants what a price in ms is made of */
	void (*decide)(const struct policy_options *o,
		       const struct policy_query *q, struct policy_state *s,
		       struct policy_term *term, struct policy_decision *out);
};

const struct policy *policy_find(struct slice name); /* or NULL */
const struct policy *policy_at(size_t i);            /* NULL past the last */
void policy_state_init(struct policy_state *s, uint64_t seed);
const char *policy_exclusion_name(enum policy_exclusion e);

#endif

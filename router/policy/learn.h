/* A worker's rates, learned from what it delivers.
 *
 * Each law of its time is a sum of parts, and each part has a factor on
 * what was believed at first. The factors are fitted to the last
 * observations by least squares of the relative error, in which those far
 * out of the ordinary hardly count. What is older is forgotten: priors that
 * are wrong by ten are gone within 50 requests. A part that is lost in the
 * noise of the others is not learned: it stays near what was believed at
 * first. Fixed memory, one thread. */
#ifndef ROUTER_POLICY_LEARN_H
#define ROUTER_POLICY_LEARN_H

#include <stdbool.h>

#include "router/policy/policy.h"

#define LEARN_PARTS  4
#define LEARN_WINDOW 64

struct learn_seen {
	float part[LEARN_PARTS]; /* as the prior says, over what was seen */
	float known;             /* the same of what is certain */
};

struct learn_fit {
	size_t n; /* parts */
	double factor[LEARN_PARTS];
	double anchor[LEARN_PARTS];           /* of it, at the beginning */
	struct learn_seen seen[LEARN_WINDOW]; /* a ring */
	size_t count;                         /* since the beginning */
};

/* What blocks are loaded over: what a load takes, and each token of it. */
struct learn_link {
	double prior_ms, prior_token_ms;
	double ms, token_ms; /* what is believed now */
	struct learn_fit fit;
};

struct learn {
	struct policy_rates prior;
	struct policy_rates rates; /* what is believed now */
	struct learn_fit prefill, decode, fetch;
	struct learn_link load; /* from its other tier */
};

void learn_init(struct learn *l, const struct policy_rates *prior);
/* The worker is another now, of the same kind perhaps: what was learned
 * stays, as a prior. */
void learn_restart(struct learn *l);

/* From the begin of its prefill to the first token: `tokens` were computed
 * after `context` others, while `decoding_ms` of each step went to those
 * who decode (by price_step_ms() less step_ms). `fresh`: from when it was
 * sent, rather than from when the one before it was done. */
void learn_prefill(struct learn *l, double context, double tokens,
		   double decoding_ms, bool fresh, double ms);
/* From one token to the next, no prompt being under way. */
void learn_step(struct learn *l, double sequences, double kv_tokens, double ms);
/* Each distance has a pace of its own; one of which nothing has been seen is
 * as far off what was thought of it as the usual one. */
void learn_fetch(struct learn *l, enum policy_distance d, double tokens,
		 double ms);
void learn_load(struct learn *l, double tokens, double ms);

void learn_link_init(struct learn_link *l, double ms, double token_ms);
void learn_link_observe(struct learn_link *l, double tokens, double ms);

#endif

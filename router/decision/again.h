/* A decision made again by another policy, of what was known when it was
 * made, and both choices weighed by that policy. Pure.
 *
 * Where either choice is a pair, both are weighed as pairs are, in ms, and
 * only by policies whose costs are in ms. */
#ifndef ROUTER_DECISION_AGAIN_H
#define ROUTER_DECISION_AGAIN_H

#include "router/policy/pair.h"

/* From one choice to another. */
enum again_change {
	AGAIN_SAME,
	AGAIN_OTHER,   /* another worker, or nobody; each alone */
	AGAIN_PREFILL, /* another prefill worker */
	AGAIN_DECODE,  /* another decode worker */
	AGAIN_PAIR,    /* both of them */
	AGAIN_ALONE,   /* one worker instead of two */
	AGAIN_SPLIT,   /* two instead of one */
	AGAIN_CHANGES,
};

struct again_ask {
	struct pair_ask of;    /* side: NULL, where no pair may be */
	size_t guessed_tokens; /* of a prompt that pairs know no more of */
	struct pair_ends was;  /* what was chosen */
	/* As it was priced in ms; NULL: it was not. */
	const struct policy_term *priced;
};

struct again_side {
	double cost;     /* INFINITY: not known, as below */
	double first_ms; /* to the first token */
};

struct again_made {
	struct pair_ends now;
	const char *reason; /* static */
	enum again_change change;
	struct again_side was_side, now_side;
};

/* `term`: room for as many as there are candidates. */
void again_decide(const struct again_ask *ask, struct policy_state *s,
		  struct policy_term *term, struct again_made *out);

enum again_change again_compare(struct pair_ends was, struct pair_ends now);
/* A word. */
const char *again_change_name(enum again_change c);

/* Of two ends, the one that computes the prompt; -1: nobody does. */
static inline int again_computing(struct pair_ends e)
{
	return e.prefill >= 0 ? e.prefill : e.decode;
}

#endif
